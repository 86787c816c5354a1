import WhetCore
import WhetEnvironments

/// The whole part of a quotient.
struct Division: ProceduralEnvironment {
    static let name = "Division"
    static let summary = "The whole part of a quotient"
    /// Dividends of at most 18 digits fit 64 bits.
    static let maximumLevel = 8

    struct Problem: Codable, Sendable {
        let divisorDigits, answerDigits: Int
        let divisor, dividend: Int
        let referenceAnswer: Int
        /// Which wording is used.
        let wording: Int

        enum CodingKeys: String, CodingKey {
            case divisorDigits = "divisor_digit_num"
            case answerDigits = "answer_digit_num"
            case divisor = "b"
            case dividend = "a"
            case referenceAnswer = "reference_answer"
            case wording = "prompt_template"
        }
    }

    private static let wordings = Wordings([
        { "Divide \($0) by \($1) and drop the fraction." },
        { "How often does \($1) go into \($0), whole times only?" },
        { "Work out \($0) ÷ \($1), without the remainder." },
    ])

    init() {}

    /// Divisor and quotient of one digit at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let digits = 1 + level
        let bound = powerOfTen(digits) - 1
        let divisor = random.integer(1...bound)
        let quotient = random.integer(0...bound)
        return Problem(
            divisorDigits: digits, answerDigits: digits, divisor: divisor,
            dividend: divisor * quotient + random.integer(0...divisor - 1), referenceAnswer: quotient,
            wording: random.element(of: Self.wordings.numbers))
    }

    func prompt(for problem: Problem) -> String {
        Self.wordings.text(problem.wording, problem.dividend, problem.divisor)
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double { exactness(answer, problem.referenceAnswer) }
}
