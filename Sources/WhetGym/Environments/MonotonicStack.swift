import WhetCore
import WhetEnvironments

/// How far each number of a list sees over smaller ones, added up.
struct MonotonicStack: ProceduralEnvironment {
    static let name = "MonotonicStack"
    static let summary = "How far each number of a list sees over smaller ones, added up"

    struct Problem: Codable, Sendable {
        let count: Int
        let array: [Int]
        let referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case array = "A"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Four numbers at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let array = (0..<count).map { _ in random.integer(1...count) }
        // Those who still see when the next comes, tallest first.
        var watching: [Int] = []
        var total = 0
        for height in array {
            while let last = watching.last, last <= height { watching.removeLast() }
            total += watching.count
            watching.append(height)
        }
        return Problem(count: count, array: array, referenceAnswer: total)
    }

    func prompt(for problem: Problem) -> String {
        """
        People stand in a line and all look to the right. Their heights from left to right are \
        \(problem.array.spaced). Everyone sees those to the right up to, but not including, the first who is at least \
        as tall. How many do they see, added up over all? Answer with the number alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, 0 wrong, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double { exactness(answer, problem.referenceAnswer) }
}
