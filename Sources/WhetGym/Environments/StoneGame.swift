import WhetCore
import WhetEnvironments

/// Who wins the game of splitting heaps of stones evenly.
struct StoneGame: ProceduralEnvironment {
    static let name = "StoneGame"
    static let summary = "Who wins the game of splitting heaps of stones evenly"
    static let maximumLevel = 25

    struct Problem: Codable, Sendable {
        let maximumSum: Int
        let referenceAnswer: String
        let heapCount: Int
        let heaps: [Int]
        let least: Int

        enum CodingKeys: String, CodingKey {
            case maximumSum = "MAX_SUM"
            case referenceAnswer = "reference_answer"
            case heapCount = "N"
            case heaps = "Stones"
            case least = "F"
        }
    }

    init() {}

    /// Up to 5 stones at level 0, each level a fifth more, and one; either player wins half the problems.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 5, level: level, factor: 1.2, plus: 1)
        let firstWins = random.chance(0.5)
        while true {
            let sum = random.integer(2...maximum)
            let count = random.integer(1...min(sum / 2, 100))
            let heaps = random.parts(count, of: sum)
            let largest = heaps.max() ?? 0
            let least = random.integer(1...largest + 1)
            let values = Self.values(upTo: largest, least: least)
            if (heaps.reduce(0) { $0 ^ values[$1] } != 0) == firstWins {
                return Problem(
                    maximumSum: maximum, referenceAnswer: GamePlayers.winner(firstWins: firstWins), heapCount: count,
                    heaps: heaps, least: least)
            }
        }
    }

    /// The Sprague–Grundy value of a heap of each size.
    private static func values(upTo largest: Int, least: Int) -> [Int] {
        var values = [Int](repeating: 0, count: largest + 1)
        for size in stride(from: max(least, 2), through: largest, by: 1) {
            var reached: Set<Int> = []
            var parts = 2
            while parts <= size {
                let small = size / parts
                let end = size / small
                // Equal heaps cancel in pairs, so that only whether their numbers are odd counts; two counts of parts
                // with the same size of heaps show both cases.
                for parts in parts...min(parts + 1, end) {
                    let larger = size % parts
                    let smaller = parts - larger
                    reached.insert((larger % 2 == 1 ? values[small + 1] : 0) ^ (smaller % 2 == 1 ? values[small] : 0))
                }
                parts = end + 1
            }
            while reached.contains(values[size]) { values[size] += 1 }
        }
        return values
    }

    func prompt(for problem: Problem) -> String {
        """
        There are heaps of stones: \(problem.heaps.spaced). Stan and Ollie take turns, Stan first. Whose turn it is \
        takes a heap of at least \(problem.least) stones and splits it into two or more heaps whose sizes differ by at \
        most one. Who can do so no longer loses. Both play as well as can be. Who wins? Answer with one word, Stan or \
        Ollie.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −0.5 neither name, 0 the wrong one, 1 the right one.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        GamePlayers.score(answer, winner: problem.referenceAnswer)
    }
}
