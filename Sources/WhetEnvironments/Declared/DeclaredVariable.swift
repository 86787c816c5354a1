import WhetCore
import WhetYAML

/// A variable of a generator: how its value is drawn or computed.
///
/// Keeps: a value follows from the random stream and the variables before it.
struct DeclaredVariable: Sendable {
    /// A whole number written down, or an expression over earlier variables and `level`.
    enum Bound: Sendable {
        case literal(Int)
        case expression(DeclaredExpression)
    }

    /// A list written down, or an expression that gives one.
    enum Options: Sendable {
        case literal([JSONValue])
        case expression(DeclaredExpression)
    }

    indirect enum Kind: Sendable {
        /// From the first to the second, both included.
        case integer(Bound, Bound)
        /// A decimal with so many digits after the point.
        case number(ClosedRange<Double>, decimals: Int)
        case choice(Options)
        /// So many values of a kind; `distinct`: no two alike.
        case list(Kind, count: (Bound, Bound), distinct: Bool)
        case shuffle(Options)
        /// Characters (as a reader sees them) drawn from an alphabet.
        case text(alphabet: [String], length: (Bound, Bound))
        case value(DeclaredExpression)
        /// What a template writes, as text or read as JSON.
        case template(DeclaredTemplate, isJSON: Bool)
        case constant(JSONValue)
    }

    let name: String
    let origin: DeclaredOrigin
    let kind: Kind

    /// A list longer than this is a mistake, not a problem.
    static let longestList = 100_000
    /// How often a distinct element is drawn anew.
    static let tries = 1_000

    /// - Parameter context: the variables before this one, and `level`.
    /// - Throws: `WhetError` with the file and line, where an expression fails or a range is empty.
    func draw(_ context: JSONObject, _ random: inout RandomStream) throws -> JSONValue {
        try draw(kind, context, &random)
    }

    private func draw(_ kind: Kind, _ context: JSONObject, _ random: inout RandomStream) throws -> JSONValue {
        switch kind {
        case .integer(let low, let high): return .integer(try draw(low, high, context, &random))
        case .number(let range, let decimals): return .number(draw(range, decimals, &random))
        case .choice(let options):
            guard let option = try values(options, context).randomElement(using: &random) else {
                throw origin.error("there is nothing to choose from")
            }
            return option
        case .shuffle(let options): return .array(try values(options, context).shuffled(using: &random))
        case .text(let alphabet, let length):
            let count = try count(length, context, &random)
            return .string((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }.joined())
        case .list(let element, let count, let distinct):
            return .array(try list(of: element, try self.count(count, context, &random), distinct, context, &random))
        case .value(let expression): return try expression.value(context)
        case .template(let template, let isJSON):
            let text = try template.render(context)
            guard isJSON else { return .string(text) }
            do { return try JSONValue(parsing: text) } catch {
                throw origin.error("the template writes \(JSONValue.string(text).inWords), which is not JSON")
            }
        case .constant(let value): return value
        }
    }

    private func list(
        of element: Kind, _ count: Int, _ distinct: Bool, _ context: JSONObject, _ random: inout RandomStream
    ) throws -> [JSONValue] {
        // Of a choice, distinct elements are drawn without putting back.
        if distinct, case .choice(let options) = element {
            let options = try values(options, context)
            guard count <= options.count else {
                throw origin.error("\(count) distinct elements are wanted of \(options.count)")
            }
            return Array(options.shuffled(using: &random).prefix(count))
        }
        var elements: [JSONValue] = []
        var seen: Set<JSONValue> = []
        for _ in 0..<count {
            var value = try draw(element, context, &random)
            if distinct {
                var triesLeft = Self.tries
                while !seen.insert(value).inserted {
                    triesLeft -= 1
                    guard triesLeft > 0 else {
                        throw origin.error(
                            "no \(count) distinct elements are found", remedy: "a wider range or a smaller count")
                    }
                    value = try draw(element, context, &random)
                }
            }
            elements.append(value)
        }
        return elements
    }

    private func draw(_ low: Bound, _ high: Bound, _ context: JSONObject, _ random: inout RandomStream) throws -> Int {
        let (low, high) = (try number(low, context), try number(high, context))
        guard low <= high else { throw origin.error("the range from \(low) to \(high) is empty") }
        return Int.random(in: low...high, using: &random)
    }

    private func draw(_ range: ClosedRange<Double>, _ decimals: Int, _ random: inout RandomStream) -> Double {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let steps = Int((range.lowerBound * scale).rounded(.up))...Int((range.upperBound * scale).rounded(.down))
        return Double(Int.random(in: steps, using: &random)) / scale
    }

    private func count(
        _ range: (Bound, Bound), _ context: JSONObject, _ random: inout RandomStream
    ) throws -> Int {
        let count = try draw(range.0, range.1, context, &random)
        guard 0...Self.longestList ~= count else {
            throw origin.error("a length of \(count) is not possible", expected: "0 to \(Self.longestList)")
        }
        return count
    }

    private func number(_ bound: Bound, _ context: JSONObject) throws -> Int {
        switch bound {
        case .literal(let number): return number
        case .expression(let expression):
            let value = try expression.value(context)
            guard let number = value.integer else {
                throw origin.error(
                    "\"\(expression.source)\" gives \(value.inWords)", expected: "a whole number",
                    remedy: "// instead of /, or | int")
            }
            return number
        }
    }

    private func values(_ options: Options, _ context: JSONObject) throws -> [JSONValue] {
        switch options {
        case .literal(let values): return values
        case .expression(let expression):
            let value = try expression.value(context)
            if let values = value.array { return values }
            throw origin.error("\"\(expression.source)\" gives \(value.inWords)", expected: "a list")
        }
    }
}

extension DeclaredVariable {
    /// The variables that it is computed from.
    var names: [DeclaredName] {
        if case .template(let template, _) = kind { template.names } else { kind.expressions.flatMap(\.names) }
    }
}

extension DeclaredVariable.Kind {
    fileprivate var expressions: [DeclaredExpression] {
        switch self {
        case .integer(let low, let high): [low.expression, high.expression].compactMap(\.self)
        case .choice(.expression(let expression)), .shuffle(.expression(let expression)), .value(let expression):
            [expression]
        case .list(let element, let count, _):
            element.expressions + [count.0.expression, count.1.expression].compactMap(\.self)
        case .text(_, let length): [length.0.expression, length.1.expression].compactMap(\.self)
        case .number, .choice, .shuffle, .template, .constant: []
        }
    }
}

extension DeclaredVariable.Bound {
    fileprivate var expression: DeclaredExpression? {
        if case .expression(let expression) = self { expression } else { nil }
    }
}
