import WhetCore
import WhetEnvironments

/// An order in which some come before others.
struct TopologicalSort: ProceduralEnvironment {
    static let name = "TopologicalSort"
    static let summary = "An order in which some come before others"
    static let maximumLevel = 25

    struct Problem: Codable, Sendable {
        let count: Int
        let referenceAnswer: String
        /// The first before the second.
        let conditions: [Condition]

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case referenceAnswer = "reference_answer"
            case conditions = "before_conditions"
        }
    }

    typealias Condition = Pair

    init() {}

    /// Three numbers at level 0, each level a tenth more, and one; each after some of those before it.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let order = random.permutation(count)
        var conditions: [Pair] = []
        for place in 1..<count {
            for earlier in random.sample(random.integer(1...place), of: place) {
                conditions.append(Pair(order[earlier], order[place]))
            }
        }
        return Problem(
            count: count, referenceAnswer: order.spaced, conditions: conditions.shuffled(using: &random))
    }

    func prompt(for problem: Problem) -> String {
        """
        Put the numbers 0 to \(problem.count - 1) in an order in which
        \(problem.conditions.map { "\($0.first) comes before \($0.second)" }.joined(separator: "\n"))
        Answer with all the numbers in that order, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 not each number once, else (share of conditions that hold)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let order = answer.integers else { return -1 }
        guard isPermutation(order, of: problem.count) else { return -0.5 }
        let places = inverse(of: order)
        let right = problem.conditions.count { places[$0.first] < places[$0.second] }
        return share(right, of: problem.conditions.count, exponent: 10)
    }
}
