import WhetCore
import WhetEnvironments

/// The least common multiple of two numbers.
struct LCM: ProceduralEnvironment {
    static let name = "LCM"
    static let summary = "The least common multiple of two numbers"

    struct Problem: Codable, Sendable {
        let maximum, a, b: Int
        let referenceAnswer: Int
        /// Which wording is used.
        let wording: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_a_b"
            case a, b
            case referenceAnswer = "reference_answer"
            case wording = "prompt_template"
        }
    }

    private static let wordings = Wordings([
        { "Of which number are both \($0) and \($1) divisors, and none smaller (above 0) has both?" },
        { "Which is the least number above 0 that \($0) and \($1) both divide?" },
        { "LCM(\($0), \($1)) = ?" },
    ])

    init() {}

    /// Numbers of up to 15 at level 0, half as large again each level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 15, level: level, factor: 1.5)
        let a = random.integer(2...maximum)
        let b = random.integer(2...maximum)
        return Problem(
            maximum: maximum, a: a, b: b, referenceAnswer: a / greatestCommonDivisor(a, b) * b,
            wording: random.element(of: Self.wordings.numbers))
    }

    func prompt(for problem: Problem) -> String {
        Self.wordings.text(problem.wording, problem.a, problem.b)
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double { exactness(answer, problem.referenceAnswer) }
}
