import WhetCore
import WhetEnvironments

/// Choose sets so that each item is in exactly one of them.
struct SetCover: ProceduralEnvironment {
    static let name = "SetCover"
    static let summary = "Choose sets so that each item is in exactly one of them"

    struct Problem: Codable, Sendable {
        let count: Int
        let sets: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case sets = "Sets"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Three items at level 0, one more a level; up to twice as many sets.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let setCount = random.integer(3...2 * count)
        let coverCount = random.integer(2...setCount - 1)
        var cover = [[Int]](repeating: [], count: coverCount)
        for item in 0..<count { cover[random.integer(0...coverCount - 1)].append(item) }
        let others = (coverCount..<setCount).map { _ in
            let rate = random.unit()
            return (0..<count).filter { _ in random.chance(rate) }
        }
        let all = (cover.map { ($0, true) } + others.map { ($0, false) }).filter { !$0.0.isEmpty }.shuffled(
            using: &random)
        return Problem(
            count: count, sets: all.map(\.0), referenceAnswer: all.indices.filter { all[$0].1 }.spaced)
    }

    func prompt(for problem: Problem) -> String {
        let lines = problem.sets.enumerated().map { "set \($0.offset): \($0.element.spaced)" }
        return """
            These sets hold items from 0 to \(problem.count - 1):
            \(lines.joined(separator: "\n"))
            Choose sets such that each item from 0 to \(problem.count - 1) is in exactly one of those chosen. Answer \
            with the numbers of the sets that you choose, on one line, separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a set that there is not or an item twice, else (share of items covered)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let chosen = answer.integers else { return -1 }
        var isChosen = [Bool](repeating: false, count: problem.sets.count)
        var isCovered = [Bool](repeating: false, count: problem.count)
        var covered = 0
        for set in chosen {
            guard isChosen.indices ~= set else { return -0.5 }
            // A set named twice counts once.
            if isChosen[set] { continue }
            isChosen[set] = true
            for item in problem.sets[set] where isCovered.indices ~= item {
                if isCovered[item] { return -0.5 }
                isCovered[item] = true
                covered += 1
            }
        }
        return share(covered, of: problem.count, exponent: 10)
    }
}
