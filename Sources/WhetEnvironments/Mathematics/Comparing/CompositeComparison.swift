/// Whether two answers of any kind are equal: numbers and terms, words, tuples, sets, intervals, matrices, relations.
///
/// Keeps: kinds are not mixed but where people do: a list without brackets may be a set or a tuple, (a, b) may be an
/// interval, x = 5 may be 5, a < x < b may be an interval.
struct CompositeComparison {
    let budget: WorkBudget
    private var expressions: ExpressionComparison { ExpressionComparison(budget: budget) }

    init(budget: WorkBudget) { self.budget = budget }

    func areEqual(_ gold: MathNode, _ answer: MathNode) throws(MathFailure) -> Bool {
        if gold == answer { return true }
        let (gold, answer) = unwrapped(
            try MatrixAlgebra.reduced(gold, budget), try MatrixAlgebra.reduced(answer, budget))
        if gold == answer { return true }
        switch (gold, answer) {
        case (.text, _), (_, .text):
            return !gold.letters.isEmpty && gold.letters.plainWords == answer.letters.plainWords
        case (.relation(let a, let operators), .relation(let b, let others)):
            return try compareRelations((a, operators), (b, others))
        case (.matrix(let a), .matrix(let b)):
            guard a.count == b.count, a[0].count == b[0].count else { return false }
            return try areOrderedEqual(a.flatMap { $0 }, b.flatMap { $0 })
        case (.matrix, _), (_, .matrix): return false
        default: break
        }
        if gold.isCollection || answer.isCollection { return try compareCollections(gold, answer) }
        if case .relation = gold { return false }
        if case .relation = answer { return false }
        return try expressions.areEqual(gold, answer)
    }

    // MARK: Names

    /// Takes "x =" and "x ∈" off one side where the other has nothing like it.
    private func unwrapped(_ gold: MathNode, _ answer: MathNode) -> (MathNode, MathNode) {
        let (gold, answer) = (gold.withoutMiddle, answer.withoutMiddle)
        switch (gold.isEquation, answer.isEquation) {
        case (false, true): return (gold, answer.lastSide)
        case (true, false) where gold.isAssignment: return (gold.lastSide, answer)
        default: return (gold, answer)
        }
    }

    private func compareRelations(
        _ gold: ([MathNode], [MathRelation]), _ answer: ([MathNode], [MathRelation])
    ) throws(MathFailure) -> Bool {
        // x = {1, 2} and x ∈ [1, 2] on both sides: the names must agree, the sets are compared as sets.
        if gold.0.count == 2, answer.0.count == 2, gold.0[1].isCollection || answer.0[1].isCollection {
            guard gold.1[0].isEquality == answer.1[0].isEquality else { return false }
            guard gold.0[0] == answer.0[0] else { return false }
            return try areEqual(gold.0[1], answer.0[1])
        }
        return try RelationComparison(budget: budget).areEqual(gold, answer)
    }

    // MARK: Collections

    private func compareCollections(_ gold: MathNode, _ answer: MathNode) throws(MathFailure) -> Bool {
        // Points and tuples first: (9, 20) is the pair as well as the interval.
        switch (gold.elements, answer.elements) {
        case (let a?, let b?):
            if gold.isOrdered, answer.isOrdered || !gold.isUnordered {
                if try areOrderedEqual(a, b) { return true }
            } else if try areUnorderedEqual(a, b) {
                return true
            }
            if a.isEmpty, b.isEmpty { return true }
        case (let a?, nil) where a.count == 1 && !gold.isOrdered: return try areEqual(a[0], answer)
        case (nil, let b?) where b.count == 1 && !answer.isOrdered: return try areEqual(gold, b[0])
        default: break
        }
        if gold.isRealSetLike || answer.isRealSetLike, let a = RealSet(gold), let b = RealSet(answer) {
            return try a.isEqual(to: b, expressions)
        }
        switch (gold, answer) {
        case (.interval(let a, let b, let low, let high), .interval(let c, let d, let otherLow, let otherHigh)):
            guard low == otherLow, high == otherHigh else { return false }
            return try areOrderedEqual([a, b], [c, d])
        case (.union(let a), .union(let b)), (.intersection(let a), .intersection(let b)):
            return try areUnorderedEqual(a, b)
        case (.difference(let a, let b), .difference(let c, let d)): return try areOrderedEqual([a, b], [c, d])
        default: return false
        }
    }

    private func areOrderedEqual(_ left: [MathNode], _ right: [MathNode]) throws(MathFailure) -> Bool {
        guard left.count == right.count else { return false }
        for (a, b) in zip(left, right) {
            try budget.spend(20)
            guard try areEqual(a, b) else { return false }
        }
        return true
    }

    /// Sets: each element of one is in the other, however often.
    private func areUnorderedEqual(_ left: [MathNode], _ right: [MathNode]) throws(MathFailure) -> Bool {
        func isCovered(_ parts: [MathNode], by others: [MathNode]) throws(MathFailure) -> Bool {
            for part in parts {
                var isFound = false
                for other in others {
                    try budget.spend(20)
                    if try areEqual(part, other) {
                        isFound = true
                        break
                    }
                }
                if !isFound { return false }
            }
            return true
        }
        guard try isCovered(left, by: right) else { return false }
        return try isCovered(right, by: left)
    }
}

extension MathRelation {
    var isEquality: Bool { self == .equal || self == .approximately || self == .member }
}

extension MathNode {
    fileprivate var isCollection: Bool {
        switch self {
        case .tuple, .list, .set, .interval, .union, .intersection, .difference, .symbol("reals"): true
        default: false
        }
    }

    fileprivate var isRealSetLike: Bool {
        switch self {
        case .interval, .union, .intersection, .difference, .symbol("reals"), .tuple, .set: true
        default: false
        }
    }

    /// The elements of what lists them. Square brackets round two numbers that fall are no interval but a pair.
    fileprivate var elements: [MathNode]? {
        switch self {
        case .tuple(let parts), .list(let parts), .set(let parts): return parts
        case .interval(let low, let high, true, true):
            guard let a = NumericEvaluator().value(of: low), let b = NumericEvaluator().value(of: high), a.real > b.real
            else { return nil }
            return [low, high]
        default: return nil
        }
    }

    fileprivate var isOrdered: Bool {
        switch self {
        case .tuple, .interval: true
        default: false
        }
    }

    fileprivate var isUnordered: Bool {
        switch self {
        case .list, .set: true
        default: false
        }
    }

    fileprivate var isEquation: Bool {
        guard case .relation(_, let operators) = self else { return false }
        return operators.allSatisfy(\.isEquality)
    }

    /// A name and its value: x = 5, f(x) = 2x, A/S = 3.
    fileprivate var isAssignment: Bool {
        guard isEquation, case .relation(let operands, _) = self else { return false }
        return operands[0].isName
    }

    private var isName: Bool {
        switch self {
        case .symbol, .text, .constant(.e), .constant(.i): true
        case .product(let parts), .tuple(let parts): parts.allSatisfy(\.isName) || isValueOfFunction
        case .power(let base, .number(let exponent, _)): exponent == Rational(-1) && base.isName
        default: false
        }
    }

    /// f(2)
    private var isValueOfFunction: Bool {
        guard case .product(let parts) = self, parts.count == 2, case .symbol(let name) = parts[0] else { return false }
        return ["f", "g", "h", "F", "G", "P", "Q", "p", "q"].contains(name)
    }

    /// The right side; of "5 = x" the left.
    fileprivate var lastSide: MathNode {
        guard case .relation(let operands, let operators) = self, let last = operands.last else { return self }
        if operators.last == .approximately, !operands[operands.count - 2].isName {
            return operands[operands.count - 2]
        }
        if operands.count == 2, last.isName, case .symbol = last, operands[0].symbols.isEmpty { return operands[0] }
        return last
    }

    /// x = 3 + 6 = 9 as x = 9.
    fileprivate var withoutMiddle: MathNode {
        guard isAssignment, case .relation(let operands, let operators) = self, operands.count > 2 else { return self }
        return .relation([operands[0], lastSide], [operators[0]])
    }
}

extension String {
    /// Letters and digits in lower case.
    var plainWords: String { String(lowercased().filter { $0.isLetter || $0.isNumber }) }
}
