import WhetCore
import WhetEnvironments

/// Three in a row against an opponent that looks as far ahead as the level says.
///
/// The opponent is a minimax search of that depth; among equally good moves the problem's seed chooses. The player
/// knows the whole game and never loses; of equal moves it takes the one that leaves the opponent most ways to err.
struct TicTacToe: InteractiveEnvironment {
    static let name = "TicTacToe"
    static let summary = "Three in a row against an opponent that seldom errs"
    /// How many moves ahead the opponent sees: none (it moves at random) … all.
    private static let depths = [0, 1, 2, 3, 4, 9]
    static var maximumLevel: Int { depths.count - 1 }
    /// The player never loses; whether it wins lies with the opponent.
    static let claims = EnvironmentClaims(.chance(worst: 0, mean: 0), rewards: -1...1, secrets: ["seed"])

    struct Problem: DuelProblem, Codable, Hashable, Sendable {
        let depth: Int
        /// Whether the opponent makes the first move.
        let opponentStarts: Bool
        /// Chooses among the opponent's equal moves.
        let seed: Int

        enum CodingKeys: String, CodingKey {
            case depth
            case opponentStarts = "opponent_starts"
            case seed
        }
    }

    struct State: Duel, Sendable {
        let problem: Problem
        var board: ThreeInARow
        var moves = 0
    }

    init() {}

    func problem(level: Int, random: inout RandomStream) -> Problem {
        Problem(depth: Self.depths[level], opponentStarts: random.chance(0.5), seed: random.seed())
    }

    func start(of problem: Problem) throws -> State {
        guard 0...9 ~= problem.depth else {
            throw WhetError.unplayable("there is no depth \(problem.depth)", in: Self.name)
        }
        var state = State(problem: problem, board: ThreeInARow())
        if problem.opponentStarts { state.reply() }
        return state
    }

    func rules(of state: State) -> String {
        """
        Play tic-tac-toe against an opponent. You are \(state.problem.opponentStarts ? "O" : "X") and \
        \(state.problem.opponentStarts ? "the opponent, X, has begun" : "begin"). Who first has three in a row, a \
        column or a diagonal wins. A number stands for an empty cell; to move, give the number of one.
        """
    }

    func observation(of state: State) -> String {
        let (mine, theirs) = state.problem.opponentStarts ? ("O", "X") : ("X", "O")
        let cells = (0..<9).map { cell in
            state.board.own >> cell & 1 == 1 ? mine : state.board.other >> cell & 1 == 1 ? theirs : "\(cell + 1)"
        }
        return cells.rows(of: 3).map { $0.joined(separator: " ") }.joined(separator: "\n")
    }

    func legalMoves(in state: State) -> [String] { state.board.empty.map { "\($0 + 1)" } }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard let number = Int(move), 1...9 ~= number else { return .illegal("a move is a number from 1 to 9") }
        guard state.board.isEmpty(number - 1) else { return .illegal("cell \(number) is taken") }
        return .played(state.play(number - 1).map { "The opponent takes cell \($0 + 1)." } ?? "")
    }

    func isOver(_ state: State) -> Bool { state.outcome != nil }

    /// Solved if won, or drawn with an opponent that stops a win where it can: good play does no better for sure.
    func score(of state: State) -> Score {
        let outcome = state.outcome
        return .duel(
            outcome, isSolved: outcome == .won || outcome == .drawn && state.problem.depth > 1, moves: state.moves)
    }

    func nextMove(in state: State) -> String? {
        let moves = state.board.bestMoves(depth: 9)
        return moves.max { state.board.traps(after: $0) < state.board.traps(after: $1) }.map { "\($0 + 1)" }
    }
}
