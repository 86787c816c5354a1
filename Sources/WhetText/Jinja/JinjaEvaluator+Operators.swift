import Foundation
import WhetCore

/// Python's operators.
extension JinjaEvaluator {
    @inline(never)
    func negated(_ value: JinjaValue) throws -> JinjaValue {
        if let number = value.wholeNumber {
            guard number != .min else { throw tooLarge }
            return .integer(-number)
        }
        if case .number(let number) = value { return .number(-number) }
        throw WhetError("a \(value.kind) cannot be negated")
    }

    @inline(never)
    func arithmetic(
        _ operation: JinjaExpression.Arithmetic, _ left: JinjaValue, _ right: JinjaValue
    ) throws -> JinjaValue {
        if let one = left.wholeNumber, let another = right.wholeNumber {
            return try arithmetic(operation, one, another)
        }
        if let one = left.floatingPoint, let another = right.floatingPoint {
            return .number(try arithmetic(operation, one, another))
        }
        switch (operation, left, right) {
        case (.add, .string(let one), .string(let another)):
            try charge(bytes: one.utf8.count + another.utf8.count)
            return .string(one + another)
        case (.add, .list(let one), .list(let another)): return try list(one.elements + another.elements)
        case (.add, .tuple(let one), .tuple(let another)): return try tuple(one.elements + another.elements)
        case (.multiply, .string(let text), _) where right.wholeNumber != nil:
            return .string(try repeated(text, right.wholeNumber ?? 0))
        case (.multiply, _, .string(let text)) where left.wholeNumber != nil:
            return .string(try repeated(text, left.wholeNumber ?? 0))
        case (.multiply, .list(let elements), let count), (.multiply, let count, .list(let elements)):
            guard let count = count.wholeNumber else { break }
            return try list(repeated(elements.elements, count))
        case (.multiply, .tuple(let elements), let count), (.multiply, let count, .tuple(let elements)):
            guard let count = count.wholeNumber else { break }
            return try tuple(repeated(elements.elements, count))
        case (.remainder, .string(let format), _): return .string(try percentFormat(format, right))
        default: break
        }
        for value in [left, right] {
            if case .undefined(let name) = value { throw WhetError("\"\(name)\" is undefined") }
        }
        throw WhetError("\"\(operation.rawValue)\" does not work between a \(left.kind) and a \(right.kind)")
    }

    private func repeated(_ text: String, _ count: Int) throws -> String {
        let (bytes, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
        guard !overflow else { throw tooLarge }
        try charge(bytes: bytes)
        return bytes == 0 ? "" : String(repeating: text, count: count)
    }

    private func repeated(_ elements: [JinjaValue], _ count: Int) throws -> [JinjaValue] {
        let (total, overflow) = elements.count.multipliedReportingOverflow(by: max(count, 0))
        guard !overflow else { throw tooLarge }
        try charge(total)
        return total == 0 ? [] : Array(repeatElement(elements, count: count).joined())
    }

    private func arithmetic(_ operation: JinjaExpression.Arithmetic, _ left: Int, _ right: Int) throws -> JinjaValue {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide:
            guard right != 0 else { throw divisionByZero }
            return .number(Double(left) / Double(right))
        case .floorDivide, .remainder:
            guard right != 0 else { throw divisionByZero }
            let (quotient, overflow) = left.dividedReportingOverflow(by: right)
            guard !overflow else { throw tooLarge }
            let rest = left - quotient * right
            let isBelow = rest != 0 && (rest < 0) != (right < 0)
            return .integer(operation == .floorDivide ? quotient - (isBelow ? 1 : 0) : rest + (isBelow ? right : 0))
        case .power:
            guard right >= 0 else {
                guard left != 0 else { throw divisionByZero }
                return .number(pow(Double(left), Double(right)))
            }
            return .integer(try power(left, right))
        }
        guard !result.overflow else { throw tooLarge }
        return .integer(result.partialValue)
    }

    private func power(_ base: Int, _ exponent: Int) throws -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        var result = 1
        for _ in 0..<exponent {  // ends at the latest when 64 bits overflow
            let (next, overflow) = result.multipliedReportingOverflow(by: base)
            guard !overflow else { throw tooLarge }
            result = next
        }
        return result
    }

    private func arithmetic(_ operation: JinjaExpression.Arithmetic, _ left: Double, _ right: Double) throws -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power: return pow(left, right)
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw divisionByZero }
            if operation == .divide { return left / right }
            let rest = fmod(left, right)
            let remainder = rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
            return operation == .remainder ? remainder : ((left - remainder) / right).rounded()
        }
    }

    private var tooLarge: WhetError { WhetError("a number or repetition is too large", expected: "at most 64 bits") }
    private var divisionByZero: WhetError { WhetError("something is divided by zero") }

    // MARK: Comparison

    @inline(never)
    func compare(
        _ left: JinjaValue, _ comparison: JinjaExpression.Comparison, _ right: JinjaValue
    ) throws -> Bool {
        switch comparison {
        case .equal: return try equal(left, right)
        case .unequal: return try !equal(left, right)
        case .less: return try order(left, right) < 0
        case .lessOrEqual: return try order(left, right) <= 0 && !isUnordered(left, right)
        case .greater: return try order(left, right) > 0 && !isUnordered(left, right)
        case .greaterOrEqual: return try order(left, right) >= 0 && !isUnordered(left, right)
        case .contained: return try contains(right, left)
        case .notContained: return try !contains(right, left)
        }
    }

    func equal(_ left: JinjaValue, _ right: JinjaValue) throws -> Bool {
        if case .string(let text) = left { try charge(bytes: text.utf8.count) }
        if case .list(let list) = left { try charge(list.elements.count) }
        return try left.equals(right)
    }

    private func isUnordered(_ left: JinjaValue, _ right: JinjaValue) -> Bool {
        left.floatingPoint?.isNaN ?? false || right.floatingPoint?.isNaN ?? false
    }

    /// Below 0 where the left comes first, above 0 where the right does.
    func order(_ left: JinjaValue, _ right: JinjaValue, depth: Int = 0) throws -> Int {
        try charge()
        guard depth < JinjaValue.deepest else { throw WhetError("values nest too deeply to be compared") }
        switch (left, right) {
        case (.string(let one), .string(let another)):
            try charge(bytes: min(one.utf8.count, another.utf8.count))
            // UTF-8 sorts as scalars do.
            if one.utf8.elementsEqual(another.utf8) { return 0 }
            return one.utf8.lexicographicallyPrecedes(another.utf8) ? -1 : 1
        case (.list(let one), .list(let another)), (.tuple(let one), .tuple(let another)):
            for (first, second) in zip(one.elements, another.elements) {
                if try first.equals(second) { continue }
                return try order(first, second, depth: depth + 1)
            }
            return one.elements.count - another.elements.count
        default:
            if let one = left.wholeNumber, let another = right.wholeNumber {
                return one < another ? -1 : one == another ? 0 : 1
            }
            if let one = left.floatingPoint, let another = right.floatingPoint {
                return one < another ? -1 : one == another ? 0 : 1
            }
            for value in [left, right] {
                if case .undefined(let name) = value {
                    throw WhetError("\"\(name)\" is undefined and cannot be compared")
                }
            }
            throw WhetError("a \(left.kind) and a \(right.kind) have no order")
        }
    }

    /// Python's `element in container`.
    func contains(_ container: JinjaValue, _ element: JinjaValue) throws -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let part) = element else {
                throw WhetError("a \(element.kind) cannot be in a string", expected: "a string")
            }
            try charge(bytes: text.utf8.count)
            return text.hasPart(part)
        case .dictionary(let dictionary): return dictionary.members[try JinjaKey(element)] != nil
        case .list(let list), .tuple(let list):
            try charge(list.elements.count)
            return try list.elements.contains { try equal($0, element) }
        case .undefined: return false
        case .loop(let loop): return try loop.elements.contains { try equal($0, element) }
        default: throw WhetError("nothing is in a \(container.kind)", expected: "a string, list or dictionary")
        }
    }
}
