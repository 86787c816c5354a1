import WhetCore

/// Reads the statements of a template, once; `JinjaEvaluator` runs them.
///
/// Keeps: blocks nest at most `deepest` levels, brackets at most `deepestBrackets`.
struct JinjaParser {
    static let deepest = 60
    static let deepestBrackets = 40

    private let tokens: [JinjaToken]
    private var position = 0
    private var depth = 0
    var bracketDepth = 0
    private var loopDepth = 0
    /// The names that are read, for finding out what a macro's body mentions.
    var names: Set<String> = []

    static func parse(_ source: String) throws -> [JinjaStatement] {
        var parser = JinjaParser(tokens: try JinjaLexer.tokens(of: source))
        let (body, _) = try parser.parseBody(until: [])
        return body
    }

    private init(tokens: [JinjaToken]) { self.tokens = tokens }

    // MARK: Bodies

    /// Reads statements up to a block that begins with one of the words, whose word is consumed.
    private mutating func parseBody(until ends: [String]) throws -> (body: [JinjaStatement], end: String) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("blocks nest too deeply") }
        var body: [JinjaStatement] = []
        while true {
            let token = current
            switch token.kind {
            case .text(let text):
                advance()
                body.append(JinjaStatement(kind: .text(text), line: token.line))
            case .outputBegin:
                advance()
                let expression = try parseTuple()
                try expect(.outputEnd)
                body.append(JinjaStatement(kind: .output(expression), line: token.line))
            case .blockBegin:
                advance()
                let word = try expectName()
                if ends.contains(word) { return (body, word) }
                body.append(JinjaStatement(kind: try parseStatement(word), line: token.line))
            case .end where ends.isEmpty: return (body, "")
            default: throw failure("\(token.words) comes too early", expected: ends.joined(separator: " or "))
            }
        }
    }

    private mutating func parseStatement(_ word: String) throws -> JinjaStatement.Kind {
        switch word {
        case "if": return try parseConditional()
        case "for": return try parseLoop()
        case "set": return try parseAssignment()
        case "macro": return try parseMacro()
        case "call": return try parseCall()
        case "filter": return try parseFilterBlock()
        case "with": return try parseWith()
        case "generation":
            try expect(.blockEnd)
            return .scope([], try closedBody("endgeneration"))
        case "block":
            _ = try expectName()
            try expect(.blockEnd)
            return .scope([], try closedBody("endblock", mayRepeatName: true))
        case "break", "continue":
            guard loopDepth > 0 else { throw failure("\(word) stands outside a loop") }
            try expect(.blockEnd)
            return word == "break" ? .breakLoop : .continueLoop
        default:
            var error = WhetError.unknownName(
                word, kind: "statement",
                among: [
                    "if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "call",
                    "endcall", "filter", "endfilter", "with", "endwith", "generation", "endgeneration", "block",
                    "endblock", "raw", "break", "continue",
                ], at: "line \(current.line)")
            if word.hasPrefix("end") || word.hasPrefix("el") { error.problem = "\(word) belongs to nothing" }
            throw error
        }
    }

    /// The body up to the word that closes the block, and the end of that block.
    private mutating func closedBody(_ end: String, mayRepeatName: Bool = false) throws -> [JinjaStatement] {
        let (body, _) = try parseBody(until: [end])
        if mayRepeatName, case .name = current.kind { advance() }
        try expect(.blockEnd)
        return body
    }

    // MARK: Statements

    private mutating func parseConditional() throws -> JinjaStatement.Kind {
        var branches: [(condition: JinjaExpression, body: [JinjaStatement])] = []
        while true {
            let condition = try parseTuple(allowsChoice: false)
            try expect(.blockEnd)
            let (body, end) = try parseBody(until: ["elif", "else", "endif"])
            branches.append((condition, body))
            if end == "elif" { continue }
            try expect(.blockEnd)
            return .conditional(branches, otherwise: end == "else" ? try closedBody("endif") : [])
        }
    }

    private mutating func parseLoop() throws -> JinjaStatement.Kind {
        let target = try parseTarget(end: "in")
        guard takeName("in") else { throw failure("the loop has no \"in\"") }
        let iterable = try parseTuple(allowsChoice: false)
        let filter = takeName("if") ? try parseExpression() : nil
        if takeName("recursive") {
            throw failure("recursive loops are not supported", expected: "a macro that calls itself")
        }
        try expect(.blockEnd)
        loopDepth += 1
        let (body, end) = try parseBody(until: ["endfor", "else"])
        loopDepth -= 1
        try expect(.blockEnd)
        let otherwise = end == "else" ? try closedBody("endfor") : []
        return .loop(
            JinjaStatement.Loop(target: target, iterable: iterable, filter: filter, body: body, otherwise: otherwise))
    }

    private mutating func parseAssignment() throws -> JinjaStatement.Kind {
        let target = try parseTarget(end: "=")
        if take("=") {
            let value = try parseTuple()
            try expect(.blockEnd)
            return .assign(target, value)
        }
        let filters = try parseFilters()
        try expect(.blockEnd)
        return .assignBlock(target, filters, try closedBody("endset"))
    }

    private mutating func parseMacro() throws -> JinjaStatement.Kind {
        let name = try expectName()
        return .macro(try parseMacro(named: name, parameters: parseParameters(), end: "endmacro"))
    }

    private mutating func parseCall() throws -> JinjaStatement.Kind {
        let parameters = isSymbol("(") ? try parseParameters() : []
        let call = try parseUnary(withFilters: false)
        guard case .call = call.kind else {
            throw failure("the call block calls nothing", expected: "{% call macro() %}")
        }
        let macro = try parseMacro(named: "caller", parameters: parameters, end: "endcall")
        return .call(macro, call)
    }

    /// The body of a macro, from the end of its opening block.
    private mutating func parseMacro(
        named name: String, parameters: [(name: String, fallback: JinjaExpression?)], end: String
    ) throws -> JinjaStatement.Macro {
        try expect(.blockEnd)
        let outerNames = names
        let outerLoops = loopDepth
        (names, loopDepth) = ([], 0)
        let body = try closedBody(end, mayRepeatName: true)
        let extras = names.intersection(["varargs", "kwargs", "caller"])
        names.formUnion(outerNames)
        loopDepth = outerLoops
        return JinjaStatement.Macro(name: name, parameters: parameters, body: body, extras: extras)
    }

    private mutating func parseParameters() throws -> [(name: String, fallback: JinjaExpression?)] {
        try expect(.symbol("("))
        var parameters: [(name: String, fallback: JinjaExpression?)] = []
        while !take(")") {
            if !parameters.isEmpty {
                try expect(.symbol(","))
                if take(")") { break }
            }
            let name = try expectName()
            let fallback = take("=") ? try parseExpression() : nil
            if fallback == nil, parameters.last?.fallback != nil {
                throw failure("the parameter \"\(name)\" without a default follows one with a default")
            }
            parameters.append((name, fallback))
        }
        return parameters
    }

    private mutating func parseFilterBlock() throws -> JinjaStatement.Kind {
        var filters = [try parseFilter()]
        filters += try parseFilters()
        try expect(.blockEnd)
        return .filterBlock(filters, try closedBody("endfilter"))
    }

    private mutating func parseWith() throws -> JinjaStatement.Kind {
        var assignments: [(JinjaStatement.Target, JinjaExpression)] = []
        while !isBlockEnd {
            if !assignments.isEmpty { try expect(.symbol(",")) }
            let target = try parseTarget(end: "=")
            try expect(.symbol("="))
            assignments.append((target, try parseExpression()))
        }
        try expect(.blockEnd)
        return .scope(assignments, try closedBody("endwith"))
    }

    /// `a`, `a.b` or `a, (b, c)`.
    private mutating func parseTarget(end: String) throws -> JinjaStatement.Target {
        var targets: [JinjaStatement.Target] = []
        var isTuple = false
        repeat {
            if !targets.isEmpty, isName(end) || isSymbol(end) || isSymbol(")") { break }
            if take("(") {
                bracketDepth += 1
                defer { bracketDepth -= 1 }
                guard bracketDepth <= Self.deepestBrackets else { throw failure("brackets nest too deeply") }
                targets.append(try parseTarget(end: ")"))
                try expect(.symbol(")"))
            } else {
                let name = try expectName()
                guard !Self.literals.contains(name) else { throw failure("nothing can be assigned to \(name)") }
                targets.append(take(".") ? .attribute(name, try expectName()) : .name(name))
            }
            if isSymbol(",") { isTuple = true }
        } while take(",")
        return isTuple ? .several(targets) : targets[0]
    }

    static let literals: Set<String> = ["true", "false", "none", "True", "False", "None"]

    // MARK: Tokens

    var current: JinjaToken { tokens[position] }
    var following: JinjaToken { tokens[min(position + 1, tokens.count - 1)] }
    private var isBlockEnd: Bool { current.kind == .blockEnd }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }
    func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
    func isName(_ name: String) -> Bool { current.kind == .name(name) }

    mutating func take(_ symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeName(_ name: String) -> Bool {
        guard isName(name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: JinjaToken.Kind) throws {
        guard current.kind == kind else {
            let wanted = JinjaToken(kind: kind, line: 0).words
            throw failure("\(current.words) stands where \(wanted) should be", expected: wanted)
        }
        advance()
    }

    mutating func expectName() throws -> String {
        guard case .name(let name) = current.kind else {
            throw failure("\(current.words) stands where a name should be", expected: "a name")
        }
        advance()
        return name
    }

    func failure(_ problem: String, expected: String? = nil) -> WhetError {
        WhetError(problem, at: "line \(current.line)", expected: (expected ?? "").isEmpty ? nil : expected)
    }
}
