import WhetCore
import WhetEnvironments

/// The most valuable part of a list that does not fall.
struct WeightedLIS: ProceduralEnvironment {
    static let name = "WeightedLIS"
    static let summary = "The most valuable part of a list that does not fall"

    struct Problem: Codable, Sendable {
        let count: Int
        let heights, values: [Int]
        let goldAnswer: Int

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case heights = "arrayA"
            case values = "arrayB"
            case goldAnswer = "gold_answer"
        }
    }

    init() {}

    /// Four places at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let heights = (0..<count).map { _ in random.integer(0...count) }
        let values = (0..<count).map { _ in random.integer(1...count) }
        return Problem(
            count: count, heights: heights, values: values, goldAnswer: Self.best(heights, values).value)
    }

    /// For each place the most that a choice which ends there is worth, and the place before it.
    private static func best(_ heights: [Int], _ values: [Int]) -> (value: Int, places: [Int]) {
        var totals = values
        var previous = [Int](repeating: -1, count: values.count)
        for place in values.indices {
            for earlier in 0..<place
            where heights[earlier] <= heights[place] && totals[earlier] + values[place] > totals[place] {
                totals[place] = totals[earlier] + values[place]
                previous[place] = earlier
            }
        }
        let most = totals.max() ?? 0
        return (most, chain(to: totals.firstIndex(of: most) ?? -1, previous))
    }

    func prompt(for problem: Problem) -> String {
        let lines = (0..<problem.count).map {
            "place \($0): height \(problem.heights[$0]), value \(problem.values[$0])"
        }
        return """
            Choose some of these places, in their order from top to bottom, such that the heights never fall from one \
            chosen place to the next and the values add up to as much as possible:
            \(lines.joined(separator: "\n"))
            Answer with the numbers of the places that you choose, in increasing order, on one line, separated by \
            spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? {
        Self.best(problem.heights, problem.values).places.spaced
    }

    /// −1 unreadable, −0.5 no such choice, else (its value ÷ most)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let places = answer.integers else { return -1 }
        var total = 0
        for (index, place) in places.enumerated() {
            guard problem.values.indices ~= place else { return -0.5 }
            if index > 0 {
                let before = places[index - 1]
                guard before < place, problem.heights[before] <= problem.heights[place] else { return -0.5 }
            }
            total += problem.values[place]
        }
        return share(total, of: problem.goldAnswer, exponent: 5)
    }
}
