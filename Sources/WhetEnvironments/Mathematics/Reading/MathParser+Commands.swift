/// Commands: fractions, roots, functions, sums, matrices, words.
extension MathParser {
    mutating func command(_ name: String) throws(MathFailure) -> MathNode {
        switch name {
        case "frac":
            let top = try argument(digitByDigit: true)
            if top == .symbol("d"), next == .mark("{"), case .letters(let run) = ahead(1), run.first == "d" {
                throw .unreadable("a derivative is not computed")
            }
            return .quotient(top, try argument())
        case "binom": return .function(.binomial, [try argument(digitByDigit: true), try argument()])
        case "sqrt":
            var degree = MathNode.integer(2)
            if take("[") {
                degree = try sum()
                try expect("]")
            }
            return .root(try argument(), degree)
        case "cbrt": return .root(try argument(), .integer(3))
        case "pi": return .constant(.pi)
        case "infty": return .infinity
        case "emptyset": return .set([])
        case "i": return .constant(.i)
        case "log", "lg", "lb", "ln", "exp": return try logarithm(name)
        case "sum", "prod": return try repeated(isSum: name == "sum")
        case "lfloor", "lceil":
            let inner = try list()
            guard take(command: name == "lfloor" ? "rfloor" : "rceil") else {
                throw .unreadable("\\\(name) is not closed")
            }
            return .function(name == "lfloor" ? .floor : .ceil, [inner])
        case "langle":
            let inside = try elements { $0 == .command("rangle") }
            guard take(command: "rangle") else { throw .unreadable("\\langle is not closed") }
            return .tuple(inside)
        case "det": return .function(.determinant, [try functionArgument()])
        case "Re": return .function(.realPart, [try functionArgument()])
        case "Im": return .function(.imaginaryPart, [try functionArgument()])
        case "overline", "bar":
            let inner = try argument()
            // A line over a number conjugates it; over names it is a segment.
            return inner.contains { $0 == .constant(.i) } || inner.symbols == ["z"]
                ? .function(.conjugate, [inner]) : inner
        case "vec", "hat", "widehat", "overrightarrow", "tilde", "underline", "underbrace", "overbrace", "dot",
            "cancel":
            return try argument()
        case "angle", "triangle", "measuredangle": return try power()
        case "pmod":
            throw .unreadable("\\pmod")
        case "top": return .symbol("⊤")
        case "%": throw .unreadable("a percent sign alone")
        case "to", "le", "ge", "ne", "cup", "cap", "and", "or", "circ", "degree", "in", "cdot", "rangle", "rvert",
            "mid":
            throw .unreadable("\\\(name) stands where a value should")
        case "int", "iint", "oint", "lim", "partial", "nabla", "limsup", "liminf", "over", "substack", "label", "tag",
            "color", "href", "require", "newcommand", "def", "input", "include", "usepackage":
            throw .unreadable("\\\(name) is not computed")
        default:
            if let function = MathFunction(rawValue: name), function != .plusMinus, function != .minusPlus {
                return try application(of: function)
            }
            guard name.count <= 20 else { throw .unreadable("\\\(name.prefix(40))") }
            return .symbol(name)
        }
    }

    /// What a command takes: a group, or one token; `digitByDigit` of a number its first digit: \frac12.
    mutating func argument(digitByDigit: Bool = false) throws(MathFailure) -> MathNode {
        if digitByDigit, case .number(let digits) = next, digits.count > 1, digits.allSatisfy(\.isLatinDigit) {
            return try splitNumber(digits)
        }
        if case .letters(let run) = next, run.count > 1 {
            let first = run[run.startIndex]
            replaceNext(with: .letters(String(run.dropFirst())))
            return Self.letter(first)
        }
        if next == .mark("-") {
            position += 1
            return try operand().negated
        }
        return try operand()
    }

    private mutating func splitNumber(_ digits: String) throws(MathFailure) -> MathNode {
        let first = digits.prefix(1)
        replaceNext(with: .number(String(digits.dropFirst())))
        return try Self.value(of: String(first))
    }

    // MARK: Functions

    private mutating func application(of function: MathFunction) throws(MathFailure) -> MathNode {
        switch function {
        case .gcd, .lcm, .min, .max, .mod, .binomial:
            let arguments: [MathNode]
            if next == .openBrace || next == .mark("(") || next == .mark("{") {
                switch try operand() {
                case .tuple(let parts), .set(let parts), .list(let parts): arguments = parts
                case let one: arguments = [one]
                }
            } else {
                throw .unreadable("\\\(function.rawValue) without arguments")
            }
            if function == .mod || function == .binomial, arguments.count != 2 {
                throw .unreadable("two arguments are needed")
            }
            return .function(function, arguments)
        default: break
        }
        var exponent: MathNode?
        if take("^") {
            exponent = try nested { parser throws(MathFailure) in
                if parser.take("-") { return try parser.operand().negated }
                return try parser.argument()
            }
        }
        let argument = try functionArgument()
        guard let exponent else { return .function(function, [argument]) }
        if exponent == .integer(-1), let inverse = Self.inverses[function] { return .function(inverse, [argument]) }
        return .power(.function(function, [argument]), exponent)
    }

    private static let inverses: [MathFunction: MathFunction] = [
        .sin: .arcsin, .cos: .arccos, .tan: .arctan, .cot: .arccot, .sec: .arcsec, .csc: .arccsc, .sinh: .arsinh,
        .cosh: .arcosh, .tanh: .artanh,
    ]

    /// A bracket alone, or the factors up to the next sign or function.
    mutating func functionArgument() throws(MathFailure) -> MathNode {
        try nested { parser throws(MathFailure) in
            if parser.next == .mark("(") || parser.next == .mark("[") || parser.next == .mark("{") {
                let inner = try parser.operand()
                // \sin(x)^2 raises the sine in most books; \sin{x}^2 does, too.
                return inner
            }
            if parser.take("-") { return try parser.functionArgument().negated }
            var factors = [try parser.power()]
            while parser.startsOperand(parser.next), !parser.isFunction(parser.next) {
                factors.append(try parser.power())
            }
            if factors.count == 1, parser.next == .mark("/"), case .constant(.pi) = factors[0],
                case .number = parser.ahead(1)
            {
                parser.position += 1
                factors.append(.power(try parser.power(), .integer(-1)))
            }
            return factors.count == 1 ? factors[0] : .product(factors)
        }
    }

    private func isFunction(_ token: MathToken.Kind?) -> Bool {
        guard case .command(let name) = token else { return false }
        return MathFunction(rawValue: name) != nil
            || ["log", "lg", "ln", "exp", "sqrt"].contains(name) && name != "sqrt"
    }

    private mutating func logarithm(_ name: String) throws(MathFailure) -> MathNode {
        var base: MathNode? = name == "ln" || name == "exp" ? nil : .integer(name == "lb" ? 2 : 10)
        var exponent: MathNode?
        for _ in 0..<2 {
            if take("_") {
                base = try nested { parser throws(MathFailure) in
                    if case .number(let digits) = parser.next, digits.count > 1 {
                        return try parser.splitNumber(digits)
                    }
                    return try parser.argument()
                }
            }
            if take("^") { exponent = try nested { parser throws(MathFailure) in try parser.argument() } }
        }
        let argument = try functionArgument()
        if name == "exp" { return .power(.constant(.e), argument) }
        var node = MathNode.function(.ln, [argument])
        if let base, base != .constant(.e) { node = .quotient(node, .function(.ln, [base])) }
        return exponent.map { .power(node, $0) } ?? node
    }

    // MARK: Sums over an index

    private mutating func repeated(isSum: Bool) throws(MathFailure) -> MathNode {
        guard take("_"), take("{"), case .letters(let name) = next, ahead(1) == .mark("=") else {
            throw .unreadable("a sum without its index")
        }
        position += 2
        let first = try sum()
        try expect("}")
        guard take("^") else { throw .unreadable("a sum without its end") }
        let last = try argument()
        guard case .number(let low, _) = first, case .number(let high, _) = last, let low = low.int,
            let high = high.int,
            high - low < 200, low.magnitude < 1_000_000
        else { throw .unreadable("a sum whose ends are not small numbers") }
        var factors = [try power()]
        while startsOperand(next) { factors.append(try power()) }
        let body = factors.count == 1 ? factors[0] : MathNode.product(factors)
        guard low <= high else { return isSum ? .zero : .one }
        guard body.size * (high - low + 1) < 5000 else { throw .tooComplex }
        let symbol = name == "i" ? MathNode.constant(.i) : Self.letter(name.first ?? "k")
        let terms = (low...high).map { Self.substituting(symbol, with: .integer($0), in: body) }
        return isSum ? .sum(terms) : .product(terms)
    }

    private static func substituting(_ symbol: MathNode, with value: MathNode, in node: MathNode) -> MathNode {
        node == symbol ? value : node.mapChildren { substituting(symbol, with: value, in: $0) }
    }

    // MARK: Matrices

    private static let arrays: Set<String> = [
        "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "matrix", "smallmatrix", "array",
    ]

    mutating func matrix(_ environment: String) throws(MathFailure) -> MathNode {
        guard Self.arrays.contains(environment) else {
            if ["cases", "aligned", "align", "align*", "equation", "equation*", "split", "gathered"].contains(
                environment)
            {
                return try alignedLines(environment)
            }
            throw .unreadable("the environment \(environment.prefix(40))")
        }
        if environment == "array", take("{") {
            while !isAtEnd, !take("}") { position += 1 }
        }
        var rows: [[MathNode]] = [[]]
        let bars = openBars
        openBars = 0
        defer { openBars = bars }
        while next != .end(environment) {
            guard !isAtEnd else { throw .unreadable("the matrix does not end") }
            if next == .newRow {
                position += 1
                rows.append([])
            } else if take("&") {
                continue
            } else {
                rows[rows.count - 1].append(try relation())
            }
        }
        position += 1
        if rows.last == [] { rows.removeLast() }
        guard let width = rows.first?.count, width > 0, rows.allSatisfy({ $0.count == width }) else {
            throw .unreadable("the rows of the matrix are not of one length")
        }
        return environment == "vmatrix" ? .function(.determinant, [.matrix(rows)]) : .matrix(rows)
    }

    /// Lines of equations, each an item.
    private mutating func alignedLines(_ environment: String) throws(MathFailure) -> MathNode {
        var items: [MathNode] = []
        while next != .end(environment) {
            guard !isAtEnd else { throw .unreadable("\(environment) does not end") }
            if next == .newRow || next == .mark("&") || next == .mark(",") {
                position += 1
            } else {
                items.append(try relation())
            }
        }
        position += 1
        guard !items.isEmpty else { throw .unreadable("\(environment) is empty") }
        return items.count == 1 ? items[0] : .list(items)
    }

    // MARK: Words

    /// \text in the place of an operand: a number, a letter, a name, or words before the operand that matters.
    mutating func text(_ words: String) throws(MathFailure) -> MathNode {
        let content = words.trimmedWords
        if let function = MathFunction(rawValue: content)
            ?? MathSpelling.words[content].flatMap(MathFunction.init(rawValue:))
        {
            return try application(of: function)
        }
        if content.isEmpty { return try operand() }
        let letters = words.filter { $0.isLetter }
        if letters.isEmpty || letters.count == 1 && content.count <= 3 {
            let inner = try MathLexer.tokens(of: words.filter { $0 != "." || letters.isEmpty })
            guard !inner.isEmpty else { return try operand() }
            var parser = MathParser(tokens: inner, isPlain: isPlain)
            let node = try parser.list()
            guard parser.isAtEnd else { throw .unreadable("\"\(words.prefix(40))\"") }
            return node
        }
        // "9 apples" in one box.
        if let digit = content.first, digit.isLatinDigit || digit == "-" || digit == "$" {
            var parser = MathParser(tokens: try MathLexer.tokens(of: words), isPlain: true)
            if let node = try? parser.list(), parser.isAtEnd { return node }
        }
        if startsOperand(next), !isRelationNext { return try power() }
        return .text(content)
    }

    private var isRelationNext: Bool { next == .mark("=") }
}
