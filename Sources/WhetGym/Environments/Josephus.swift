import WhetCore
import WhetEnvironments

/// In what order people leave a circle when every m-th goes.
struct Josephus: ProceduralEnvironment {
    static let name = "Josephus"
    static let summary = "In what order people leave a circle when every m-th goes"

    struct Problem: Codable, Sendable {
        let maximum, count, step: Int
        let goldAnswer: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_N"
            case count = "N"
            case step = "M"
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Three people at level 0, each level a tenth more at most, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let count = random.integer(3...maximum)
        let step = random.integer(2...count)
        var circle = Array(1...count)
        var order: [Int] = []
        order.reserveCapacity(count)
        var position = 0
        while !circle.isEmpty {
            position = (position + step - 1) % circle.count
            order.append(circle.remove(at: position))
        }
        return Problem(
            maximum: maximum, count: count, step: step, goldAnswer: order, referenceAnswer: order.spaced)
    }

    func prompt(for problem: Problem) -> String {
        """
        \(problem.count) people, numbered 1 to \(problem.count), stand in a circle and count aloud in turn, from 1, \
        beginning with person 1. Whoever says \(problem.step) leaves, and the next in the circle begins at 1 again, \
        until nobody is left. In what order do they leave? Answer with their numbers on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 not everybody once, else (share in the right place)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let order = answer.integers else { return -1 }
        // 0 stands for nobody.
        guard order.count == problem.count, areDistinct(order, below: problem.count + 1), !order.contains(0) else {
            return -0.5
        }
        return shareOfMatches(order, problem.goldAnswer)
    }
}
