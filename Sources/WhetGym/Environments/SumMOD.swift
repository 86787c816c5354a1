import WhetCore
import WhetEnvironments

/// The sum of products of remainders over pairs of different divisors.
struct SumMOD: ProceduralEnvironment {
    static let name = "SumMOD"
    static let summary = "The sum of products of remainders over pairs of different divisors"
    /// Sums up to 2⁶³.
    static let maximumLevel = 24

    struct Problem: Codable, Sendable {
        let maximum, n, m, referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N_M"
            case n = "N"
            case m = "M"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Numbers of up to 5 at level 0, half as large again each level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 5, level: level, factor: 1.5)
        let n = random.integer(3...maximum)
        let m = random.integer(3...maximum)
        // All pairs, less those of equal divisors.
        let all = (1...n).reduce(0) { $0 + n % $1 } * (1...m).reduce(0) { $0 + m % $1 }
        let equal = (1...min(n, m)).reduce(0) { $0 + (n % $1) * (m % $1) }
        return Problem(maximum: maximum, n: n, m: m, referenceAnswer: all - equal)
    }

    func prompt(for problem: Problem) -> String {
        """
        For every pair of different whole numbers i from 1 to \(problem.n) and j from 1 to \(problem.m), take the \
        remainder of \(problem.n) divided by i times the remainder of \(problem.m) divided by j. What is the sum of \
        all these products? Answer with the number alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number from 0 up, else (smaller ÷ larger)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer, number >= 0 else { return -1 }
        return ratio(number, problem.referenceAnswer, exponent: 10)
    }
}
