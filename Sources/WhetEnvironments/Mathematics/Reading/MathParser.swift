/// Reads tokens into a tree.
///
/// Keeps: depth and size are bounded; what cannot be read throws, and nothing is guessed beyond what a reader of the
/// page would: "2x" multiplies, "1/2x" divides by 2x, "3 1/2" is a mixed number, "5 cm" measures.
///
/// The grammar, loosest first: lists, relations, sets (∪ ∩ ∖), sums, products, signs, powers and what stands behind an
/// operand, operands. `MathParser+Operands` and `MathParser+Commands` hold the tight end.
struct MathParser {
    private(set) var tokens: [MathToken]
    /// Whether this is prose that may be mathematics, not what stood between dollars: there, words are no products.
    let isPlain: Bool
    var position = 0
    private var depth = 0
    /// How many | are open: the next one closes.
    var openBars = 0
    /// In \{x : …\} the colon and the bar end an item.
    var isSetBuilder = false
    private static let depthLimit = 60

    /// - Throws: `unreadable` with what was in the way, `tooComplex`.
    static func parse(_ text: String, isPlain: Bool = false) throws(MathFailure) -> MathNode {
        var parser = MathParser(tokens: try MathLexer.tokens(of: text, isPlain: isPlain), isPlain: isPlain)
        guard !parser.tokens.isEmpty else { throw .unreadable("nothing is there") }
        let node = try parser.list()
        guard parser.isAtEnd else { throw .unreadable("what is \(parser.describeNext)?") }
        return node
    }

    init(tokens: [MathToken], isPlain: Bool) {
        self.tokens = tokens
        self.isPlain = isPlain
    }

    // MARK: Tokens

    /// Puts what is left of the next token in its place: \frac12 takes its digits one by one.
    mutating func replaceNext(with kind: MathToken.Kind) {
        tokens[position] = MathToken(kind: kind, followsSpace: false)
    }

    var isAtEnd: Bool { position >= tokens.count }
    var next: MathToken.Kind? { position < tokens.count ? tokens[position].kind : nil }
    func ahead(_ offset: Int) -> MathToken.Kind? {
        position + offset < tokens.count ? tokens[position + offset].kind : nil
    }

    var describeNext: String {
        switch next {
        case nil: "the end"
        case .mark(let mark): "\"\(mark)\""
        case .command(let name): "\\\(name.prefix(40))"
        case .letters(let run), .number(let run), .text(let run): "\"\(run.prefix(40))\""
        default: "this"
        }
    }

    mutating func take(_ mark: Character) -> Bool {
        guard next == .mark(mark) else { return false }
        position += 1
        return true
    }

    mutating func take(command: String) -> Bool {
        guard next == .command(command) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ mark: Character) throws(MathFailure) {
        guard take(mark) else { throw .unreadable("\"\(mark)\" is missing before \(describeNext)") }
    }

    /// - Returns: whether the signs that stand here make what follows negative.
    private mutating func takeSigns() -> Bool {
        var isNegative = false
        while take("+") || next == .mark("-") {
            if take("-") { isNegative.toggle() }
        }
        return isNegative
    }

    /// Runs a rule one level deeper.
    mutating func nested(_ rule: (inout MathParser) throws(MathFailure) -> MathNode) throws(MathFailure) -> MathNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .tooComplex }
        return try rule(&self)
    }

    // MARK: Lists

    private enum Separator { case comma, or, and }

    private mutating func separator() -> Separator? {
        var found: Separator?
        while let token = next {
            switch token {
            case .mark(","), .mark(";"): found = found ?? .comma
            case .command("or"): found = .or
            case .command("and"): found = .and
            case .text(let words):
                switch words.trimmedWords {
                case "or", ", or", ",or": found = .or
                case "and", ", and", ",and", "&": found = .and
                case ",", ";": found = found ?? .comma
                default: return found
                }
            default: return found
            }
            position += 1
        }
        return found
    }

    /// Items with commas, "and" or "or" between them; one item alone is itself.
    mutating func list() throws(MathFailure) -> MathNode {
        let (items, words) = try items()
        guard items.count > 1 else { return items[0] }
        let areInequalities = items.allSatisfy { item in
            if case .relation(_, let operators) = item {
                operators.allSatisfy { $0.isInequality || $0 == .unequal }
            } else {
                false
            }
        }
        if areInequalities, words.contains(.or) { return .union(items) }
        if areInequalities, words.contains(.and) { return .intersection(items) }
        return .list(items)
    }

    private mutating func items() throws(MathFailure) -> ([MathNode], Set<Separator>) {
        var items: [MathNode] = []
        var words: Set<Separator> = []
        while true {
            if take(command: "ldots") {
                items.append(.symbol("…"))
            } else {
                let item = try relation()
                if case .list(let several) = item { items += several } else { items.append(item) }
            }
            guard let word = separator() else { break }
            if isAtEnd { break }
            words.insert(word)
        }
        return (items, words)
    }

    /// The items between brackets, none included.
    mutating func elements(until isClosed: (MathToken.Kind) -> Bool) throws(MathFailure) -> [MathNode] {
        if let next, isClosed(next) { return [] }
        let bars = openBars
        openBars = 0
        defer { openBars = bars }
        return try items().0
    }

    // MARK: Relations

    private func relationOperator(_ token: MathToken.Kind?) -> MathRelation? {
        switch token {
        case .mark("="): .equal
        case .mark("<"): .less
        case .mark(">"): .greater
        case .command("le"): .lessOrEqual
        case .command("ge"): .greaterOrEqual
        case .command("ne"): .unequal
        case .command("approx"): .approximately
        case .command("in"): .member
        case .command("notin"): .notMember
        default: nil
        }
    }

    mutating func relation() throws(MathFailure) -> MathNode {
        // "= 5" and "≈ 5" leave out what everybody knows.
        if next == .mark("=") || next == .command("approx") { position += 1 }
        var operands = [try sets()]
        var operators: [MathRelation] = []
        while let relation = relationOperator(next) {
            position += 1
            operators.append(relation)
            operands.append(try sets())
        }
        guard !operators.isEmpty else { return try PlusMinus.expanded(operands[0]) }
        return try PlusMinus.expanded(.relation(operands, operators))
    }

    private mutating func sets() throws(MathFailure) -> MathNode {
        var left = try sum()
        while true {
            if take(command: "cup") {
                let right = try sum()
                if case .union(let parts) = left {
                    left = .union(parts + [right])
                } else {
                    left = .union([left, right])
                }
            } else if take(command: "cap") {
                let right = try sum()
                if case .intersection(let parts) = left {
                    left = .intersection(parts + [right])
                } else {
                    left = .intersection([left, right])
                }
            } else if take(command: "setminus") {
                left = try nested { parser throws(MathFailure) in .difference(left, try parser.sum()) }
            } else {
                return left
            }
        }
    }

    // MARK: Sums and products

    mutating func sum() throws(MathFailure) -> MathNode {
        try nested { parser throws(MathFailure) in try parser.sumHere() }
    }

    private mutating func sumHere() throws(MathFailure) -> MathNode {
        let isNegative = takeSigns()
        let first = try signedProduct()
        var terms = [isNegative ? first.negated : first]
        while true {
            if take("+") {
                terms.append(try signedProduct())
            } else if take("-") {
                terms.append(try signedProduct().negated)
            } else if take(command: "pm") {
                terms.append(.function(.plusMinus, [try product()]))
            } else if take(command: "mp") {
                terms.append(.function(.minusPlus, [try product()]))
            } else {
                break
            }
        }
        return terms.count == 1 ? terms[0] : .sum(terms)
    }

    private mutating func signedProduct() throws(MathFailure) -> MathNode {
        let isNegative = takeSigns()
        if take(command: "pm") { return .function(.plusMinus, [try product()]) }
        if take(command: "mp") { return .function(.minusPlus, [try product()]) }
        let node = try product()
        return isNegative ? node.negated : node
    }

    private mutating func product() throws(MathFailure) -> MathNode {
        var factors = [try juxtaposed()]
        while true {
            if take("*") || take(command: "cdot") {
                factors.append(try signedFactor())
            } else if take("/") || (next == .mark(":") && !isSetBuilder && startsOperand(ahead(1)) && take(":")) {
                factors.append(.power(try signedFactor(), .integer(-1)))
            } else if next == .command("bmod") || next == .command("mod") {
                position += 1
                let left = factors.count == 1 ? factors[0] : .product(factors)
                factors = [.function(.mod, [left, try signedFactor()])]
            } else {
                break
            }
        }
        return factors.count == 1 ? factors[0] : .product(factors)
    }

    private mutating func signedFactor() throws(MathFailure) -> MathNode {
        let isNegative = takeSigns()
        let node = try juxtaposed()
        return isNegative ? node.negated : node
    }

    /// Factors without a sign between them.
    private mutating func juxtaposed() throws(MathFailure) -> MathNode {
        var factors = [try power()]
        while startsOperand(next) {
            // "x 5" and "x5" are no products that people write; two numbers side by side are a mistake.
            if case .number = next, case .number = factors[factors.count - 1] {
                throw .unreadable("two numbers side by side")
            }
            if isPlain, isBetweenWords { throw .unreadable("words") }
            factors.append(try power())
        }
        return factors.count == 1 ? factors[0] : .product(factors)
    }

    /// In prose: whether a space stands here with two letters or more on one side and letters or digits on the other.
    private var isBetweenWords: Bool {
        guard position > 0, position < tokens.count, tokens[position].followsSpace else { return false }
        func letters(_ kind: MathToken.Kind) -> Int {
            if case .letters(let run) = kind { run.count } else { 0 }
        }
        func isNumber(_ kind: MathToken.Kind) -> Bool { if case .number = kind { true } else { false } }
        let last = tokens[position - 1].kind
        let next = tokens[position].kind
        return letters(last) >= 2 && (letters(next) >= 1 || isNumber(next)) || letters(last) >= 1 && letters(next) >= 2
    }

    // MARK: Powers

    /// An operand with all that stands behind it.
    mutating func power() throws(MathFailure) -> MathNode {
        let base = try operand()
        return try exponents(of: base)
    }

    mutating func exponents(of base: MathNode) throws(MathFailure) -> MathNode {
        let base = try postfixes(of: base)
        guard take("^") else { return base }
        if let decorated = try degreesOrPrimes(base) { return try exponents(of: decorated) }
        let exponent = try nested { parser throws(MathFailure) in try parser.exponent() }
        if exponent == .symbol("T") || exponent == .symbol("⊤") || exponent == .symbol("top"), case .matrix = base {
            return try postfixes(of: .function(.transpose, [base]))
        }
        // 5^{th}
        if case .text = exponent { return base }
        if case .number = base, ["th", "st", "nd", "rd"].contains(exponent.letters) { return base }
        let power = MathNode.power(base, exponent)
        // "2^{3}^{4}" is bad TeX but plain enough; "(x^2)!" is not "x^2!".
        return try nested { parser throws(MathFailure) in try parser.exponents(of: power) }
    }

    /// ^\circ behind an angle.
    private mutating func degreesOrPrimes(_ base: MathNode) throws(MathFailure) -> MathNode? {
        if take(command: "circ") || take(command: "degree") { return unitless(.degrees(base)) }
        if take(command: "prime") { return base }
        guard next == .mark("{"), ahead(1) == .command("circ") || ahead(1) == .command("degree"), ahead(2) == .mark("}")
        else { return nil }
        position += 3
        return unitless(.degrees(base))
    }

    /// "°C": the letter behind a degree sign is part of the unit.
    private mutating func unitless(_ node: MathNode) -> MathNode {
        guard case .degrees(let inner) = node else { return node }
        switch next {
        case .letters("C"), .letters("F"), .letters("K"):
            position += 1
            return inner
        case .text(let words) where ["C", "F", "K"].contains(words.trimmedWords.uppercased()):
            position += 1
            return inner
        default: return node
        }
    }

    /// What TeX raises: one token or a group.
    private mutating func exponent() throws(MathFailure) -> MathNode {
        let isNegative = takeSigns()
        // TeX raises one letter: e^xe^y.
        if case .letters(let run) = next, run.count > 1 {
            replaceNext(with: .letters(String(run.dropFirst())))
            let letter = Self.letter(run[run.startIndex])
            return isNegative ? letter.negated : letter
        }
        // Right to left: 2^3^4 is 2^(3^4).
        let node = try power()
        return isNegative ? node.negated : node
    }
}

extension String {
    /// In lower case, with single spaces and none at the ends.
    var trimmedWords: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
    }
}

/// The two values of what is written with ±.
enum PlusMinus {
    /// A list of two if there is a sign of both kinds in it, the same otherwise.
    static func expanded(_ node: MathNode) throws(MathFailure) -> MathNode {
        let isThere = node.contains {
            if case .function(let name, _) = $0 { name == .plusMinus || name == .minusPlus } else { false }
        }
        guard isThere else { return node }
        return .list([chosen(node, isUpper: true), chosen(node, isUpper: false)])
    }

    private static func chosen(_ node: MathNode, isUpper: Bool) -> MathNode {
        let node = node.mapChildren { chosen($0, isUpper: isUpper) }
        guard case .function(let name, let parts) = node, name == .plusMinus || name == .minusPlus else { return node }
        return (name == .plusMinus) == isUpper ? parts[0] : parts[0].negated
    }
}
