import WhetCore
import WhetEnvironments

/// Choose numbers that add up to a target.
struct SubsetSum: ProceduralEnvironment {
    static let name = "SubsetSum"
    static let summary = "Choose numbers that add up to a target"

    struct Problem: Codable, Sendable {
        let count: Int
        let array: [Int]
        let target: Int
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case array = "A"
            case target
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Three numbers at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let array = (0..<count).map { _ in random.integer(1...count) }
        let chosen = random.sample(random.integer(2...count - 1), of: count)
        return Problem(
            count: count, array: array, target: chosen.reduce(0) { $0 + array[$1] }, referenceAnswer: chosen.spaced)
    }

    func prompt(for problem: Problem) -> String {
        """
        Choose places of this list, counted from 0, whose numbers add up to exactly \(problem.target): \
        \(problem.array.spaced)
        Answer with the places, each at most once, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 places that there are not or twice the same, 0 another sum, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let places = answer.integers else { return -1 }
        guard areDistinct(places, below: problem.count) else { return -0.5 }
        return places.reduce(0) { $0 + problem.array[$1] } == problem.target ? 1 : 0
    }
}
