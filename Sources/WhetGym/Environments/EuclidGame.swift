import WhetCore
import WhetEnvironments

/// Who wins the game of subtracting multiples of one number from the other.
struct EuclidGame: ProceduralEnvironment {
    static let name = "EuclidGame"
    static let summary = "Who wins the game of subtracting multiples of one number from the other"

    struct Problem: Codable, Sendable {
        let maximum: Int
        let referenceAnswer: String
        let x, y: Int

        enum CodingKeys: String, CodingKey {
            case maximum = "MAX_X_Y"
            case referenceAnswer = "reference_answer"
            case x = "X"
            case y = "Y"
        }
    }

    init() {}

    /// Numbers of up to 16 at level 0, twice as large each level; either player wins half the problems.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 16 << level
        let firstWins = random.chance(0.5)
        while true {
            let x = random.integer(1...maximum)
            let y = random.integer(1...maximum)
            if Self.moverWins(max(x, y), min(x, y)) == firstWins {
                return Problem(
                    maximum: maximum, referenceAnswer: GamePlayers.winner(firstWins: firstWins), x: x, y: y)
            }
        }
    }

    /// A quotient other than 1 leaves the mover a choice, which wins; else the move is forced.
    private static func moverWins(_ larger: Int, _ smaller: Int) -> Bool {
        var (larger, smaller) = (larger, smaller)
        var isFirst = true
        while smaller != 0 {
            if larger / smaller != 1 { return isFirst }
            (larger, smaller) = (smaller, larger - smaller)
            isFirst.toggle()
        }
        return !isFirst
    }

    func prompt(for problem: Problem) -> String {
        """
        Two numbers lie on the table: \(problem.x) and \(problem.y). Stan and Ollie take turns, Stan first. Whose turn \
        it is subtracts from one number a multiple (at least once) of the other, and may not go below zero. Who turns \
        a number into zero wins. Both play as well as can be. Who wins? Answer with one word, Stan or Ollie.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −0.5 neither name, 0 the wrong one, 1 the right one.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        GamePlayers.score(answer, winner: problem.referenceAnswer)
    }
}
