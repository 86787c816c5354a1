import WhetCore
import WhetEnvironments

/// The number that stands most often in a list.
struct BucketSorting: ProceduralEnvironment {
    static let name = "BucketSorting"
    static let summary = "The number that stands most often in a list"

    struct Problem: Codable, Sendable {
        let count, maximum: Int
        let array: [Int]
        let counts: [Int: Int]
        let referenceAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case maximum = "MAX"
            case array
            case counts = "value2count"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Five numbers of 0 to 2 at level 0; each level a tenth more numbers, and one, and a larger bound.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 5, level: level, factor: 1.1, plus: 1)
        let maximum = 2 + level
        let array = (0..<count).map { _ in random.integer(0...maximum) }
        var counts: [Int: Int] = [:]
        for number in array { counts[number, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let first = array.first { counts[$0] == most } ?? 0
        return Problem(count: count, maximum: maximum, array: array, counts: counts, referenceAnswer: first)
    }

    func prompt(for problem: Problem) -> String {
        """
        Which number occurs most often in this list? \(problem.array.spaced)
        Where several do, any of them will do. Answer with the number alone.
        """
    }

    func demonstration(for problem: Problem) -> String? { String(problem.referenceAnswer) }

    /// −1 no whole number, −0.5 one that is not in the list, 0 one that others outnumber, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer else { return -1 }
        guard let count = problem.counts[number] else { return -0.5 }
        return problem.counts.values.contains { $0 > count } ? 0 : 1
    }
}
