import WhetCore
import WhetEnvironments

/// Split numbers into tuples of k, all with the same sum.
public struct KPartition: ProceduralEnvironment {
    public static let name = "KPartition"
    public static let summary = "Split numbers into tuples of k, all with the same sum"

    public struct Problem: Codable, Sendable {
        let count, tupleSize, sum: Int
        let numbers: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case tupleSize = "K"
            case sum = "T"
            case numbers = "Multiset_S"
            case referenceAnswer = "reference_answer"
        }
    }

    public init() {}

    /// Two tuples at level 0, one more a level; of 2 to 5 numbers.
    public func problem(level: Int, random: inout RandomStream) -> Problem {
        let tupleSize = random.integer(2...5)
        let tupleCount = 2 + level
        let count = tupleCount * tupleSize
        let sum = random.integer(max(tupleSize, count * tupleSize / 10)...count * tupleSize)
        let tuples = (0..<tupleCount).map { _ in
            // Cuts of 0 ... sum at different places leave parts of at least 1.
            let cuts = [0] + random.sample(tupleSize - 1, of: sum - 1).map { $0 + 1 }.sorted() + [sum]
            return zip(cuts.dropFirst(), cuts).map { $0 - $1 }.shuffled(using: &random)
        }
        return Problem(
            count: count, tupleSize: tupleSize, sum: sum,
            numbers: tuples.flatMap { $0 }.shuffled(using: &random), referenceAnswer: tuples.spacedLines)
    }

    public func prompt(for problem: Problem) -> String {
        let tuples = problem.count / problem.tupleSize
        return """
            Split these \(problem.count) numbers into \(tuples) groups of \(problem.tupleSize) with equal sums, each \
            number used as often as it stands here: \(problem.numbers.spaced)
            Answer with \(tuples) lines, one a group, of \(problem.tupleSize) numbers separated by spaces.
            """
    }

    public func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 other groups or numbers than asked for, 0 unequal sums, 1 right.
    public func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let groups = answer.integerRows(skippingEmptyLines: true) else { return -1 }
        guard groups.count == problem.count / problem.tupleSize,
            groups.allSatisfy({ $0.count == problem.tupleSize }),
            groups.flatMap({ $0 }).sorted() == problem.numbers.sorted()
        else { return -0.5 }
        return groups.allSatisfy { $0.reduce(0, +) == problem.sum } ? 1 : 0
    }
}
