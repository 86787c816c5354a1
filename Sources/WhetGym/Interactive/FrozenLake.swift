import WhetCore
import WhetEnvironments

/// Over a frozen lake to the goal, round the holes, on ice that may carry one sideways.
///
/// The map is known; the slips are not. The player does what makes it likeliest to arrive within the moves that are
/// left, and is as surprised by a slip as the policy.
struct FrozenLake: InteractiveEnvironment {
    static let name = "FrozenLake"
    static let summary = "Cross slippery ice without falling into a hole"
    static let maximumLevel = 10
    /// Nobody knows when the ice carries one into a hole.
    static let claims = EnvironmentClaims(.chance(worst: 0, mean: 0.4), rewards: -1...1, secrets: ["seed"])

    struct Problem: Codable, Hashable, Sendable {
        /// `S` start, `.` ice, `O` hole, `G` goal; a row a line.
        let map: [String]
        /// How often of 100 moves one slips, half of them to either side.
        let slip: Int
        /// How many moves there are.
        let limit: Int
        /// Draws the slips.
        let seed: Int
    }

    struct State: Sendable {
        let problem: Problem
        let lake: Lake
        var cell: Int
        var moves = 0

        var isHome: Bool { cell == lake.goal }
        var hasFallen: Bool { lake.isHole[cell] }
    }

    init() {}

    /// Sides of 4 cells and one more every second level, 15 in 100 holes; from level 2 on slippery, 5 in 100
    /// more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = 4 + level / 2
        let slip = 5 * max(0, level - 1)
        while true {
            var map = (0..<side * side).map { _ in random.chance(0.15) ? Lake.hole : Lake.ice }
            let ends = random.sample(2, of: map.count)
            map[ends[0]] = Lake.startMark
            map[ends[1]] = Lake.goalMark
            let rows = map.lines(columns: side)
            guard let lake = Lake(rows), lake.distances[lake.start] >= side else { continue }
            return Problem(
                map: rows, slip: slip, limit: 2 * lake.distances[lake.start] + side + slip, seed: random.seed())
        }
    }

    func start(of problem: Problem) throws -> State {
        guard let lake = Lake(problem.map), 0...100 ~= problem.slip, 1...100_000 ~= problem.limit else {
            throw WhetError.unplayable("the lake has no way from one S to one G", in: Self.name)
        }
        return State(problem: problem, lake: lake, cell: lake.start)
    }

    func rules(of state: State) -> String {
        let problem = state.problem
        let slip =
            problem.slip == 0
            ? "The ice is not slippery."
            : """
            The ice is slippery: \(problem.slip) times in 100 you go a quarter turn to the left or right of where you \
            meant to, either as likely.
            """
        return """
            Cross a frozen lake from S to the goal G over ice (.), without falling into a hole (O):
            \(problem.map.joined(separator: "\n"))
            Move up, down, left or right, a cell a move; at the edge of the lake you stay where you are. \(slip) You \
            have \(problem.limit) moves.
            """
    }

    func observation(of state: State) -> String {
        let (row, column) = state.cell.quotientAndRemainder(dividingBy: state.lake.shape.columns)
        let left = state.problem.limit - state.moves
        return "You are in row \(row + 1), column \(column + 1) (from the top left). Moves left: \(left)."
    }

    func legalMoves(in state: State) -> [String] { Direction.allCases.map(\.name) }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard let meant = Direction(move) else { return .illegal("a move is \(Direction.words)") }
        var random = RandomStream(game: state.problem.seed, "slip", move: state.moves)
        let draw = random.integer(0...199)
        let slip = state.problem.slip
        let taken = draw < slip ? meant.turned(1) : draw < 2 * slip ? meant.turned(3) : meant
        state.moves += 1
        let next = state.lake.shape.neighbor(of: state.cell, taken)
        state.cell = next ?? state.cell
        let slipped = taken == meant ? "" : "You slip and go \(taken.name)."
        let stopped = next == nil ? "The edge of the lake stops you." : ""
        return .played([slipped, stopped].filter { !$0.isEmpty }.joined(separator: " "))
    }

    func isOver(_ state: State) -> Bool {
        state.isHome || state.hasFallen || state.moves >= state.problem.limit
    }

    /// 1 at the goal, 0 in a hole, else half the share of the way that was covered.
    func score(of state: State) -> Score {
        let whole = state.lake.distances[state.lake.start]
        let rest = state.lake.distances[state.cell]
        let progress = state.hasFallen ? 0 : Double(whole - rest) / Double(whole)
        let reason =
            state.isHome ? "reached the goal" : state.hasFallen ? "fell into a hole" : "\(rest) steps from the goal"
        return .puzzle(
            isSolved: state.isHome, progress: progress,
            parts: [
                .measure("moves", state.moves), .measure("moves_over_shortest", max(0, state.moves + rest - whole)),
            ], reason: reason)
    }

    func nextMove(in state: State) -> String? {
        state.lake.bestMove(from: state.cell, moves: state.problem.limit - state.moves, slip: state.problem.slip)?.name
    }
}
