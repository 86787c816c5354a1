import WhetCore

/// Runs a template once.
///
/// Keeps: it ends. Every statement, expression and element costs a step, text costs by its length, and both the steps
/// and the depth of calls are bounded; so a hostile template fails, but neither hangs nor fills the memory nor
/// overflows the stack. Values form cycles at most until the end of the run, when the heap is taken apart.
final class JinjaEvaluator {
    private let limits: JinjaTemplate.Limits
    let clock: JinjaTemplate.Clock
    private var stepsLeft: Int
    private var depth = 0
    /// The line of what is being done, for errors.
    private(set) var line = 1
    private var output = ""
    var loopDepth = 0
    /// Everything that can be part of a cycle, and whose chains could be too long to be released recursively.
    private var lists: [JinjaList] = []
    private var dictionaries: [JinjaDictionary] = []
    private var scopes: [JinjaScope] = []

    enum Flow { case onward, breakLoop, continueLoop }

    init(limits: JinjaTemplate.Limits, clock: @escaping JinjaTemplate.Clock) {
        self.limits = limits
        self.clock = clock
        stepsLeft = limits.steps
    }

    deinit {
        for list in lists { list.elements = [] }
        for dictionary in dictionaries { dictionary.members = [:] }
        for scope in scopes { scope.clear() }
    }

    func render(_ body: [JinjaStatement], context: JSONObject) throws -> String {
        let scope = scope(within: nil)
        for (name, value) in context { scope[name] = try convert(value) }
        let top = self.scope(within: scope)
        _ = try execute(body, top)
        return output
    }

    // MARK: Bounds

    /// Pays for work of the given size.
    func charge(_ size: Int = 1) throws {
        stepsLeft -= size
        guard stepsLeft >= 0 else {
            throw WhetError("the template takes too long", expected: "at most \(limits.steps) steps")
        }
    }

    /// Pays for making a text of so many bytes.
    func charge(bytes: Int) throws { try charge(1 + bytes / 16) }

    /// One level deeper; `leave` comes back.
    func enter() throws {
        depth += 1
        guard depth <= limits.depth else { throw WhetError("calls nest too deeply in the template") }
    }

    func leave() { depth -= 1 }

    // MARK: Making values

    func list(_ elements: [JinjaValue]) throws -> JinjaValue { .list(try object(elements)) }
    func tuple(_ elements: [JinjaValue]) throws -> JinjaValue { .tuple(try object(elements)) }

    private func object(_ elements: [JinjaValue]) throws -> JinjaList {
        try charge(8 + elements.count)
        let list = JinjaList(elements)
        lists.append(list)
        return list
    }

    func dictionary(_ pairs: [(JinjaKey, JinjaValue)]) throws -> JinjaDictionary {
        try charge(8 + pairs.count)
        let dictionary = JinjaDictionary(.init(pairs, uniquingKeysWith: { _, last in last }))
        dictionaries.append(dictionary)
        return dictionary
    }

    func scope(within parent: JinjaScope?) -> JinjaScope { JinjaScope(parent: parent) }

    private func convert(_ json: JSONValue, nested: Int = 0) throws -> JinjaValue {
        guard nested < JinjaValue.deepest else { throw WhetError("the messages nest too deeply") }
        switch json {
        case .null: return .none
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .number(let number): return .number(number)
        case .string(let text): return .string(text)
        case .array(let elements): return try list(elements.map { try convert($0, nested: nested + 1) })
        case .object(let members):
            return .dictionary(
                try dictionary(members.map { (JinjaKey($0.key), try convert($0.value, nested: nested + 1)) }))
        }
    }

    // MARK: Statements

    func execute(_ body: [JinjaStatement], _ scope: JinjaScope) throws -> Flow {
        try enter()
        defer { leave() }
        for statement in body {
            try charge()
            line = statement.line
            let flow = try execute(statement, scope)
            if case .onward = flow { continue }
            return flow
        }
        return .onward
    }

    private func execute(_ statement: JinjaStatement, _ scope: JinjaScope) throws -> Flow {
        switch statement.kind {
        case .text(let text): try write(text)
        case .output(let expression): try write(expression, scope)
        case .conditional(let branches, let otherwise): return try choose(branches, otherwise, scope)
        case .loop(let loop): try execute(loop, scope)
        case .assign(let target, let expression): try assign(evaluate(expression, scope), to: target, scope)
        case .assignBlock(let target, let filters, let body): try assignBlock(target, filters, body, scope)
        case .macro(let macro): define(macro, scope)
        case .call(let macro, let call): try write(call, scope, caller: JinjaMacro(macro, scope))
        case .filterBlock(let filters, let body): try writeFiltered(filters, body, scope)
        case .scope(let assignments, let body): return try enter(assignments, body, scope)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .onward
    }

    @inline(never)
    private func write(_ expression: JinjaExpression, _ scope: JinjaScope, caller: JinjaMacro? = nil) throws {
        try write(evaluate(expression, scope, caller: caller).text())
    }

    @inline(never)
    private func writeFiltered(
        _ filters: [JinjaExpression.Filter], _ body: [JinjaStatement], _ scope: JinjaScope
    ) throws {
        try write(filtered(capture(body, scope), filters, scope).text())
    }

    @inline(never)
    private func assignBlock(
        _ target: JinjaStatement.Target, _ filters: [JinjaExpression.Filter], _ body: [JinjaStatement],
        _ scope: JinjaScope
    ) throws {
        try assign(filtered(capture(body, scope), filters, scope), to: target, scope)
    }

    @inline(never)
    private func define(_ macro: JinjaStatement.Macro, _ scope: JinjaScope) {
        scope[macro.name] = .callable(.macro(macro, scope))
        scopes.append(scope)  // which now holds a macro that holds it
    }

    @inline(never)
    private func write(_ text: String) throws {
        try charge(bytes: text.utf8.count)
        output += text
    }

    @inline(never)
    private func choose(
        _ branches: [(condition: JinjaExpression, body: [JinjaStatement])], _ otherwise: [JinjaStatement],
        _ scope: JinjaScope
    ) throws -> Flow {
        for branch in branches where try evaluate(branch.condition, scope).isTrue {
            return try execute(branch.body, scope)
        }
        return try execute(otherwise, scope)
    }

    @inline(never)
    private func enter(
        _ assignments: [(JinjaStatement.Target, JinjaExpression)], _ body: [JinjaStatement], _ scope: JinjaScope
    ) throws -> Flow {
        let inner = self.scope(within: scope)
        for (target, expression) in assignments { try assign(evaluate(expression, scope), to: target, inner) }
        return try execute(body, inner)
    }

    @inline(never)
    private func execute(_ loop: JinjaStatement.Loop, _ scope: JinjaScope) throws {
        var elements = try elements(of: evaluate(loop.iterable, scope))
        if let filter = loop.filter {
            elements = try elements.filter { element in
                let inner = self.scope(within: scope)
                try assign(element, to: loop.target, inner)
                return try evaluate(filter, inner).isTrue
            }
        }
        guard !elements.isEmpty else {
            _ = try execute(loop.otherwise, self.scope(within: scope))
            return
        }
        let state = JinjaLoop(elements, depth: loopDepth)
        loopDepth += 1
        defer { loopDepth -= 1 }
        for (index, element) in elements.enumerated() {
            try charge(2)
            state.index = index
            let inner = self.scope(within: scope)
            inner["loop"] = .loop(state)
            try assign(element, to: loop.target, inner)
            if case .breakLoop = try execute(loop.body, inner) { break }
        }
    }

    @inline(never)
    func assign(_ value: JinjaValue, to target: JinjaStatement.Target, _ scope: JinjaScope) throws {
        switch target {
        case .name(let name): scope[name] = value
        case .attribute(let name, let attribute):
            guard case .namespace(let namespace)? = scope[name] else {
                throw WhetError(
                    "\"\(name)\" is no namespace, so nothing can be assigned to its attribute \"\(attribute)\"",
                    expected: "{% set \(name) = namespace(…) %}")
            }
            namespace.members[JinjaKey(attribute)] = value
        case .several(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                throw WhetError("\(values.count) values are assigned to \(targets.count) names")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target, scope) }
        }
    }

    /// What a body writes, instead of writing it.
    @inline(never)
    private func capture(_ body: [JinjaStatement], _ scope: JinjaScope) throws -> JinjaValue {
        .string(try captured { _ = try execute(body, self.scope(within: scope)) })
    }

    @inline(never)
    private func captured(_ body: () throws -> Void) throws -> String {
        let outer = output
        output = ""
        defer { output = outer }
        try body()
        return output
    }

    @inline(never)
    private func filtered(
        _ value: JinjaValue, _ filters: [JinjaExpression.Filter], _ scope: JinjaScope
    ) throws -> JinjaValue {
        var value = value
        for filter in filters {
            line = filter.line
            value = try apply(filter.name, to: value, arguments(filter.arguments, scope))
        }
        return value
    }

    // MARK: Macros

    @inline(never)
    func call(
        _ macro: JinjaStatement.Macro, definedIn scope: JinjaScope, _ arguments: JinjaArguments, caller: JinjaMacro?
    ) throws -> JinjaValue {
        let inner = self.scope(within: scope)
        var named = arguments.named
        for (index, parameter) in macro.parameters.enumerated() {
            if index < arguments.positional.count {
                guard named.removeValue(forKey: parameter.name) == nil else {
                    throw WhetError("the macro \"\(macro.name)\" is given \"\(parameter.name)\" twice")
                }
                inner[parameter.name] = arguments.positional[index]
            } else if let value = named.removeValue(forKey: parameter.name) {
                inner[parameter.name] = value
            } else if let fallback = parameter.fallback {
                inner[parameter.name] = try evaluate(fallback, inner)
            } else {
                inner[parameter.name] = .undefined(parameter.name)
            }
        }
        try giveExtras(macro, arguments.positional.dropFirst(macro.parameters.count), named, caller, inner)
        let outerLoops = loopDepth
        loopDepth = 0
        defer { loopDepth = outerLoops }
        return .string(try captured { _ = try execute(macro.body, inner) })
    }

    /// `varargs`, `kwargs` and `caller`, which only a macro that mentions them may be given.
    @inline(never)
    private func giveExtras(
        _ macro: JinjaStatement.Macro, _ positional: ArraySlice<JinjaValue>, _ named: JinjaArguments.Named,
        _ caller: JinjaMacro?, _ inner: JinjaScope
    ) throws {
        if macro.extras.contains("varargs") {
            inner["varargs"] = try tuple(Array(positional))
        } else if !positional.isEmpty {
            throw WhetError("the macro \"\(macro.name)\" takes at most \(macro.parameters.count) arguments")
        }
        if macro.extras.contains("kwargs") {
            inner["kwargs"] = .dictionary(try dictionary(named.map { (JinjaKey($0.key), $0.value) }))
        } else if let name = named.keys.first {
            throw WhetError.unknownName(name, kind: "parameter of \(macro.name)", among: macro.parameters.map(\.name))
        }
        if macro.extras.contains("caller"), let caller {
            inner["caller"] = .callable(.macro(caller.macro, caller.scope))
        } else if caller != nil, macro.name != "caller" {
            throw WhetError("the macro \"\(macro.name)\" makes no use of its caller")
        }
    }

    func move(to line: Int) { self.line = line }
}
