import WhetCore

/// What an expression comes to.
extension JinjaEvaluator {
    /// - Parameter caller: what a call block hands to the macro that the expression calls.
    ///
    /// This and what it calls for each kind of expression are kept apart, because what is inlined here takes its room
    /// on the stack at every level.
    func evaluate(
        _ expression: JinjaExpression, _ scope: JinjaScope, caller: JinjaMacro? = nil
    ) throws -> JinjaValue {
        try charge()
        try enter()
        defer { leave() }
        switch expression.kind {
        case .none: return .none
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .number(let number): return .number(number)
        case .string(let text): return .string(text)
        case .name(let name): return value(named: name, scope)
        case .list(let elements): return try list(values(of: elements, scope))
        case .tuple(let elements): return try tuple(values(of: elements, scope))
        case .dictionary(let members): return try dictionary(members, scope)
        case .not(let operand): return .bool(try !evaluate(operand, scope).isTrue)
        case .and(let left, let right): return try both(left, right, isAnd: true, scope)
        case .or(let left, let right): return try both(left, right, isAnd: false, scope)
        case .choice(let condition, let value, let otherwise): return try choose(condition, value, otherwise, scope)
        case .concatenation(let parts): return try concatenate(parts, scope)
        case .comparison(let first, let others): return try compare(first, others, scope)
        case .negate(let operand): return try negated(evaluate(operand, scope))
        case .plus(let operand): return try arithmetic(.add, .integer(0), evaluate(operand, scope))
        case .arithmetic(let operation, let left, let right):
            return try calculate(operation, left, right, expression.line, scope)
        case .attribute(let base, let name): return try attribute(name, of: base, expression.line, scope)
        case .item(let base, let key): return try item(key, of: base, expression.line, scope)
        case .slice(let base, let start, let stop, let step): return try slice(base, [start, stop, step], scope)
        case .call(let callee, let arguments): return try call(callee, arguments, expression.line, scope, caller)
        case .filter(let operand, let filter): return try apply(filter, to: operand, scope)
        case .test(let operand, let name, let arguments): return try test(name, operand, arguments, scope)
        }
    }

    // MARK: Parts

    private func value(named name: String, _ scope: JinjaScope) -> JinjaValue {
        if let value = scope[name] { return value }
        return JinjaGlobals.names.contains(name) ? .callable(.global(name)) : .undefined(name)
    }

    @inline(never)
    private func values(of expressions: [JinjaExpression], _ scope: JinjaScope) throws -> [JinjaValue] {
        try expressions.map { try evaluate($0, scope) }
    }

    @inline(never)
    private func dictionary(
        _ members: [(key: JinjaExpression, value: JinjaExpression)], _ scope: JinjaScope
    ) throws -> JinjaValue {
        .dictionary(
            try dictionary(members.map { (try JinjaKey(evaluate($0.key, scope)), try evaluate($0.value, scope)) }))
    }

    @inline(never)
    private func both(
        _ left: JinjaExpression, _ right: JinjaExpression, isAnd: Bool, _ scope: JinjaScope
    ) throws -> JinjaValue {
        let value = try evaluate(left, scope)
        return value.isTrue == isAnd ? try evaluate(right, scope) : value
    }

    @inline(never)
    private func choose(
        _ condition: JinjaExpression, _ value: JinjaExpression, _ otherwise: JinjaExpression?, _ scope: JinjaScope
    ) throws -> JinjaValue {
        if try evaluate(condition, scope).isTrue { return try evaluate(value, scope) }
        guard let otherwise else { return .undefined("the value of an if without else") }
        return try evaluate(otherwise, scope)
    }

    @inline(never)
    private func concatenate(_ parts: [JinjaExpression], _ scope: JinjaScope) throws -> JinjaValue {
        var text = ""
        for part in parts { text += try evaluate(part, scope).text() }
        try charge(bytes: text.utf8.count)
        return .string(text)
    }

    @inline(never)
    private func compare(
        _ first: JinjaExpression, _ others: [(JinjaExpression.Comparison, JinjaExpression)], _ scope: JinjaScope
    ) throws -> JinjaValue {
        var left = try evaluate(first, scope)
        for (comparison, other) in others {
            let right = try evaluate(other, scope)
            guard try compare(left, comparison, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    @inline(never)
    private func calculate(
        _ operation: JinjaExpression.Arithmetic, _ left: JinjaExpression, _ right: JinjaExpression, _ line: Int,
        _ scope: JinjaScope
    ) throws -> JinjaValue {
        let (left, right) = (try evaluate(left, scope), try evaluate(right, scope))
        move(to: line)
        return try arithmetic(operation, left, right)
    }

    @inline(never)
    private func attribute(
        _ name: String, of base: JinjaExpression, _ line: Int, _ scope: JinjaScope
    ) throws -> JinjaValue {
        let base = try evaluate(base, scope)
        move(to: line)
        return try attribute(name, of: base)
    }

    @inline(never)
    private func item(
        _ key: JinjaExpression, of base: JinjaExpression, _ line: Int, _ scope: JinjaScope
    ) throws -> JinjaValue {
        let (base, key) = (try evaluate(base, scope), try evaluate(key, scope))
        move(to: line)
        return try item(key, of: base)
    }

    @inline(never)
    private func slice(
        _ base: JinjaExpression, _ bounds: [JinjaExpression?], _ scope: JinjaScope
    ) throws -> JinjaValue {
        let base = try evaluate(base, scope)
        let bounds = try bounds.map { try $0.map { try evaluate($0, scope) } }
        return try slice(base, bounds[0], bounds[1], bounds[2])
    }

    @inline(never)
    private func call(
        _ callee: JinjaExpression, _ arguments: JinjaExpression.Arguments, _ line: Int, _ scope: JinjaScope,
        _ caller: JinjaMacro?
    ) throws -> JinjaValue {
        let function = try evaluate(callee, scope)
        let given = try self.arguments(arguments, scope)
        move(to: line)
        return try call(function, given, caller: caller)
    }

    @inline(never)
    private func apply(
        _ filter: JinjaExpression.Filter, to operand: JinjaExpression, _ scope: JinjaScope
    ) throws -> JinjaValue {
        let value = try evaluate(operand, scope)
        let given = try arguments(filter.arguments, scope)
        move(to: filter.line)
        return try apply(filter.name, to: value, given)
    }

    @inline(never)
    private func test(
        _ name: String, _ operand: JinjaExpression, _ arguments: JinjaExpression.Arguments, _ scope: JinjaScope
    ) throws -> JinjaValue {
        .bool(try test(name, evaluate(operand, scope), self.arguments(arguments, scope)))
    }

    @inline(never)
    func arguments(_ arguments: JinjaExpression.Arguments, _ scope: JinjaScope) throws -> JinjaArguments {
        var given = JinjaArguments()
        given.positional = try arguments.positional.map { try evaluate($0, scope) }
        for (name, value) in arguments.named { given.named[name] = try evaluate(value, scope) }
        if let spread = arguments.spread { given.positional += try elements(of: evaluate(spread, scope)) }
        if let spread = arguments.namedSpread {
            guard case .dictionary(let members) = try evaluate(spread, scope) else {
                throw WhetError("what follows ** is no dictionary")
            }
            for (key, value) in members.members {
                guard case .string(let name) = key.value else { throw WhetError("an argument's name is no string") }
                given.named[name] = value
            }
        }
        return given
    }

    @inline(never)
    func call(_ function: JinjaValue, _ arguments: JinjaArguments, caller: JinjaMacro? = nil) throws -> JinjaValue {
        switch function {
        case .callable(.macro(let macro, let scope)):
            return try call(macro, definedIn: scope, arguments, caller: caller)
        case .callable(.method(let owner, let name)): return try callMethod(name, of: owner.value, arguments)
        case .callable(.global(let name)): return try callGlobal(name, arguments)
        case .undefined(let name): throw WhetError("\"\(name)\" is undefined and cannot be called")
        default: throw WhetError("a \(function.kind) cannot be called")
        }
    }

    /// What a loop goes through.
    @inline(never)
    func elements(of value: JinjaValue) throws -> [JinjaValue] {
        switch value {
        case .list(let list), .tuple(let list): return list.elements
        case .dictionary(let dictionary): return dictionary.members.keys.map(\.value)
        case .string(let text):
            try charge(text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .undefined: return []
        case .loop(let loop): return loop.elements
        default: throw WhetError("a \(value.kind) has no elements", expected: "a list, dictionary or string")
        }
    }

    // MARK: Attributes and items

    @inline(never)
    func attribute(_ name: String, of base: JinjaValue) throws -> JinjaValue {
        switch base {
        case .undefined(let missing):
            throw WhetError("\"\(missing)\" is undefined, so it has no attribute \"\(name)\"")
        case .namespace(let members): return members[name] ?? .undefined(name)
        case .loop(let loop): return attribute(name, of: loop)
        case .callable(.macro(let macro, _)) where name == "name": return .string(macro.name)
        default: break
        }
        if JinjaMethods.names(of: base).contains(name) { return .callable(.method(JinjaMethodOwner(base), name)) }
        if case .dictionary(let dictionary) = base, let value = dictionary[name] { return value }
        return .undefined(name)
    }

    private func attribute(_ name: String, of loop: JinjaLoop) -> JinjaValue {
        let count = loop.elements.count
        switch name {
        case "index": return .integer(loop.index + 1)
        case "index0": return .integer(loop.index)
        case "revindex": return .integer(count - loop.index)
        case "revindex0": return .integer(count - loop.index - 1)
        case "first": return .bool(loop.index == 0)
        case "last": return .bool(loop.index == count - 1)
        case "length": return .integer(count)
        case "depth": return .integer(loop.depth + 1)
        case "depth0": return .integer(loop.depth)
        case "previtem": return loop.index > 0 ? loop.elements[loop.index - 1] : .undefined("there is no previous item")
        case "nextitem":
            return loop.index + 1 < count ? loop.elements[loop.index + 1] : .undefined("there is no next item")
        case "cycle", "changed": return .callable(.method(JinjaMethodOwner(.loop(loop)), name))
        default: return .undefined(name)
        }
    }

    @inline(never)
    func item(_ key: JinjaValue, of base: JinjaValue) throws -> JinjaValue {
        switch base {
        case .undefined(let missing): throw WhetError("\"\(missing)\" is undefined, so it has no items")
        case .dictionary(let dictionary):
            if let value = dictionary.members[try JinjaKey(key)] { return value }
        case .list(let list), .tuple(let list):
            if let index = key.wholeNumber {
                let place = index < 0 ? index + list.elements.count : index
                return list.elements.indices.contains(place) ? list.elements[place] : .undefined("element \(index)")
            }
        case .string(let text):
            if let index = key.wholeNumber {
                try charge(bytes: text.utf8.count)
                let scalars = text.unicodeScalars
                let reach = index < 0 ? scalars.endIndex : scalars.startIndex
                guard index != .min, (index < 0 ? -index : index) <= scalars.count,
                    let place = scalars.index(
                        reach, offsetBy: index, limitedBy: index < 0 ? scalars.startIndex : scalars.endIndex),
                    place < scalars.endIndex
                else { return .undefined("character \(index)") }
                return .string(String(scalars[place]))
            }
        default: break
        }
        if case .string(let name) = key { return try attribute(name, of: base) }
        return .undefined(try key.text())
    }

    /// Python's `base[start:stop:step]`.
    @inline(never)
    func slice(
        _ base: JinjaValue, _ start: JinjaValue?, _ stop: JinjaValue?, _ step: JinjaValue?
    ) throws -> JinjaValue {
        func bound(_ value: JinjaValue?) throws -> Int? {
            guard let value, !value.isNone else { return nil }
            guard let number = value.wholeNumber else { throw WhetError("a slice's bound is a \(value.kind)") }
            return number
        }
        let (start, stop, step) = (try bound(start), try bound(stop), try bound(step) ?? 1)
        guard step != 0 else { throw WhetError("a slice's step is 0") }
        switch base {
        case .list(let list): return try self.list(list.elements.sliced(start, stop, step))
        case .tuple(let list): return try tuple(list.elements.sliced(start, stop, step))
        case .string(let text):
            try charge(bytes: text.utf8.count)
            var result = ""
            result.unicodeScalars.append(contentsOf: Array(text.unicodeScalars).sliced(start, stop, step))
            return .string(result)
        case .undefined(let name): throw WhetError("\"\(name)\" is undefined and cannot be sliced")
        default: return .undefined("a slice of a \(base.kind)")
        }
    }
}

extension Array {
    /// Python's slice; the step is not 0.
    fileprivate func sliced(_ start: Int?, _ stop: Int?, _ step: Int) -> [Element] {
        func clamped(_ bound: Int, _ low: Int, _ high: Int) -> Int {
            let place = bound < 0 ? bound.addingReportingOverflow(count).partialValue : bound
            return bound < 0 && place > 0 && bound < -count ? low : Swift.min(Swift.max(place, low), high)
        }
        var result: [Element] = []
        if step > 0 {
            var index = start.map { clamped($0, 0, count) } ?? 0
            let end = stop.map { clamped($0, 0, count) } ?? count
            while index < end {
                result.append(self[index])
                let (next, overflow) = index.addingReportingOverflow(step)
                if overflow { break }
                index = next
            }
        } else {
            var index = start.map { clamped($0, -1, count - 1) } ?? count - 1
            let end = stop.map { clamped($0, -1, count - 1) } ?? -1
            while index > end {
                result.append(self[index])
                let (next, overflow) = index.addingReportingOverflow(step)
                if overflow { break }
                index = next
            }
        }
        return result
    }
}
