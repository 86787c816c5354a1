import WhetCore
import WhetEnvironments

/// With how many zeros a factorial ends when written in another base.
struct FactorialTrailingZeroCount: ProceduralEnvironment {
    static let name = "FactorialTrailingZeroCount"
    static let summary = "With how many zeros a factorial ends when written in another base"

    struct Problem: Codable, Sendable {
        let maximum, number, base, referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N_K"
            case number = "N"
            case base = "K"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Number and base of up to 10 at level 0, half as large again each level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 10, level: level, factor: 1.5)
        let number = random.integer(3...maximum)
        let base = random.integer(2...maximum)
        return Problem(
            maximum: maximum, number: number, base: base, referenceAnswer: Self.zeros(number: number, base: base))
    }

    /// The least, over the base's primes, of how often their power goes into the factorial (Legendre's formula).
    private static func zeros(number: Int, base: Int) -> Int {
        var zeros = Int.max
        var rest = base
        var prime = 2
        while rest > 1 {
            if prime * prime > rest { prime = rest }
            var multiplicity = 0
            while rest % prime == 0 {
                rest /= prime
                multiplicity += 1
            }
            if multiplicity > 0 {
                var exponent = 0
                var quotient = number
                while quotient > 0 {
                    quotient /= prime
                    exponent += quotient
                }
                zeros = min(zeros, exponent / multiplicity)
            }
            prime += 1
        }
        return zeros
    }

    func prompt(for problem: Problem) -> String {
        """
        The factorial of \(problem.number) (a decimal number) is written in base \(problem.base). How many zeros does \
        it end with? Answer with the number alone, in decimal.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double { exactness(answer, problem.referenceAnswer) }
}
