/// Turns trees into exact forms: like terms added, products expanded, radicals split into primes.
///
/// Keeps: a form equals its tree wherever the tree has a value. What it cannot open becomes an atom of its own.
struct ExactReducer {
    let budget: WorkBudget

    func form(of node: MathNode) throws(MathFailure) -> ExactForm {
        try budget.spend(4)
        switch node {
        case .number(let value, _): return ExactForm(try budget.checked(value))
        case .digits(let digits): return ExactForm(.digits(digits))
        case .constant(let constant): return ExactForm(.constant(constant))
        case .symbol(let name): return ExactForm(.symbol(name))
        case .sum(let parts):
            var sum = ExactForm.zero
            for part in parts { sum = try .sum(sum, form(of: part), budget) }
            return sum
        case .product(let parts):
            var product = ExactForm.one
            for part in parts { product = try .product(product, form(of: part), budget) }
            return product
        case .power(let base, let exponent): return try power(form(of: base), form(of: exponent))
        case .function(let function, let arguments):
            var forms: [ExactForm] = []
            for argument in arguments {
                if function.isTrigonometric, case .degrees(let inner) = argument {
                    forms.append(try .product(form(of: inner), radiansPerDegree, budget))
                } else {
                    forms.append(try form(of: argument))
                }
            }
            return try apply(function, forms)
        case .percent(let inner): return try .product(form(of: inner), ExactForm(Rational(1, over: 100)), budget)
        case .degrees(let inner), .measured(let inner, _): return try form(of: inner)
        case .based(let digits, let base):
            guard let value = PositionalNumber.value(of: digits, base: base) else { throw .undefined }
            return ExactForm(Rational(value))
        case .infinity, .text, .tuple, .list, .set, .interval, .union, .intersection, .difference, .matrix, .relation:
            throw .undefined
        }
    }

    private var radiansPerDegree: ExactForm {
        ExactForm(Polynomial(Monomial(.constant(.pi)), times: Rational(1, over: 180)))
    }

    // MARK: Powers

    func power(_ base: ExactForm, _ exponent: ExactForm) throws(MathFailure) -> ExactForm {
        if let exponent = exponent.rational {
            if let whole = exponent.int {
                if base.rational?.isZero == true {
                    if whole < 0 { throw .undefined }
                    return ExactForm(whole == 0 ? Rational.one : Rational.zero)
                }
                do {
                    return try base.power(whole, budget)
                } catch MathFailure.tooComplex where budget.remaining > 0 {
                    return ExactForm(.power(base, ExactForm(exponent)))
                }
            }
            return try root(base, exponent)
        }
        // b^(2m + 3) is (b^m)^2 · b^3 for a base that is positive or a name.
        guard exponent.denominator == .one, let factors = try splitBase(base) else {
            return ExactForm(.power(base, exponent))
        }
        var result = ExactForm.one
        for (monomial, coefficient) in exponent.numerator.terms {
            if monomial.isOne {
                result = try .product(result, power(base, ExactForm(coefficient)), budget)
                continue
            }
            for (atom, count) in factors {
                if atom == .constant(.e), let (inner, once) = monomial.powers.first, monomial.powers.count == 1,
                    once.isOne, case .logarithm(let prime) = inner
                {
                    result = try .product(result, root(ExactForm(Rational(prime)), coefficient), budget)
                    continue
                }
                let unit = Atom.power(atom.form, ExactForm(Polynomial(monomial)))
                var power = Monomial.one
                _ = power.multiply(by: unit, to: coefficient * count)
                result = try .product(result, ExactForm(Polynomial(power)), budget)
            }
        }
        return result
    }

    /// The base as powers of atoms whose powers multiply freely; nil if it is none.
    private func splitBase(_ base: ExactForm) throws(MathFailure) -> [(Atom, Rational)]? {
        if let value = base.rational {
            guard value.isPositive else { return nil }
            var factors: [(Atom, Rational)] = []
            for (prime, count) in try Factorization.factors(of: value.numerator, budget) {
                factors.append((.radical(prime), Rational(count)))
            }
            for (prime, count) in try Factorization.factors(of: value.denominator, budget) {
                factors.append((.radical(prime), Rational(-count)))
            }
            return factors
        }
        guard base.denominator == .one, let term = base.numerator.onlyTerm, term.coefficient.isOne,
            term.monomial.powers.count == 1, let (atom, exponent) = term.monomial.powers.first
        else { return nil }
        switch atom {
        case .symbol where exponent.isOne, .constant(.e), .constant(.pi): return [(atom, exponent)]
        default: return nil
        }
    }

    /// To a fractional power.
    private func root(_ base: ExactForm, _ exponent: Rational) throws(MathFailure) -> ExactForm {
        if let value = base.rational { return try root(of: value, exponent) }
        if base.denominator == .one, let term = base.numerator.onlyTerm {
            let isFree =
                term.monomial.powers.allSatisfy { atom, _ in
                    atom == .constant(.pi) || atom == .constant(.e) || atom.isRadical
                }
                || (term.monomial.powers.count == 1
                    && term.monomial.powers.allSatisfy { $0.key.isSymbol && $0.value.isOne })
            if isFree, term.coefficient.isPositive {
                var power = Monomial.one
                var factor = Rational.one
                for (atom, count) in term.monomial.powers {
                    factor = factor * power.multiply(by: atom, to: count * exponent)
                }
                return try .product(
                    root(of: term.coefficient, exponent), ExactForm(Polynomial(power, times: factor)), budget)
            }
        }
        guard let whole = Rational(exponent.floor).int else { throw .tooComplex }
        let rest = exponent - Rational(whole)
        return try .product(
            base.power(whole, budget), ExactForm(.power(base, ExactForm(rest))), budget)
    }

    /// The real root where there is one: of a negative number if the degree is odd; times i if it is 2.
    private func root(of value: Rational, _ exponent: Rational) throws(MathFailure) -> ExactForm {
        if value.isZero {
            if exponent.isNegative { throw .undefined }
            return ExactForm.zero
        }
        var sign = ExactForm.one
        if value.isNegative {
            if exponent.denominator.isOdd {
                if exponent.numerator.isOdd { sign = ExactForm(Rational(-1)) }
            } else if exponent.denominator == BigInteger(2), let count = Rational(exponent.numerator).int {
                var power = Monomial.one
                let factor = power.multiply(by: .constant(.i), to: Rational(count % 4))
                sign = ExactForm(Polynomial(power, times: factor))
            } else {
                return ExactForm(.power(ExactForm(value), ExactForm(exponent)))
            }
        }
        var monomial = Monomial.one
        var factor = Rational.one
        for (part, direction) in [(value.numerator.absolute, Rational.one), (value.denominator, Rational(-1))] {
            for (prime, count) in try Factorization.factors(of: part, budget) {
                let power = exponent * Rational(count) * direction
                guard let whole = Rational(power.floor).int,
                    whole.magnitude * UInt(prime.bitWidth) <= UInt(WorkBudget.bitLimit)
                else { throw .tooComplex }
                factor = try budget.checked(factor * monomial.multiply(by: .radical(prime), to: power))
            }
        }
        return try .product(sign, ExactForm(Polynomial(monomial, times: factor)), budget)
    }
}

extension Atom {
    fileprivate var isSymbol: Bool { if case .symbol = self { true } else { false } }
    fileprivate var isRadical: Bool { if case .radical = self { true } else { false } }
    fileprivate var form: ExactForm {
        if case .radical(let prime) = self { ExactForm(Rational(prime)) } else { ExactForm(self) }
    }
}

/// Primes of whole numbers.
enum Factorization {
    /// Primes and how often; a factor that is too large to split counts as one, as the highest power that it is.
    static func factors(of number: BigInteger, _ budget: WorkBudget) throws(MathFailure) -> [(BigInteger, Int)] {
        var rest = number.absolute
        var factors: [(BigInteger, Int)] = []
        if rest.isZero || rest.isOne { return [] }
        let limit: UInt64 = rest.small != nil ? 65_536 : 300
        var prime: UInt64 = 2
        while prime <= limit {
            if let small = rest.small, prime * prime > small { break }
            try budget.spend(rest.small != nil ? 1 : rest.magnitude.count)
            var count = 0
            while true {
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: BigInteger(word: prime))
                guard remainder.isZero else { break }
                (rest, count) = (quotient, count + 1)
            }
            if count > 0 { factors.append((BigInteger(word: prime), count)) }
            prime += prime == 2 ? 1 : 2
        }
        if rest.isOne { return factors }
        for degree in [2, 3, 5, 7] where rest.bitWidth > 32 {
            try budget.spend(rest.magnitude.count * rest.magnitude.count)
            if let root = rest.exactRoot(degree) { return factors + [(root, degree)] }
        }
        return factors + [(rest, 1)]
    }
}

/// Digits in a base.
enum PositionalNumber {
    /// nil if a digit is too large or the base is not within 2…36.
    static func value(of digits: String, base: Int) -> BigInteger? {
        guard (2...36).contains(base), digits.count <= 1000 else { return nil }
        var value = BigInteger.zero
        for digit in digits {
            guard let digit = digit.hexDigitValue ?? Int(String(digit), radix: 36), digit < base else { return nil }
            value = value * BigInteger(base) + BigInteger(digit)
        }
        return value
    }
}
