/// What a polynomial treats as unknown: variables, constants without a rational value, and whatever it cannot open.
indirect enum Atom: Hashable, Sendable {
    case symbol(String)
    case constant(MathConstant)
    /// A prime, or a factor that we did not split; its exponent is a proper fraction.
    case radical(BigInteger)
    case logarithm(BigInteger)
    case digits(String)
    case power(ExactForm, ExactForm)
    case application(MathFunction, [ExactForm])

    /// Whether polynomials in it that look different are different.
    var isIndependent: Bool {
        switch self {
        case .symbol, .radical, .digits: true
        case .constant(let constant): constant != .e
        case .logarithm, .power, .application: false
        }
    }
}

/// A product of powers of atoms.
///
/// Keeps: no exponent is zero; radicals have exponents between 0 and 1, i the exponent 1.
struct Monomial: Hashable, Sendable {
    private(set) var powers: [Atom: Rational] = [:]

    static let one = Monomial()

    init() {}
    init(_ atom: Atom) { powers = [atom: .one] }

    /// Multiplies by a power of an atom; gives the rational factor that comes loose.
    mutating func multiply(by atom: Atom, to exponent: Rational) -> Rational {
        let sum = (powers[atom] ?? .zero) + exponent
        switch atom {
        case .radical(let base):
            let whole = sum.floor
            let rest = sum - Rational(whole)
            powers[atom] = rest.isZero ? nil : rest
            return Rational(base).power(Rational(whole).int ?? 0)
        case .constant(.i):
            guard let count = sum.int else { break }
            let phase = ((count % 4) + 4) % 4
            powers[atom] = phase % 2 == 0 ? nil : .one
            return Rational(phase < 2 ? 1 : -1)
        default: break
        }
        powers[atom] = sum.isZero ? nil : sum
        return .one
    }

    static func product(_ left: Monomial, _ right: Monomial) -> (Monomial, Rational) {
        if left.powers.isEmpty { return (right, .one) }
        var result = left
        var factor = Rational.one
        for (atom, exponent) in right.powers {
            let loose = result.multiply(by: atom, to: exponent)
            if !loose.isOne { factor = factor * loose }
        }
        return (result, factor)
    }

    var isOne: Bool { powers.isEmpty }
}

/// A sum of monomials with rational coefficients.
///
/// Keeps: no coefficient is zero, so that equal polynomials are equal values.
struct Polynomial: Hashable, Sendable {
    private(set) var terms: [Monomial: Rational] = [:]

    static let zero = Polynomial()
    static let one = Polynomial(.one)

    init() {}
    init(_ value: Rational) { if !value.isZero { terms = [.one: value] } }
    init(_ monomial: Monomial, times coefficient: Rational = .one) {
        if !coefficient.isZero { terms = [monomial: coefficient] }
    }

    var isZero: Bool { terms.isEmpty }

    /// Its value, if it is a rational number.
    var rational: Rational? {
        if terms.isEmpty { return .zero }
        return terms.count == 1 ? terms[.one] : nil
    }

    var onlyTerm: (monomial: Monomial, coefficient: Rational)? {
        guard terms.count == 1, let term = terms.first else { return nil }
        return (term.key, term.value)
    }

    var atoms: Set<Atom> { terms.keys.reduce(into: []) { $0.formUnion($1.powers.keys) } }

    mutating func add(_ monomial: Monomial, times coefficient: Rational, _ budget: WorkBudget) throws(MathFailure) {
        let sum = try budget.checked((terms[monomial] ?? .zero) + coefficient)
        terms[monomial] = sum.isZero ? nil : sum
    }

    static func sum(_ left: Polynomial, _ right: Polynomial, _ budget: WorkBudget) throws(MathFailure) -> Polynomial {
        var result = left
        for (monomial, coefficient) in right.terms { try result.add(monomial, times: coefficient, budget) }
        return result
    }

    static func product(_ left: Polynomial, _ right: Polynomial, _ budget: WorkBudget) throws(MathFailure) -> Polynomial
    {
        var result = Polynomial()
        for (a, x) in left.terms {
            for (b, y) in right.terms {
                try budget.spend(8 + 4 * b.powers.count)
                let (monomial, factor) = Monomial.product(a, b)
                let value = try budget.checked(x * y)
                try result.add(monomial, times: factor.isOne ? value : try budget.checked(value * factor), budget)
            }
        }
        return result
    }

    /// The k with self = k · other, if there is a rational one.
    func ratio(to other: Polynomial) -> Rational? {
        guard terms.count == other.terms.count, let (monomial, coefficient) = terms.first,
            let opposite = other.terms[monomial]
        else { return nil }
        let ratio = coefficient / opposite
        return terms.allSatisfy { key, value in other.terms[key].map { $0 * ratio == value } ?? false } ? ratio : nil
    }
}
