import WhetCore
import WhetEnvironments

/// Sort whole numbers in ascending order.
///
/// Problems and scores are RLVE-Gym's `Sorting`; options narrow the numbers down and shorten the prompt for policies
/// too small to read sentences.
struct Sorting: ProceduralEnvironment {
    static let name = "Sorting"
    static let summary = "Sort whole numbers in ascending order"

    static let options = [
        EnvironmentOption("minimum_count", .integer(1...1000), summary: "fewest numbers; unset: set by the level"),
        EnvironmentOption("maximum_count", .integer(1...1000), summary: "most numbers; unset: set by the level"),
        EnvironmentOption(
            "maximum_value", .integer(0...1_000_000_000), summary: "largest number; unset: 5 × how many there are"),
        EnvironmentOption(
            "wording", .choice(["full", "compact"]), default: "full",
            summary: "compact: \"sort 3 1 2\" and nothing else, for tiny policies that a warm start has taught the rest"
        ),
    ]

    struct Problem: Codable, Sendable {
        let count: Int
        let array: [Int]
        let goldAnswer: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case array
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    private let counts: ClosedRange<Int>?
    private let maximumValue: Int?
    private let isCompact: Bool

    init() {
        counts = nil
        maximumValue = nil
        isCompact = false
    }

    init(options: EnvironmentOptions) throws {
        let minimum = options.integer("minimum_count")
        let maximum = options.integer("maximum_count")
        if let minimum, let maximum, minimum > maximum {
            throw WhetError(
                "minimum_count is \(minimum) but maximum_count is \(maximum)", at: "environment \(Self.name)",
                expected: "a minimum_count of at most maximum_count")
        }
        // One bound alone gives that many numbers.
        counts = (minimum ?? maximum).map { $0...(maximum ?? $0) }
        maximumValue = options.integer("maximum_value")
        isCompact = options.choice("wording") == "compact"
    }

    var explainsAnswerTags: Bool { !isCompact }

    /// Three numbers at level 0; each level a tenth more, and one. Options come before the level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = counts.map { random.integer($0) } ?? grown(from: 3, level: level, factor: 1.1, plus: 1)
        let bound = maximumValue ?? 5 * count
        let array = (0..<count).map { _ in random.integer(0...bound) }
        let sorted = array.sorted()
        return Problem(count: count, array: array, goldAnswer: sorted, referenceAnswer: sorted.spaced)
    }

    func prompt(for problem: Problem) -> String {
        if isCompact { return "sort \(problem.array.spaced)" }
        return """
            Put these numbers in ascending order: \(problem.array.spaced)
            Answer with all of them on one line, separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.goldAnswer.spaced }

    /// −1 unreadable, −0.5 a wrong count of numbers, else (share in the right place)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let numbers = answer.integers else { return -1 }
        guard numbers.count == problem.goldAnswer.count else { return -0.5 }
        return shareOfMatches(numbers, problem.goldAnswer)
    }
}
