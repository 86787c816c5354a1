import WhetCore
import WhetEnvironments

/// Split numbers into tuples of k, all with the same sum.
struct KPartition: ProceduralEnvironment {
    static let name = "KPartition"
    static let summary = "Split numbers into tuples of k, all with the same sum"

    struct Problem: Codable, Sendable {
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

    init() {}

    /// Two tuples at level 0, one more a level; of 2 to 5 numbers.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let tupleSize = random.integer(2...5)
        let tupleCount = 2 + level
        let count = tupleCount * tupleSize
        let sum = random.integer(max(tupleSize, count * tupleSize / 10)...count * tupleSize)
        let tuples = (0..<tupleCount).map { _ in random.parts(tupleSize, of: sum).shuffled(using: &random) }
        return Problem(
            count: count, tupleSize: tupleSize, sum: sum,
            numbers: tuples.flatMap { $0 }.shuffled(using: &random), referenceAnswer: tuples.spacedLines)
    }

    func prompt(for problem: Problem) -> String {
        let tuples = problem.count / problem.tupleSize
        return """
            Split these \(problem.count) numbers into \(tuples) groups of \(problem.tupleSize) with equal sums, each \
            number used as often as it stands here: \(problem.numbers.spaced)
            Answer with \(tuples) lines, one a group, of \(problem.tupleSize) numbers separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 other groups or numbers than asked for, 0 unequal sums, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let groups = answer.integerRows(skippingEmptyLines: true) else { return -1 }
        guard groups.count == problem.count / problem.tupleSize,
            groups.allSatisfy({ $0.count == problem.tupleSize }),
            groups.flatMap({ $0 }).sorted() == problem.numbers.sorted()
        else { return -0.5 }
        return groups.allSatisfy { $0.reduce(0, +) == problem.sum } ? 1 : 0
    }
}
