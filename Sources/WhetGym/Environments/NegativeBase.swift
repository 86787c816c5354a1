import WhetCore
import WhetEnvironments

/// Write a number in a negative base.
struct NegativeBase: ProceduralEnvironment {
    static let name = "NegativeBase"
    static let summary = "Write a number in a negative base"

    struct Problem: Codable, Sendable {
        let maximum, maximumBase: Int
        let number, base: Int
        let goldAnswer: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N"
            case maximumBase = "MAX_R"
            case number = "N"
            case base = "R"
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Numbers of −4 to 4 at level 0, twice as large each level; bases −2 to −16.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 4 << level
        let maximumBase = min(maximum, 16)
        let magnitude = random.integer(1...maximum)
        let number = random.chance(0.5) ? magnitude : -magnitude
        let base = random.integer(2...maximumBase)
        var digits: [Int] = []
        var rest = number
        while rest != 0 {
            // The remainder from 0 up; what is left divides exactly.
            let digit = ((rest % base) + base) % base
            digits.append(digit)
            rest = (rest - digit) / -base
        }
        digits.reverse()
        return Problem(
            maximum: maximum, maximumBase: maximumBase, number: number, base: base, goldAnswer: digits,
            referenceAnswer: digits.spaced)
    }

    func prompt(for problem: Problem) -> String {
        """
        Write \(problem.number) in base -\(problem.base), with digits from 0 to \(problem.base - 1): the last digit \
        counts once, the one before it -\(problem.base) times, the one before that \(problem.base * problem.base) \
        times, and so on with the powers of -\(problem.base). Answer with the digits in decimal, the highest first, on \
        one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, 0 a wrong count of digits, else the share of digits that are right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let digits = answer.integers else { return -1 }
        guard digits.count == problem.goldAnswer.count else { return 0 }
        return shareOfMatches(digits, problem.goldAnswer, exponent: 1)
    }
}
