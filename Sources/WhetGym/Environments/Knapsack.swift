import WhetCore
import WhetEnvironments

/// The most valuable choice of items that is not too heavy.
struct Knapsack: ProceduralEnvironment {
    static let name = "Knapsack"
    static let summary = "The most valuable choice of items that is not too heavy"

    struct Problem: Codable, Sendable {
        let count: Int
        let weights, values: [Int]
        let capacity: Int
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case weights = "W"
            case values = "V"
            case capacity = "W_max"
            case goldAnswer = "gold_answer"
        }
    }

    init() {}

    /// Three items at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let weights = (0..<count).map { _ in random.integer(1...count) }
        let values = weights.map { random.integer(1...2 * $0) }
        let capacity = random.integer((weights.min() ?? 0)...weights.reduce(0, +))
        let best = Self.best(weights, values, capacity)
        return Problem(count: count, weights: weights, values: values, capacity: capacity, goldAnswer: best.value)
    }

    /// The most value for each number of items and each weight, one after the other.
    private static func best(_ weights: [Int], _ values: [Int], _ capacity: Int) -> (value: Int, items: [Int]) {
        var tables = [[Int](repeating: 0, count: capacity + 1)]
        for (weight, value) in zip(weights, values) {
            let last = tables[tables.count - 1]
            var table = last
            for total in stride(from: weight, through: capacity, by: 1) {
                table[total] = max(last[total], last[total - weight] + value)
            }
            tables.append(table)
        }
        var items: [Int] = []
        var rest = capacity
        for item in weights.indices.reversed() where tables[item + 1][rest] != tables[item][rest] {
            items.append(item)
            rest -= weights[item]
        }
        return (tables[weights.count][capacity], items.reversed())
    }

    func prompt(for problem: Problem) -> String {
        let lines = (0..<problem.count).map { "item \($0): weight \(problem.weights[$0]), value \(problem.values[$0])" }
        return """
            Choose among these items, each at most once:
            \(lines.joined(separator: "\n"))
            Together they may weigh at most \(problem.capacity), and should be worth as much as possible. Answer with \
            the numbers of the items that you choose, on one line, separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? {
        Self.best(problem.weights, problem.values, problem.capacity).items.spaced
    }

    /// −1 unreadable, −0.5 items that there are not, twice the same or too heavy, else (value ÷ best)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let items = answer.integers else { return -1 }
        guard areDistinct(items, below: problem.count) else { return -0.5 }
        var weight = 0
        var value = 0
        for item in items {
            weight += problem.weights[item]
            value += problem.values[item]
        }
        guard weight <= problem.capacity else { return -0.5 }
        return share(value, of: problem.goldAnswer, exponent: 5)
    }
}
