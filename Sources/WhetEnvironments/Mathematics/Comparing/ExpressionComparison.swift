import Foundation

/// Whether two expressions without brackets of their own kind (numbers, terms) are equal: by algebra where it can
/// tell, else by their values.
struct ExpressionComparison {
    let budget: WorkBudget
    /// What a decimal fraction may be off by: half a unit of this place.
    static let decimalPlaces = 6
    private static let algebraShare = 60_000

    func areEqual(_ left: MathNode, _ right: MathNode) throws(MathFailure) -> Bool {
        if left == right { return true }
        if let decided = try compareUnits(left, right) { return decided }
        if left.isDecimal || right.isDecimal, let verdict = try compareDecimals(left, right) { return verdict }
        do {
            let verdict = try budget.share(Self.algebraShare) { part throws(MathFailure) in
                let reducer = ExactReducer(budget: part)
                return try ExactForm.areEqual(reducer.form(of: left), reducer.form(of: right), part)
            }
            if let verdict { return verdict }
        } catch MathFailure.undefined {
            // Infinity, or a term that has no value: the values decide.
        } catch MathFailure.tooComplex where budget.remaining > 0 {
        }
        return try NumericComparison.areEqual(left, right, budget) ?? false
    }

    /// Percent, degrees, bases and units may be left off by one side, not changed.
    private func compareUnits(_ left: MathNode, _ right: MathNode) throws(MathFailure) -> Bool? {
        switch (left, right) {
        case (.percent(let a), .percent(let b)), (.degrees(let a), .degrees(let b)): return try areEqual(a, b)
        case (.percent(let a), let b), (let b, .percent(let a)):
            let value = MathNode.product([a, .rational(Rational(1, over: 100))]).foldedNumber
            if try areEqual(a, b) { return true }
            return try areEqual(value, b)
        case (.measured(let a, let unit), .measured(let b, let other)):
            if let x = MeasurementUnit(unit), let y = MeasurementUnit(other) {
                guard x.quantity == y.quantity else { return false }
                if x.scale != y.scale {
                    return try areEqual(.product([a, .rational(x.scale)]), .product([b, .rational(y.scale)]))
                }
            }
            return try areEqual(a, b)
        case (.measured(let a, _), let b), (let b, .measured(let a, _)): return try areEqual(a, b)
        case (.degrees(let a), let b), (let b, .degrees(let a)):
            if try areEqual(a, b) { return true }
            guard b.contains(where: { $0 == .constant(.pi) }) else { return false }
            return try areEqual(.product([a, .constant(.pi), .rational(Rational(1, over: 180))]), b)
        case (.based(let a, let base), .based(let b, let other)):
            if base == other { return a.drop { $0 == "0" } == b.drop { $0 == "0" } }
            guard let x = PositionalNumber.value(of: a, base: base), let y = PositionalNumber.value(of: b, base: other)
            else { return false }
            return x == y
        case (.based(let digits, _), let other), (let other, .based(let digits, _)):
            return try areEqual(MathParser.value(of: digits), other)
        default: return nil
        }
    }

    /// A decimal fraction equals what rounds to it at six places; nil if one of them has no rational or real value.
    private func compareDecimals(_ left: MathNode, _ right: MathNode) throws(MathFailure) -> Bool? {
        guard left.symbols.isEmpty, right.symbols.isEmpty else { return nil }
        let reducer = ExactReducer(budget: budget)
        let a = try? reducer.form(of: left).rational
        let b = try? reducer.form(of: right).rational
        if let a, let b {
            if a == b { return true }
            // What six places can say was not rounded to them.
            if a.hasFewDecimals, b.hasFewDecimals || !left.isDecimal { return false }
            if b.hasFewDecimals, !right.isDecimal { return false }
            let x = a.rounded(places: Self.decimalPlaces)
            let y = b.rounded(places: Self.decimalPlaces)
            // Where nothing is left at six places, six places say nothing.
            return x == y && !x.isZero
        }
        let evaluator = NumericEvaluator()
        guard let a = evaluator.value(of: left), let b = evaluator.value(of: right), a.isReal, b.isReal, a.isFinite,
            b.isFinite
        else { return nil }
        let scale = pow(10, Double(Self.decimalPlaces))
        let x = (a.real * scale).rounded()
        let y = (b.real * scale).rounded()
        return x == y && x != 0
    }
}

extension Rational {
    fileprivate var hasFewDecimals: Bool {
        (self * Rational(BigInteger(10).power(ExpressionComparison.decimalPlaces))).isInteger
    }
}

extension MathNode {
    /// Whether it is one number with a decimal point.
    var isDecimal: Bool {
        switch self {
        case .number(_, let isDecimal): isDecimal
        case .percent(let inner), .degrees(let inner), .measured(let inner, _): inner.isDecimal
        default: false
        }
    }

    /// A product of numbers as one number, which stays a decimal fraction if one of them was.
    var foldedNumber: MathNode {
        guard case .product(let parts) = self else { return self }
        var product = Rational.one
        var isDecimal = false
        for part in parts {
            guard case .number(let value, let flag) = part else { return self }
            product = product * value
            isDecimal = isDecimal || flag
        }
        return .number(product, isDecimal: isDecimal)
    }
}
