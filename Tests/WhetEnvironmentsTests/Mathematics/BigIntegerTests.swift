import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Numbers of any size")
struct BigIntegerTests {
    private func random(_ limbs: Int, _ stream: inout RandomStream) -> BigInteger {
        // Limbs of all ones and all zeros are where carries and guesses go wrong.
        let magnitude = (0..<limbs).map { _ -> UInt32 in
            switch Int.random(in: 0..<4, using: &stream) {
            case 0: .max
            case 1: 0
            default: UInt32.random(in: 0...UInt32.max, using: &stream)
            }
        }
        return BigInteger(magnitude: magnitude, isNegative: Bool.random(using: &stream))
    }

    @Test("division undoes multiplication, and leaves less than the divisor", arguments: 0..<20)
    func division(seed: Int) {
        var stream = RandomStream(seed: UInt64(seed), purpose: "division")
        for _ in 0..<200 {
            let a = random(Int.random(in: 0...8, using: &stream), &stream)
            let b = random(Int.random(in: 1...5, using: &stream), &stream)
            guard !b.isZero else { continue }
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            #expect(quotient * b + remainder == a)
            #expect(remainder.absolute < b.absolute)
            #expect(remainder.isZero || remainder.isNegative == a.isNegative)
            #expect((a * b).quotientAndRemainder(dividingBy: b).remainder.isZero)
        }
    }

    @Test("agrees with machine words", arguments: 0..<10)
    func words(seed: Int) {
        var stream = RandomStream(seed: UInt64(seed), purpose: "words")
        for _ in 0..<200 {
            let a = Int.random(in: -1_000_000_000...1_000_000_000, using: &stream)
            let b = Int.random(in: -1_000_000...1_000_000, using: &stream)
            #expect((BigInteger(a) + BigInteger(b)).int == a + b)
            #expect((BigInteger(a) - BigInteger(b)).int == a - b)
            #expect((BigInteger(a) * BigInteger(b)).int == a * b)
            #expect((BigInteger(a) < BigInteger(b)) == (a < b))
            #expect(BigInteger(a).double == Double(a))
            if b != 0 {
                let (quotient, remainder) = BigInteger(a).quotientAndRemainder(dividingBy: BigInteger(b))
                #expect(quotient.int == a / b && remainder.int == a % b)
            }
        }
    }

    @Test("digits, roots, divisors")
    func rest() {
        #expect(BigInteger(digits: "18446744073709551616") == BigInteger(2).power(64))
        #expect(BigInteger(2).power(300).exactRoot(3) == BigInteger(2).power(100))
        #expect((BigInteger(2).power(300) + .one).exactRoot(3) == nil)
        let a = BigInteger(3).power(200)
        let b = BigInteger(5).power(90)
        #expect(BigInteger.greatestCommonDivisor(a * b, a * BigInteger(7)) == a)
        #expect(Rational(BigInteger(10).power(400), over: BigInteger(10).power(399)).double == 10)
        #expect(Rational(-7, over: 2).floor == BigInteger(-4))
        #expect(Rational(-1, over: 3).rounded(places: 6) == BigInteger(-333_333))
    }
}
