/// Operands: numbers, letters, brackets, and what stands directly behind them.
extension MathParser {
    /// Whether a token can begin an operand, so that it multiplies what stands before it.
    func startsOperand(_ token: MathToken.Kind?) -> Bool {
        switch token {
        case .number, .repeating, .openBrace, .begin: true
        case .letters: true
        case .text(let words): !["and", "or", ",", "&", ", and", ", or"].contains(words.trimmedWords)
        case .mark(let mark):
            mark == "(" || mark == "[" || mark == "{" || (mark == "|" && openBars == 0 && !isSetBuilder)
        case .command(let name):
            if name == "rvert" || name == "norm" {
                name == "norm" && openBars == 0
            } else {
                !Self.infixes.contains(name)
            }
        default: false
        }
    }

    private static let infixes: Set<String> = [
        "le", "ge", "ne", "in", "notin", "approx", "cup", "cap", "setminus", "or", "and", "pm", "mp", "cdot", "bmod",
        "mod", "rangle", "rfloor", "rceil", "mid", "ldots", "circ", "degree", "%", "to", "Rightarrow", "subset",
        "subseteq", "rvert", "pmod", "over", "text", "prime", "mapsto", "iff", "perp", "parallel", "qedhere",
    ]

    mutating func operand() throws(MathFailure) -> MathNode {
        try nested { parser throws(MathFailure) in try parser.operandHere() }
    }

    private mutating func operandHere() throws(MathFailure) -> MathNode {
        guard let token = next else { throw .unreadable("something is missing at the end") }
        position += 1
        switch token {
        case .number(let digits): return try number(digits)
        case .repeating(let digits, let repeated): return .rational(try Self.repeating(digits, repeated))
        case .letters(let run): return try letters(run)
        case .text(let words): return try text(words)
        case .begin(let environment): return try matrix(environment)
        case .openBrace: return try set()
        case .mark("("): return try brackets(opensClosed: false)
        case .mark("["): return try brackets(opensClosed: true)
        case .mark("]"): return try frenchInterval()
        case .mark("{"):
            let bars = openBars
            openBars = 0
            defer { openBars = bars }
            if take("}") { return try operand() }
            let inner = try list()
            try expect("}")
            return inner
        case .mark("|"), .command("lvert"), .command("norm"):
            openBars += 1
            let inner = try list()
            openBars -= 1
            guard take("|") || take(command: "rvert") || take(command: "norm") else {
                throw .unreadable("\"|\" is not closed")
            }
            return .function(.abs, [inner])
        case .command(let name): return try command(name)
        default:
            position -= 1
            throw .unreadable("\(describeNext) stands where a value should")
        }
    }

    // MARK: Behind an operand

    mutating func postfixes(of operand: MathNode) throws(MathFailure) -> MathNode {
        var node = operand
        var count = 0
        while let token = next {
            count += 1
            guard count <= 10 else { throw .tooComplex }
            switch token {
            case .mark("!"):
                position += 1
                if next == .mark("!") {
                    position += 1
                    node = .function(.doubleFactorial, [node])
                } else {
                    node = .function(.factorial, [node])
                }
            case .mark("%"), .command("%"):
                position += 1
                node = .percent(node)
            case .command("degree"), .command("circ"):
                position += 1
                node = .degrees(node)
            case .mark("'"): position += 1
            case .mark("_"):
                position += 1
                node = try subscripted(node)
            case .text(let words) where Self.isUnit(words, behind: node):
                position += 1
                skipPowerOfUnit()
                node = words.trimmedWords == "percent" ? .percent(node) : .measured(node, unit: words.trimmedWords)
            case .command("frac"):
                guard let unit = fractionOfUnits(), isValue(node) else { return node }
                position += 7
                node = .measured(node, unit: unit)
            case .letters(let run) where isPlainUnit(run, behind: node):
                position += 1
                skipPowerOfUnit()
                node = .measured(node, unit: run)
            case .command("min") where isValue(node) && ahead(1) != .mark("("):
                position += 1
                node = .measured(node, unit: "min")
            default: return node
            }
        }
        return node
    }

    /// \frac{\text{m}}{\text{s}}
    private func fractionOfUnits() -> String? {
        guard ahead(1) == .mark("{"), case .text(let top) = ahead(2), ahead(3) == .mark("}"), ahead(4) == .mark("{"),
            case .text(let bottom) = ahead(5), ahead(6) == .mark("}")
        else { return nil }
        return "\(top.trimmedWords)/\(bottom.trimmedWords)"
    }

    private func isValue(_ node: MathNode) -> Bool {
        switch node {
        case .number, .digits, .percent, .degrees, .constant(.pi), .measured: true
        case .power(let base, _): isValue(base)
        case .product(let parts), .sum(let parts): parts.allSatisfy { isValue($0) }
        default: false
        }
    }

    private static func isUnit(_ words: String, behind node: MathNode) -> Bool {
        let words = words.trimmedWords
        if ["and", "or", ",", "&", ", and", ", or", "if"].contains(words) { return false }
        return words.contains { $0.isLetter } && words.count > 0 && words != "i" && words != "e" && words != "(i)"
    }

    /// A unit in letters: two or more that name one in either kind of text; in prose any word behind a number.
    private func isPlainUnit(_ run: String, behind node: MathNode) -> Bool {
        guard isValue(node) else { return false }
        let isLast =
            position + 1 >= tokens.count || ahead(1) == .mark("^") || ahead(1) == .mark("/") || ahead(1) == .mark(".")
        // In TeX 3km^2 is a product, 3 km^2 an area.
        let isProduct = !isPlain && ahead(1) == .mark("^") && !tokens[position].followsSpace
        if run.count >= 2, !isProduct, MeasurementUnit(run) != nil { return isLast }
        if isPlain, run.count == 1 { return isLast && tokens[position].followsSpace && MeasurementUnit(run) != nil }
        return isPlain && run.count >= 4
    }

    private mutating func skipPowerOfUnit() {
        if next == .mark("^") {
            if case .number = ahead(1) { position += 2 }
            if next == .mark("^"), ahead(1) == .mark("{"), case .number = ahead(2), ahead(3) == .mark("}") {
                position += 4
            }
        }
        if next == .mark("/"), case .letters = ahead(1) {
            position += 2
            if next == .mark("^"), case .number = ahead(1) { position += 2 }
        }
    }

    /// A base below digits, or the index of a name.
    private mutating func subscripted(_ node: MathNode) throws(MathFailure) -> MathNode {
        var index = ""
        if take("{") {
            var open = 1
            while let token = next {
                position += 1
                if token == .mark("{") { open += 1 }
                if token == .mark("}") {
                    open -= 1
                    if open == 0 { break }
                }
                index += Self.plainText(token)
                guard index.count <= 40 else { throw .tooComplex }
            }
            guard open == 0 else { throw .unreadable("\"{\" is not closed") }
        } else if let token = next {
            position += 1
            index = Self.plainText(token)
        }
        switch node {
        case .number(let value, false) where value.isInteger && !value.isNegative:
            guard case .number(let digits)? = before(), let base = Int(index) ?? Self.baseNames[index.lowercased()]
            else {
                throw .unreadable("a number with the index \(index.prefix(20))")
            }
            return .based(digits: digits, base: base)
        case .symbol(let name): return .symbol("\(name)_\(index)")
        case .constant(.e): return .symbol("e_\(index)")
        case .constant(.i): return .symbol("i_\(index)")
        case .product(let parts):
            guard case .symbol(let name)? = parts.last else { throw .unreadable("an index below a product") }
            return .product(parts.dropLast() + [.symbol("\(name)_\(index)")])
        default: throw .unreadable("an index where none belongs")
        }
    }

    private static let baseNames = ["two": 2, "three": 3, "eight": 8, "ten": 10, "sixteen": 16]

    /// The number that stands before the index that was just read.
    private func before() -> MathToken.Kind? {
        var index = position - 1
        while index >= 0, tokens[index].kind != .mark("_") { index -= 1 }
        return index > 0 ? tokens[index - 1].kind : nil
    }

    private static func plainText(_ token: MathToken.Kind) -> String {
        switch token {
        case .number(let text), .letters(let text), .text(let text), .command(let text): text
        case .mark(let mark): String(mark)
        default: ""
        }
    }

    // MARK: Numbers and letters

    private mutating func number(_ digits: String) throws(MathFailure) -> MathNode {
        let value = try Self.value(of: digits)
        guard case .number(let whole, false) = value, whole.isInteger else { return value }
        // Mixed numbers: 3\frac12, and 3 1/2 with its space.
        if isFractionOfNumbers {
            let start = position
            position += 1
            if let part = try? command("frac"), case .product(let parts) = part, parts.count == 2,
                case .number(let top, false) = parts[0], case .power(.number(let bottom, false), _) = parts[1],
                top.isInteger, bottom.isInteger, bottom.isPositive, !top.isNegative
            {
                return .rational(whole + top / bottom)
            }
            position = start
        } else if case .number(let top) = next, tokens[position].followsSpace, ahead(1) == .mark("/"),
            case .number(let bottom) = ahead(2), let top = Int(top), let bottom = Int(bottom), bottom > 0, top < bottom
        {
            position += 3
            return .rational(whole + Rational(top, over: bottom))
        }
        return value
    }

    /// Whether \frac stands here with plain numbers above and below; looked up before it is read, so that nothing is
    /// read twice.
    private var isFractionOfNumbers: Bool {
        func width(at offset: Int) -> Int? {
            if case .number = ahead(offset) { return 1 }
            if ahead(offset) == .mark("{"), case .number = ahead(offset + 1), ahead(offset + 2) == .mark("}") {
                return 3
            }
            return nil
        }
        guard next == .command("frac"), let top = width(at: 1) else { return false }
        if width(at: 1 + top) != nil { return true }
        // \frac12
        guard case .number(let digits) = ahead(1) else { return false }
        return digits.count > 1
    }

    /// What digits, perhaps with a point or an exponent of ten, say.
    static func value(of digits: String) throws(MathFailure) -> MathNode {
        let parts = digits.split(separator: "e", maxSplits: 1)
        guard let mantissa = parts.first else { throw .unreadable("a number without digits") }
        let halves = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 9999 : 0
        let decimals = halves.count > 1 ? halves[1].count : 0
        if mantissa.count > 1200 || exponent.magnitude > 1200 {
            let stripped = mantissa.drop { $0 == "0" }
            return .digits(String(stripped) + (exponent == 0 ? "" : "e\(exponent)"))
        }
        let whole = BigInteger(digits: mantissa.filter { $0 != "." })
        let shift = exponent - decimals
        let scale = BigInteger(10).power(Int(shift.magnitude))
        let value = shift >= 0 ? Rational(whole * scale) : Rational(whole, over: scale)
        return .number(value, isDecimal: decimals > 0)
    }

    /// 0.1666…: the digits before the repetition, and those of it.
    private static func repeating(_ digits: String, _ repeated: String) throws(MathFailure) -> Rational {
        guard case .number(let start, _) = try value(of: digits.hasSuffix(".") ? digits + "0" : digits) else {
            throw .tooComplex
        }
        let decimals = digits.split(separator: ".", omittingEmptySubsequences: false).last?.count ?? 0
        let scale = BigInteger(10).power(decimals) * (BigInteger(10).power(repeated.count) - .one)
        return start + Rational(BigInteger(digits: repeated), over: scale)
    }

    private mutating func letters(_ run: String) throws(MathFailure) -> MathNode {
        if isPlain, run.count > 3 { throw .unreadable("the word \"\(run.prefix(40))\"") }
        guard run.count <= 60 else { throw .tooComplex }
        var factors = run.map { Self.letter($0) }
        guard factors.count > 1 else { return factors[0] }
        // What stands behind the letters belongs to the last one.
        let last = factors.removeLast()
        factors.append(try exponents(of: last))
        return .product(factors)
    }

    static func letter(_ letter: Character) -> MathNode {
        switch letter {
        case "e": .constant(.e)
        case "i": .constant(.i)
        default: .symbol(String(letter))
        }
    }

    // MARK: Brackets

    private mutating func brackets(opensClosed: Bool) throws(MathFailure) -> MathNode {
        let builder = isSetBuilder
        isSetBuilder = false
        defer { isSetBuilder = builder }
        let inside = try elements { $0 == .mark(")") || $0 == .mark("]") }
        let closesClosed = next == .mark("]")
        guard take(")") || take("]") else { throw .unreadable("a bracket is not closed before \(describeNext)") }
        switch inside.count {
        case 0: return .tuple([])
        case 1: return inside[0]
        case 2 where opensClosed || closesClosed:
            return .interval(inside[0], inside[1], isLowClosed: opensClosed, isHighClosed: closesClosed)
        default: return .tuple(inside)
        }
    }

    /// ]a, b[ is open at both ends.
    private mutating func frenchInterval() throws(MathFailure) -> MathNode {
        let inside = try elements { $0 == .mark("[") || $0 == .mark("]") }
        let closesClosed = next == .mark("]")
        guard inside.count == 2, take("[") || take("]") else { throw .unreadable("\"]\" where a value should be") }
        return .interval(inside[0], inside[1], isLowClosed: false, isHighClosed: closesClosed)
    }

    private mutating func set() throws(MathFailure) -> MathNode {
        let builder = isSetBuilder
        defer { isSetBuilder = builder }
        if case .letters = next {
            isSetBuilder =
                ahead(1) == .mark("|") || ahead(1) == .mark(":") || ahead(1) == .command("mid")
                || ahead(1) == .command("in")
        }
        var inside = try elements { $0 == .closeBrace }
        if isSetBuilder, take("|") || take(":") || take(command: "mid") {
            isSetBuilder = false
            inside = [try list()]
            guard next == .closeBrace else { throw .unreadable("a brace is not closed before \(describeNext)") }
            position += 1
            return inside[0]
        }
        guard next == .closeBrace else { throw .unreadable("a brace is not closed before \(describeNext)") }
        position += 1
        return .set(inside)
    }
}
