import WhetCore
import WhetEnvironments

/// The product of two whole numbers.
struct Multiplication: ProceduralEnvironment {
    static let name = "Multiplication"
    static let summary = "The product of two whole numbers"

    /// Factors of at most 18 digits fit 64 bits.
    static let maximumLevel = 16

    static let options = [
        EnvironmentOption(
            "wording", .choice(["full", "compact"]), default: "full",
            summary: "compact: \"12*34=\" and nothing else, for tiny policies that a warm start has taught the rest")
    ]

    struct Problem: Codable, Sendable {
        let digitCount: Int
        let a, b: Int
        /// Which wording is used.
        let wording: Int

        /// Not stored as a number of ours: from 19 digits on it would not fit one.
        var product: Int128 { Int128(a) * Int128(b) }

        enum CodingKeys: String, CodingKey {
            case digitCount = "digit_num"
            case a, b
            case referenceAnswer = "reference_answer"
            case wording = "prompt_template"
        }

        init(digitCount: Int, a: Int, b: Int, wording: Int) {
            self.digitCount = digitCount
            self.a = a
            self.b = b
            self.wording = wording
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            digitCount = try container.decode(Int.self, forKey: .digitCount)
            a = try container.decode(Int.self, forKey: .a)
            b = try container.decode(Int.self, forKey: .b)
            wording = try container.decodeIfPresent(Int.self, forKey: .wording) ?? 0
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(digitCount, forKey: .digitCount)
            try container.encode(a, forKey: .a)
            try container.encode(b, forKey: .b)
            if let small = Int(exactly: product) { try container.encode(small, forKey: .referenceAnswer) }
            try container.encode(wording, forKey: .wording)
        }
    }

    private static let wordings = Wordings([
        { "How much is \($0) times \($1)?" },
        { "Work out \($0) × \($1)." },
        { "Multiply \($0) by \($1)." },
    ])

    private let isCompact: Bool

    init() { isCompact = false }

    init(options: EnvironmentOptions) throws { isCompact = options.choice("wording") == "compact" }

    var explainsAnswerTags: Bool { !isCompact }

    /// Numbers of up to two digits at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let digitCount = 2 + level
        let bound = powerOfTen(digitCount) - 1
        let a = random.integer(0...bound)
        let b = random.integer(0...bound)
        return Problem(digitCount: digitCount, a: a, b: b, wording: random.element(of: Self.wordings.numbers))
    }

    func prompt(for problem: Problem) -> String {
        if isCompact { return "\(problem.a)*\(problem.b)=" }
        return Self.wordings.text(problem.wording, problem.a, problem.b)
    }

    func demonstration(for problem: Problem) -> String? { String(problem.product) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.wideInteger else { return -1 }
        return number == problem.product ? 1 : 0
    }
}
