/// A quotient of polynomials.
///
/// Keeps: the denominator is not zero, and is 1 wherever it has but one term.
struct ExactForm: Hashable, Sendable {
    let numerator: Polynomial
    let denominator: Polynomial

    init(_ numerator: Polynomial) {
        self.numerator = numerator
        denominator = .one
    }

    init(_ value: Rational) { self.init(Polynomial(value)) }
    init(_ atom: Atom) { self.init(Polynomial(Monomial(atom))) }

    init(_ numerator: Polynomial, over denominator: Polynomial, _ budget: WorkBudget) throws(MathFailure) {
        if denominator.isZero { throw .undefined }
        if let ratio = numerator.ratio(to: denominator) {
            self.init(ratio)
        } else if let term = denominator.onlyTerm {
            let (inverse, loose) = term.monomial.inverted
            let factor = try budget.checked(loose / term.coefficient)
            self.init(try Polynomial.product(numerator, Polynomial(inverse, times: factor), budget))
        } else {
            self.init(reduced: numerator, denominator)
        }
    }

    private init(reduced numerator: Polynomial, _ denominator: Polynomial) {
        self.numerator = numerator
        self.denominator = denominator
    }

    static let zero = ExactForm(Rational.zero)
    static let one = ExactForm(Rational.one)

    /// Its value, if it is a rational number.
    var rational: Rational? { denominator == .one ? numerator.rational : nil }

    /// Whether forms of such atoms that look different are different.
    var isDecisive: Bool {
        let atoms = numerator.atoms.union(denominator.atoms)
        guard atoms.allSatisfy(\.isIndependent) else { return false }
        // Two large factors that were not split may share a prime.
        let unsplit = atoms.filter { if case .radical(let base) = $0 { base.bitWidth > 32 } else { false } }
        return unsplit.count <= 1
    }

    static func sum(_ left: ExactForm, _ right: ExactForm, _ budget: WorkBudget) throws(MathFailure) -> ExactForm {
        if left.denominator == right.denominator {
            return try ExactForm(.sum(left.numerator, right.numerator, budget), over: left.denominator, budget)
        }
        return try ExactForm(
            .sum(
                .product(left.numerator, right.denominator, budget),
                .product(right.numerator, left.denominator, budget),
                budget),
            over: .product(left.denominator, right.denominator, budget), budget)
    }

    static func product(_ left: ExactForm, _ right: ExactForm, _ budget: WorkBudget) throws(MathFailure) -> ExactForm {
        try ExactForm(
            .product(left.numerator, right.numerator, budget),
            over: .product(left.denominator, right.denominator, budget), budget)
    }

    /// To a whole power.
    func power(_ exponent: Int, _ budget: WorkBudget) throws(MathFailure) -> ExactForm {
        if exponent < 0 {
            return try ExactForm(denominator, over: numerator, budget).power(-exponent, budget)
        }
        if let value = rational {
            if exponent == 0 { return ExactForm.one }
            // 0, 1 and −1.
            if value.bitWidth <= 1 { return exponent % 2 == 0 ? ExactForm(value * value) : self }
            guard exponent <= WorkBudget.bitLimit * 2 / value.bitWidth else { throw .tooComplex }
            return ExactForm(try budget.checked(value.power(exponent)))
        }
        guard exponent <= 4096, numerator.terms.count == 1 || exponent <= 100 else { throw .tooComplex }
        var (result, base, exponent) = (ExactForm.one, self, exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result = try .product(result, base, budget) }
            exponent >>= 1
            if exponent > 0 { base = try .product(base, base, budget) }
        }
        return result
    }

    /// Whether the two are one, as far as algebra knows; nil where it does not.
    static func areEqual(_ left: ExactForm, _ right: ExactForm, _ budget: WorkBudget) throws(MathFailure) -> Bool? {
        if left == right { return true }
        let first = try Polynomial.product(left.numerator, right.denominator, budget)
        let second = try Polynomial.product(right.numerator, left.denominator, budget)
        if first == second { return true }
        let all = ExactForm(try .sum(first, second, budget))
        return left.isDecisive && right.isDecisive && all.isDecisive ? false : nil
    }
}

extension Monomial {
    /// One over it, and the rational factor that comes loose.
    fileprivate var inverted: (Monomial, Rational) {
        var result = Monomial.one
        var factor = Rational.one
        for (atom, exponent) in powers { factor = factor * result.multiply(by: atom, to: -exponent) }
        return (result, factor)
    }
}
