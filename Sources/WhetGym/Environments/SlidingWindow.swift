import WhetCore
import WhetEnvironments

/// The least number in a window that slides over a list.
struct SlidingWindow: ProceduralEnvironment {
    static let name = "SlidingWindow"
    static let summary = "The least number in a window that slides over a list"

    struct Problem: Codable, Sendable {
        let count, window: Int
        let array, goldAnswer: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case window = "K"
            case array = "A"
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Five numbers at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 5, level: level, factor: 1.1, plus: 1)
        let window = random.integer(2...count - 1)
        let array = (0..<count).map { _ in random.integer(-(count / 20)...count) }
        let least = (0...count - window).map { start in array[start..<start + window].reduce(.max) { min($0, $1) } }
        return Problem(
            count: count, window: window, array: array, goldAnswer: least, referenceAnswer: least.spaced)
    }

    func prompt(for problem: Problem) -> String {
        """
        Take every \(problem.window) neighbors of this list, from the left: \(problem.array.spaced)
        Of each such group find the least number. Answer with these \(problem.count - problem.window + 1) numbers, \
        from the left, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a wrong count, else (share of numbers right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let numbers = answer.integers else { return -1 }
        guard numbers.count == problem.goldAnswer.count else { return -0.5 }
        return shareOfMatches(numbers, problem.goldAnswer)
    }
}
