import WhetCore

/// Expressions, by falling precedence: choice, or, and, not, comparison, sum, concatenation, product, power, unary.
extension JinjaParser {
    mutating func parseExpression(allowsChoice: Bool = true) throws -> JinjaExpression {
        bracketDepth += 1
        defer { bracketDepth -= 1 }
        guard bracketDepth <= Self.deepestBrackets else { throw failure("brackets nest too deeply") }
        return allowsChoice ? try parseChoice() : try parseOr()
    }

    /// An expression, or several with commas between them.
    mutating func parseTuple(allowsChoice: Bool = true) throws -> JinjaExpression {
        let line = current.line
        let first = try parseExpression(allowsChoice: allowsChoice)
        guard isSymbol(",") else { return first }
        var elements = [first]
        while take(",") {
            if endsTuple { break }
            elements.append(try parseExpression(allowsChoice: allowsChoice))
        }
        return try make(.tuple(elements), line, elements)
    }

    private var endsTuple: Bool {
        switch current.kind {
        case .blockEnd, .outputEnd, .symbol(")"), .end: true
        default: false
        }
    }

    private mutating func parseChoice() throws -> JinjaExpression {
        var value = try parseOr()
        while isName("if") {
            let line = current.line
            advance()
            let condition = try parseOr()
            let otherwise = takeName("else") ? try parseExpression() : nil
            value = try make(
                .choice(condition: condition, value: value, otherwise: otherwise), line,
                [condition, value] + [otherwise].compactMap { $0 })
        }
        return value
    }

    private mutating func parseOr() throws -> JinjaExpression {
        var left = try parseAnd()
        while takeName("or") {
            let right = try parseAnd()
            left = try make(.or(left, right), left.line, [left, right])
        }
        return left
    }

    private mutating func parseAnd() throws -> JinjaExpression {
        var left = try parseNot()
        while takeName("and") {
            let right = try parseNot()
            left = try make(.and(left, right), left.line, [left, right])
        }
        return left
    }

    private mutating func parseNot() throws -> JinjaExpression {
        let line = current.line
        var count = 0
        while takeName("not") { count += 1 }
        var operand = try parseComparison()
        for _ in 0..<count { operand = try make(.not(operand), line, [operand]) }
        return operand
    }

    private mutating func parseComparison() throws -> JinjaExpression {
        let first = try parseSum()
        var others: [(JinjaExpression.Comparison, JinjaExpression)] = []
        while let comparison = takeComparison() { others.append((comparison, try parseSum())) }
        guard !others.isEmpty else { return first }
        return try make(.comparison(first, others), first.line, [first] + others.map(\.1))
    }

    private mutating func takeComparison() -> JinjaExpression.Comparison? {
        switch current.kind {
        case .symbol(let symbol):
            guard let comparison = JinjaExpression.Comparison(rawValue: symbol) else { return nil }
            advance()
            return comparison
        case .name("in"):
            advance()
            return .contained
        case .name("not") where following.kind == .name("in"):
            advance()
            advance()
            return .notContained
        default: return nil
        }
    }

    private mutating func parseSum() throws -> JinjaExpression {
        var left = try parseConcatenation()
        while let operation = takeArithmetic(["+", "-"]) {
            let right = try parseConcatenation()
            left = try make(.arithmetic(operation, left, right), left.line, [left, right])
        }
        return left
    }

    private mutating func parseConcatenation() throws -> JinjaExpression {
        let first = try parseProduct()
        guard isSymbol("~") else { return first }
        var parts = [first]
        while take("~") { parts.append(try parseProduct()) }
        return try make(.concatenation(parts), first.line, parts)
    }

    private mutating func parseProduct() throws -> JinjaExpression {
        var left = try parsePower()
        while let operation = takeArithmetic(["*", "/", "//", "%"]) {
            let right = try parsePower()
            left = try make(.arithmetic(operation, left, right), left.line, [left, right])
        }
        return left
    }

    private mutating func parsePower() throws -> JinjaExpression {
        var left = try parseUnary()
        while takeArithmetic(["**"]) != nil {
            let right = try parseUnary()
            left = try make(.arithmetic(.power, left, right), left.line, [left, right])
        }
        return left
    }

    private mutating func takeArithmetic(_ symbols: [String]) -> JinjaExpression.Arithmetic? {
        guard case .symbol(let symbol) = current.kind, symbols.contains(symbol) else { return nil }
        advance()
        return JinjaExpression.Arithmetic(rawValue: symbol)
    }

    mutating func parseUnary(withFilters: Bool = true) throws -> JinjaExpression {
        let line = current.line
        var signs: [Bool] = []
        while isSymbol("-") || isSymbol("+") {
            signs.append(isSymbol("-"))
            advance()
        }
        var operand = try parsePostfix(of: parsePrimary())
        for isMinus in signs.reversed() {
            operand = try make(isMinus ? .negate(operand) : .plus(operand), line, [operand])
        }
        return withFilters ? try parseFiltersAndTests(of: operand) : operand
    }

    // MARK: Primaries

    private mutating func parsePrimary() throws -> JinjaExpression {
        let token = current
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return try make(.bool(true), token.line)
            case "false", "False": return try make(.bool(false), token.line)
            case "none", "None": return try make(.none, token.line)
            default:
                names.insert(name)
                return try make(.name(name), token.line)
            }
        case .string(let text):
            advance()
            var whole = text
            while case .string(let more) = current.kind {
                whole += more
                advance()
            }
            return try make(.string(whole), token.line)
        case .integer(let number):
            advance()
            return try make(.integer(number), token.line)
        case .number(let number):
            advance()
            return try make(.number(number), token.line)
        case .symbol("("): return try parseParenthesis()
        case .symbol("["): return try parseList()
        case .symbol("{"): return try parseDictionary()
        default: throw failure("\(token.words) stands where a value should be", expected: "a value")
        }
    }

    private mutating func parseParenthesis() throws -> JinjaExpression {
        let line = current.line
        advance()
        if take(")") { return try make(.tuple([]), line) }
        let inner = try parseTuple()
        try expect(.symbol(")"))
        return inner
    }

    private mutating func parseList() throws -> JinjaExpression {
        let line = current.line
        advance()
        var elements: [JinjaExpression] = []
        while !take("]") {
            if !elements.isEmpty {
                try expect(.symbol(","))
                if take("]") { break }
            }
            elements.append(try parseExpression())
        }
        return try make(.list(elements), line, elements)
    }

    private mutating func parseDictionary() throws -> JinjaExpression {
        let line = current.line
        advance()
        var members: [(key: JinjaExpression, value: JinjaExpression)] = []
        while !take("}") {
            if !members.isEmpty {
                try expect(.symbol(","))
                if take("}") { break }
            }
            let key = try parseExpression()
            try expect(.symbol(":"))
            members.append((key, try parseExpression()))
        }
        return try make(.dictionary(members), line, members.flatMap { [$0.key, $0.value] })
    }

    // MARK: What follows a primary

    private mutating func parsePostfix(of primary: JinjaExpression) throws -> JinjaExpression {
        var expression = primary
        while case .symbol(let symbol) = current.kind {
            let line = current.line
            switch symbol {
            case ".":
                advance()
                if case .integer(let index) = current.kind {
                    advance()
                    let item = try make(.integer(index), line)
                    expression = try make(.item(expression, item), line, [expression])
                } else {
                    expression = try make(.attribute(expression, try expectName()), line, [expression])
                }
            case "[":
                advance()
                expression = try parseSubscript(of: expression, line)
            case "(": expression = try parseCall(of: expression)
            default: return expression
            }
        }
        return expression
    }

    private mutating func parseSubscript(of base: JinjaExpression, _ line: Int) throws -> JinjaExpression {
        var parts: [JinjaExpression?] = [nil]
        while !isSymbol("]") {
            if take(":") {
                parts.append(nil)
                guard parts.count <= 3 else { throw failure("a slice has more than three parts") }
            } else if isSymbol(","), parts.count == 1, let first = parts[0] {
                parts[0] = try parseRestOfTuple(first)
            } else {
                if case .some(.some) = parts.last { throw failure("\(current.words) stands in a subscript") }
                parts[parts.count - 1] = try parseExpression()
            }
        }
        try expect(.symbol("]"))
        if parts.count == 1 {
            guard let index = parts[0] else { throw failure("the subscript is empty") }
            return try make(.item(base, index), line, [base, index])
        }
        let step = parts.count > 2 ? parts[2] : nil
        return try make(
            .slice(base, start: parts[0], stop: parts[1], step: step), line,
            [base] + [parts[0], parts[1], step].compactMap { $0 })
    }

    private mutating func parseRestOfTuple(_ first: JinjaExpression) throws -> JinjaExpression {
        var elements = [first]
        while take(","), !isSymbol("]") { elements.append(try parseExpression()) }
        return try make(.tuple(elements), first.line, elements)
    }

    private mutating func parseCall(of callee: JinjaExpression) throws -> JinjaExpression {
        let line = current.line
        let arguments = try parseArguments()
        return try make(.call(callee, arguments), line, [callee] + arguments.all)
    }

    private mutating func parseArguments() throws -> JinjaExpression.Arguments {
        try expect(.symbol("("))
        var arguments = JinjaExpression.Arguments()
        var isFirst = true
        while !take(")") {
            if !isFirst {
                try expect(.symbol(","))
                if take(")") { break }
            }
            isFirst = false
            if take("*") {
                guard arguments.spread == nil, arguments.namedSpread == nil else { throw failure("* stands twice") }
                arguments.spread = try parseExpression()
            } else if take("**") {
                guard arguments.namedSpread == nil else { throw failure("** stands twice") }
                arguments.namedSpread = try parseExpression()
            } else if case .name(let name) = current.kind, following.kind == .symbol("=") {
                advance()
                advance()
                arguments.named.append((name, try parseExpression()))
            } else {
                guard arguments.named.isEmpty, arguments.spread == nil, arguments.namedSpread == nil else {
                    throw failure("an argument without a name follows one with a name")
                }
                arguments.positional.append(try parseExpression())
            }
        }
        return arguments
    }

    private mutating func parseFiltersAndTests(of operand: JinjaExpression) throws -> JinjaExpression {
        var expression = operand
        while true {
            let line = current.line
            if take("|") {
                let filter = try parseFilter()
                expression = try make(.filter(expression, filter), line, [expression] + filter.arguments.all)
            } else if takeName("is") {
                expression = try parseTest(of: expression, line)
            } else if isSymbol("(") {
                expression = try parseCall(of: expression)
            } else {
                return expression
            }
        }
    }

    /// A filter's name and arguments, the bar consumed.
    mutating func parseFilter() throws -> JinjaExpression.Filter {
        let line = current.line
        let name = try expectName()
        guard JinjaFilters.all[name] != nil else {
            throw WhetError.unknownName(name, kind: "filter", among: JinjaFilters.all.keys, at: "line \(line)")
        }
        let arguments = isSymbol("(") ? try parseArguments() : JinjaExpression.Arguments()
        return JinjaExpression.Filter(name: name, arguments: arguments, line: line)
    }

    /// `| one | two(3)`
    mutating func parseFilters() throws -> [JinjaExpression.Filter] {
        var filters: [JinjaExpression.Filter] = []
        while take("|") { filters.append(try parseFilter()) }
        return filters
    }

    private mutating func parseTest(of operand: JinjaExpression, _ line: Int) throws -> JinjaExpression {
        let isNegated = takeName("not")
        let name = try expectName()
        guard JinjaTests.all[name] != nil else {
            throw WhetError.unknownName(name, kind: "test", among: JinjaTests.all.keys, at: "line \(line)")
        }
        var arguments = JinjaExpression.Arguments()
        if isSymbol("(") {
            arguments = try parseArguments()
        } else if beginsTestArgument {
            if isName("is") { throw failure("tests cannot be chained", expected: "\"and\" between them") }
            bracketDepth += 1
            defer { bracketDepth -= 1 }
            arguments.positional = [try parsePostfix(of: parsePrimary())]
        }
        let test = try make(.test(operand, name, arguments), line, [operand] + arguments.all)
        return isNegated ? try make(.not(test), line, [test]) : test
    }

    private var beginsTestArgument: Bool {
        switch current.kind {
        case .name(let name): !["else", "or", "and", "if"].contains(name)
        case .string, .integer, .number, .symbol("["), .symbol("{"): true
        default: false
        }
    }

    private func make(
        _ kind: JinjaExpression.Kind, _ line: Int, _ children: [JinjaExpression] = []
    ) throws -> JinjaExpression {
        let depth = 1 + (children.map(\.depth).max() ?? 0)
        guard depth <= JinjaExpression.deepest else { throw failure("the expression nests too deeply") }
        return JinjaExpression(kind: kind, line: line, depth: depth)
    }
}
