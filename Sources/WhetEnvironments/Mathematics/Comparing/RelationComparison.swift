/// Whether equations and inequalities say the same.
///
/// Keeps: both sides may be multiplied by a number, exchanged, and moved across; nothing is solved beyond one linear
/// unknown, so x² = 4 and x = ±2 stay different.
struct RelationComparison {
    let budget: WorkBudget

    /// One link of a chain: `difference` relation 0.
    private struct Link {
        let difference: MathNode
        let relation: MathRelation
    }

    func areEqual(
        _ left: ([MathNode], [MathRelation]), _ right: ([MathNode], [MathRelation])
    ) throws(MathFailure) -> Bool {
        let a = links(left)
        let b = links(right)
        if a.count == b.count {
            var rest = b
            for link in a {
                var found: Int?
                for (index, other) in rest.enumerated() where try areEqual(link, other) {
                    found = index
                    break
                }
                guard let found else { return try areEqualSets(left, right) }
                rest.remove(at: found)
            }
            return true
        }
        return try areEqualSets(left, right)
    }

    private func areEqualSets(
        _ left: ([MathNode], [MathRelation]), _ right: ([MathNode], [MathRelation])
    ) throws(MathFailure) -> Bool {
        let a = MathNode.relation(left.0, left.1)
        let b = MathNode.relation(right.0, right.1)
        guard a.symbols == b.symbols, let x = RealSet(a), let y = RealSet(b) else { return false }
        return try x.isEqual(to: y, ExpressionComparison(budget: budget))
    }

    private func links(_ chain: ([MathNode], [MathRelation])) -> [Link] {
        chain.1.enumerated().map { index, relation in
            let (low, high) = (chain.0[index], chain.0[index + 1])
            switch relation {
            case .greater, .greaterOrEqual:
                return Link(difference: .difference(of: high, minus: low), relation: relation.flipped)
            default:
                return Link(
                    difference: .difference(of: low, minus: high),
                    relation: relation == .approximately ? .equal : relation)
            }
        }
    }

    private func areEqual(_ left: Link, _ right: Link) throws(MathFailure) -> Bool {
        guard left.relation == right.relation else { return false }
        let reducer = ExactReducer(budget: budget)
        do {
            let a = try reducer.form(of: left.difference)
            let b = try reducer.form(of: right.difference)
            if a.numerator.isZero || b.numerator.isZero { return a.numerator.isZero && b.numerator.isZero }
            if left.relation.isInequality {
                if let ratio = a.numerator.ratio(to: b.numerator), a.denominator == b.denominator {
                    return ratio.isPositive
                }
            } else if try a.numerator.withoutNegativePowers(budget).ratio(to: b.numerator.withoutNegativePowers(budget))
                != nil
            {
                return true
            }
            if a.isDecisive, b.isDecisive, a.numerator.hasRationalCoefficients, b.numerator.hasRationalCoefficients {
                return false
            }
        } catch MathFailure.undefined {
            return false
        } catch MathFailure.tooComplex where budget.remaining > 0 {
        }
        return try haveConstantRatio(left, right)
    }

    /// Whether the quotient of the differences is the same number at every point, and above 0 for inequalities.
    private func haveConstantRatio(_ left: Link, _ right: Link) throws(MathFailure) -> Bool {
        let quotient = MathNode.quotient(left.difference, right.difference)
        let names = quotient.symbols.sorted()
        guard !names.isEmpty else { return false }
        var ratio: Complex?
        var count = 0
        for index in 0..<12 {
            try budget.spend(quotient.size * 4)
            var evaluator = NumericEvaluator()
            for (number, name) in names.enumerated() {
                evaluator.values[name] = Complex(0.37 + 0.61 * Double(index) + 0.29 * Double(number * (index + 3) % 7))
            }
            guard let value = evaluator.value(of: quotient), value.isFinite else { continue }
            if let ratio, !NumericComparison.agree(ratio, value) { return false }
            if left.relation.isInequality, !(value.isReal && value.real > 0) { return false }
            ratio = value
            count += 1
        }
        return count >= 3
    }
}

extension Polynomial {
    /// Times the powers that leave none below zero: y − 1/x as xy − 1.
    fileprivate func withoutNegativePowers(_ budget: WorkBudget) throws(MathFailure) -> Polynomial {
        var lowest: [Atom: Rational] = [:]
        for monomial in terms.keys {
            for (atom, exponent) in monomial.powers where exponent < lowest[atom] ?? .zero { lowest[atom] = exponent }
        }
        guard !lowest.isEmpty else { return self }
        var factor = Monomial.one
        for (atom, exponent) in lowest { _ = factor.multiply(by: atom, to: -exponent) }
        return try .product(self, Polynomial(factor), budget)
    }

    /// Whether its atoms are variables only.
    fileprivate var hasRationalCoefficients: Bool {
        atoms.allSatisfy { if case .symbol = $0 { true } else { false } }
    }
}
