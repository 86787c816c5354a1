import WhetCore
import WhetEnvironments

/// Results of a tournament that give everyone the points that they have.
struct RoundRobin: ProceduralEnvironment {
    static let name = "RoundRobin"
    static let summary = "Results of a tournament that give everyone the points that they have"

    struct Problem: Codable, Sendable {
        let count: Int
        let points: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case count = "N"
            case points = "W"
            case referenceAnswer = "reference_answer"
        }
    }

    private static let zero = UInt8(ascii: "0")

    init() {}

    /// Three players at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let count = 3 + level
        let tieRate = random.unit()
        var results = [UInt8](repeating: Self.zero, count: count * count)
        for i in 0..<count {
            for j in i + 1..<count {
                let result: UInt8 = random.chance(tieRate) ? 1 : random.chance(0.5) ? 2 : 0
                results[i * count + j] = Self.zero + result
                results[j * count + i] = Self.zero + 2 - result
            }
        }
        return Problem(
            count: count, points: Self.points(results, count),
            referenceAnswer: results.lines(columns: count).joined(separator: "\n"))
    }

    /// Three for a win, one for a tie.
    private static func points(_ results: [UInt8], _ count: Int) -> [Int] {
        (0..<count).map { row in
            results[row * count..<(row + 1) * count].reduce(0) { $0 + [0, 1, 3][Int($1 - zero)] }
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        \(problem.count) players, numbered from 0, each played once against each other. A win gave 3 points, a tie 1 \
        and a loss none. In the end they had these points, player 0 first: \(problem.points.spaced)
        Find results that lead to them. Answer with \(problem.count) lines, one a player, of \(problem.count) digits \
        and nothing between them: the digit at place j of line i is 2 if i beat j, 1 if they tied, 0 if i lost or i is \
        j.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such table, −0.5 results that contradict each other, else (share of players with the right points)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let count = problem.count
        guard let results = answer.grid(rows: count, columns: count),
            results.allSatisfy({ $0 &- Self.zero < 3 })
        else { return -1 }
        for i in 0..<count {
            guard results[i * count + i] == Self.zero else { return -0.5 }
            for j in 0..<i where results[i * count + j] - Self.zero + results[j * count + i] - Self.zero != 2 {
                return -0.5
            }
        }
        return shareOfMatches(Self.points(results, count), problem.points, exponent: 5)
    }
}
