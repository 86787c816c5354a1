import WhetCore
import WhetEnvironments

/// A number with given remainders: the Chinese remainder theorem.
struct CRT: ProceduralEnvironment {
    static let name = "CRT"
    static let summary = "A number with given remainders: the Chinese remainder theorem"

    struct Problem: Codable, Sendable {
        let maximum, count: Int
        let referenceAnswer: Int
        let moduli, remainders: [Int]

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_X"
            case count = "M"
            case referenceAnswer = "reference_answer"
            case moduli = "B"
            case remainders = "X_mod_B"
        }
    }

    init() {}

    /// Numbers of up to 5 and two congruences at level 0; each third level allows one congruence more, the others half
    /// as large numbers again.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        var maximum = 5
        var maximumCount = 2
        for stage in 0..<level {
            if (stage + 1) % 3 == 0 { maximumCount += 1 } else { maximum = Int(Double(maximum) * 1.5) }
        }
        let count = random.integer(2...maximumCount)
        let number = random.integer(2...maximum)
        let moduli = random.sample(min(count, number - 1), of: number - 1).map { $0 + 2 }
        return Problem(
            maximum: maximum, count: count, referenceAnswer: number, moduli: moduli,
            remainders: moduli.map { number % $0 })
    }

    func prompt(for problem: Problem) -> String {
        let lines = zip(problem.remainders, problem.moduli).map { "x leaves \($0) when divided by \($1)" }
        return """
            Find a whole number x, not negative, for which all of this holds:
            \(lines.joined(separator: "\n"))
            Answer with x alone.
            """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number from 0 up, else (share of remainders right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer, number >= 0, !problem.moduli.isEmpty else { return -1 }
        // What is too large for 64 bits has remainders all the same.
        let digits = number == .max ? answer.digits : nil
        var right = 0
        for (modulus, remainder) in zip(problem.moduli, problem.remainders) where modulus > 0 {
            let own = digits.map { $0.reduce(0) { ($0 * 10 + Int($1 - 0x30)) % modulus } } ?? number % modulus
            if own == remainder { right += 1 }
        }
        return share(right, of: problem.moduli.count, exponent: 10)
    }
}
