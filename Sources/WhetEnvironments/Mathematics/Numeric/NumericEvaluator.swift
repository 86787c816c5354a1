import Foundation

/// Values of trees at points.
///
/// Keeps: angles are radians, roots of odd degree of negative numbers are real, all else is principal; what has no
/// value gives nil.
struct NumericEvaluator {
    var values: [String: Complex] = [:]

    func value(of node: MathNode) -> Complex? {
        guard let result = evaluate(node), !result.real.isNaN, !result.imaginary.isNaN else { return nil }
        return result
    }

    private func evaluate(_ node: MathNode) -> Complex? {
        switch node {
        case .number(let value, _): return Complex(value.double)
        case .digits(let digits): return Double(digits).map { Complex($0) }
        case .constant(.pi): return Complex(.pi)
        case .constant(.e): return Complex(M_E)
        case .constant(.i): return .i
        case .infinity: return Complex(.infinity)
        case .symbol(let name): return values[name]
        case .sum(let parts):
            var sum = Complex.zero
            for part in parts {
                guard let value = evaluate(part) else { return nil }
                sum = sum + value
            }
            return sum
        case .product(let parts):
            var product = Complex.one
            for part in parts {
                guard let value = evaluate(part) else { return nil }
                product = product * value
            }
            return product
        case .power(let base, let exponent): return power(base, exponent)
        case .function(let function, let arguments):
            var values: [Complex] = []
            for argument in arguments {
                guard var value = evaluate(argument) else { return nil }
                if function.isTrigonometric, case .degrees = argument { value = value * Complex(.pi / 180) }
                values.append(value)
            }
            return apply(function, values)
        case .percent(let inner): return evaluate(inner).map { $0 * Complex(0.01) }
        case .degrees(let inner), .measured(let inner, _): return evaluate(inner)
        case .based(let digits, let base):
            return PositionalNumber.value(of: digits, base: base).map { Complex($0.double) }
        case .text, .tuple, .list, .set, .interval, .union, .intersection, .difference, .matrix, .relation: return nil
        }
    }

    private func power(_ base: MathNode, _ exponent: MathNode) -> Complex? {
        guard let baseValue = evaluate(base), let exponentValue = evaluate(exponent) else { return nil }
        if baseValue == .zero, exponentValue.real < 0 { return nil }
        if baseValue.imaginary == 0, baseValue.real < 0, let degree = Self.oddDegree(of: exponent) {
            let size = pow(-baseValue.real, exponentValue.real)
            return Complex(
                (exponentValue.real * Double(degree)).rounded().truncatingRemainder(dividingBy: 2) == 0 ? size : -size)
        }
        return baseValue.power(exponentValue)
    }

    /// The denominator of a fraction, if it is odd and not 1.
    private static func oddDegree(of exponent: MathNode) -> Int? {
        guard let value = rational(exponent), value.denominator.isOdd, let degree = value.denominator.int, degree > 1
        else { return nil }
        return degree
    }

    private static func rational(_ node: MathNode) -> Rational? {
        switch node {
        case .number(let value, _): return value.bitWidth <= 64 ? value : nil
        case .product(let parts) where parts.count <= 3:
            var product = Rational.one
            for part in parts {
                guard let value = rational(part) else { return nil }
                product = product * value
            }
            return product
        case .power(let base, .number(let exponent, _)):
            guard exponent == Rational(-1), let value = rational(base), !value.isZero else { return nil }
            return .one / value
        default: return nil
        }
    }

    private func apply(_ function: MathFunction, _ arguments: [Complex]) -> Complex? {
        guard let x = arguments.first else { return nil }
        let reals = arguments.filter(\.isReal).map(\.real)
        let areReal = reals.count == arguments.count
        func real(_ value: (Double) -> Double) -> Complex? { areReal ? Complex(value(x.real)) : nil }
        switch function {
        case .sin: return x.sine
        case .cos: return x.cosine
        case .tan: return x.cosine.magnitude < 1e-14 ? nil : x.sine / x.cosine
        case .cot: return x.sine.magnitude < 1e-14 ? nil : x.cosine / x.sine
        case .sec: return x.cosine.magnitude < 1e-14 ? nil : .one / x.cosine
        case .csc: return x.sine.magnitude < 1e-14 ? nil : .one / x.sine
        case .arcsin: return real(asin)
        case .arccos: return real(acos)
        case .arctan: return real(atan)
        case .arccot: return real { .pi / 2 - atan($0) }
        case .arcsec: return real { acos(1 / $0) }
        case .arccsc: return real { asin(1 / $0) }
        case .sinh: return (x.exponential - (-x).exponential) / Complex(2)
        case .cosh: return (x.exponential + (-x).exponential) / Complex(2)
        case .tanh:
            return (x.exponential - (-x).exponential) / (x.exponential + (-x).exponential)
        case .coth:
            return x == .zero ? nil : (x.exponential + (-x).exponential) / (x.exponential - (-x).exponential)
        case .arsinh: return real(asinh)
        case .arcosh: return real(acosh)
        case .artanh: return real(atanh)
        case .ln: return x == .zero ? nil : x.logarithm
        case .abs: return Complex(x.magnitude)
        case .floor: return real { ($0 + 1e-12).rounded(.down) }
        case .ceil: return real { ($0 - 1e-12).rounded(.up) }
        case .factorial: return real { $0 < 0 && $0 == $0.rounded() ? .nan : tgamma($0 + 1) }
        case .doubleFactorial: return nil
        case .binomial:
            guard areReal, reals.count == 2 else { return nil }
            let (n, k) = (reals[0], reals[1])
            if k == k.rounded(), k >= 0, k <= 1000 {
                var product = 1.0
                for index in 0..<Int(k) { product *= (n - Double(index)) / Double(index + 1) }
                return Complex(product)
            }
            return Complex(tgamma(n + 1) / (tgamma(k + 1) * tgamma(n - k + 1)))
        case .min: return areReal ? reals.min().map { Complex($0) } : nil
        case .max: return areReal ? reals.max().map { Complex($0) } : nil
        case .mod:
            guard areReal, reals.count == 2, reals[1] != 0 else { return nil }
            return Complex(reals[0] - reals[1] * (reals[0] / reals[1]).rounded(.down))
        case .sgn: return real { $0 == 0 ? 0 : $0 < 0 ? -1 : 1 }
        case .realPart: return Complex(x.real)
        case .imaginaryPart: return Complex(x.imaginary)
        case .conjugate: return x.conjugate
        case .arg: return x == .zero ? nil : Complex(x.phase)
        case .gcd, .lcm, .transpose, .determinant, .plusMinus, .minusPlus: return nil
        }
    }
}
