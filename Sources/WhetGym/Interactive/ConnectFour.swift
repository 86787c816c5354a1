import WhetCore
import WhetEnvironments

/// Connect Four on 6 rows and 7 columns, against an opponent that looks as many moves ahead as the level says.
///
/// The opponent is a minimax search of that depth; among equally good moves the problem's seed chooses. A few discs
/// that were dropped at random stand on the board from the start, so that games differ, and some cannot be won. The
/// player searches at least four moves deeper than the opponent: good, but not the game's known perfect play.
struct ConnectFour: InteractiveEnvironment {
    static let name = "ConnectFour"
    static let summary = "Four in a row against an opponent that thinks ahead"
    /// The opponent sees as many moves ahead as the level says; at level 0 it moves at random.
    static let maximumLevel = 6
    /// The player may be beaten: some openings cannot be won.
    static let claims = EnvironmentClaims(.chance(mean: 0.2), rewards: -1...1, secrets: ["seed"])

    struct Problem: DuelProblem, Codable, Hashable, Sendable {
        let depth: Int
        /// The columns, from 0, into which discs were dropped by turns before the game, the policy's first.
        let opening: [Int]
        /// Whether the opponent moves first.
        let opponentStarts: Bool
        /// Chooses among the opponent's equal moves.
        let seed: Int

        enum CodingKeys: String, CodingKey {
            case depth, opening
            case opponentStarts = "opponent_starts"
            case seed
        }
    }

    struct State: Duel, Sendable {
        let problem: Problem
        var board: FourInARow
        var moves = 0
    }

    init() {}

    /// Two discs of either side at random, such that neither wins within the next four moves.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let opponentStarts = random.chance(0.5)
        while true {
            let opening = (0..<4).map { _ in random.integer(0...FourInARow.columns - 1) }
            let board = opening.reduce(FourInARow()) { $0.after($1) }
            guard !board.isDecided(within: 4), !board.turned.isDecided(within: 4) else { continue }
            return Problem(depth: level, opening: opening, opponentStarts: opponentStarts, seed: random.seed())
        }
    }

    func start(of problem: Problem) throws -> State {
        guard 0...Self.maximumLevel ~= problem.depth else {
            throw WhetError.unplayable("there is no depth \(problem.depth)", in: Self.name)
        }
        var board = FourInARow()
        for column in problem.opening {
            guard 0..<FourInARow.columns ~= column, board.isOpen(column), !board.otherWins else {
                throw WhetError.unplayable("the opening cannot be played", in: Self.name)
            }
            board = board.after(column)
        }
        guard problem.opening.count % 2 == 0, problem.opening.count < 36, !board.otherWins else {
            throw WhetError.unplayable("the opening is no start of a game", in: Self.name)
        }
        var state = State(problem: problem, board: board)
        if problem.opponentStarts { state.reply() }
        return state
    }

    func rules(of state: State) -> String {
        """
        Play Connect Four against an opponent: you are X, the opponent is O, some discs are on the board already, \
        and it is your turn. A disc dropped into a column falls to the lowest empty cell of it. Who first has four \
        in a row, a column or a diagonal wins. To move, give the number of a column that is not full, 1 to 7 from \
        the left.
        """
    }

    func observation(of state: State) -> String {
        var lines: [String] = []
        for row in (0..<FourInARow.rows).reversed() {
            let cells = (0..<FourInARow.columns).map { column in
                let bit = UInt64(7 * column + row)
                return state.board.own >> bit & 1 == 1 ? "X" : state.board.other >> bit & 1 == 1 ? "O" : "."
            }
            lines.append(cells.joined(separator: " "))
        }
        return (lines + [(1...FourInARow.columns).spaced]).joined(separator: "\n")
    }

    func legalMoves(in state: State) -> [String] { state.board.open.map { "\($0 + 1)" } }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard let number = Int(move), 1...FourInARow.columns ~= number else {
            return .illegal("a move is the number of a column, 1 to 7")
        }
        guard state.board.isOpen(number - 1) else { return .illegal("column \(number) is full") }
        return .played(state.play(number - 1).map { "The opponent drops into column \($0 + 1)." } ?? "")
    }

    func isOver(_ state: State) -> Bool { state.outcome != nil }

    /// Solved if won.
    func score(of state: State) -> Score {
        .duel(state.outcome, isSolved: state.outcome == .won, moves: state.moves)
    }

    /// How far the player looks: further as the board fills, because the end decides and there are fewer moves.
    private static func depth(of state: State) -> Int {
        max(8, state.problem.depth + 4) + max(0, state.board.count - 14) / 2
    }

    func nextMove(in state: State) -> String? {
        state.board.bestMoves(depth: Self.depth(of: state), weighsThreats: true).first.map { "\($0 + 1)" }
    }
}
