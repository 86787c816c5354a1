import WhetCore
import WhetEnvironments

/// Push every box onto a goal; boxes cannot be pulled.
///
/// Every puzzle was solved when it was made, with the fewest pushes: the player follows that solution, and solves anew
/// where it is asked from elsewhere.
struct Sokoban: InteractiveEnvironment {
    static let name = "Sokoban"
    static let summary = "Push every box onto a goal"
    /// A room's side within its walls, its boxes, and how many pushes it takes at least.
    private static let rooms: [(side: Int, boxes: Int, pushes: Int)] = [
        (4, 1, 2), (4, 1, 4), (5, 1, 6), (5, 2, 6), (5, 2, 9), (6, 2, 11), (6, 3, 12), (7, 3, 14),
    ]
    static var maximumLevel: Int { rooms.count - 1 }

    struct Problem: Codable, Hashable, Sendable {
        /// `#` wall, `-` floor, `.` goal, `$` box, `*` box on a goal, `@` player, `+` player on a goal.
        let map: [String]
        /// The moves of a solution, by their first letters.
        let solution: String
        /// How many moves there are.
        let limit: Int
    }

    struct State: Sendable {
        let problem: Problem
        let room: SokobanRoom
        var position: SokobanPosition
        var moves = 0
        /// Whether all moves so far are the solution's.
        var followsSolution = true

        var isSolved: Bool { position.boxes == room.goals }
        /// A box stands where it can never be pushed to a goal.
        var isStuck: Bool { position.boxes & ~room.live != 0 }
    }

    init() {}

    func problem(level: Int, random: inout RandomStream) -> Problem {
        let (side, boxes, pushes) = Self.rooms[level]
        let puzzle = SokobanGenerator(side: side, boxes: boxes, minimumPushes: pushes).puzzle(random: &random)
        let moves = puzzle.solution.moves
        return Problem(
            map: SokobanMap.lines(puzzle.room, puzzle.position),
            solution: moves.map { "\($0.name.prefix(1))" }.joined(), limit: 2 * moves.count + 10)
    }

    func start(of problem: Problem) throws -> State {
        guard let (room, position) = SokobanMap.read(problem.map), position.boxes != room.goals,
            1...100_000 ~= problem.limit
        else {
            throw WhetError.unplayable(
                "the map is not a room with one player and as many boxes as goals", in: Self.name)
        }
        return State(problem: problem, room: room, position: position)
    }

    func rules(of state: State) -> String {
        """
        Solve this Sokoban puzzle: push every box onto a goal. # is a wall, - floor, . a goal, $ a box, * a box on a \
        goal, @ you, + you on a goal. Move up, down, left or right, a cell a move. You push a box by walking into it \
        if the cell behind it is free; you cannot pull, nor push two at once. A box that is pushed where it can \
        never reach a goal loses the game. You have \(state.problem.limit) moves.
        """
    }

    func observation(of state: State) -> String {
        let map = SokobanMap.lines(state.room, state.position).joined(separator: "\n")
        return "\(map)\nMoves left: \(state.problem.limit - state.moves)."
    }

    func legalMoves(in state: State) -> [String] {
        Direction.allCases.filter { moved(state, $0) != nil }.map(\.name)
    }

    /// The position after a step; nil if a wall or box is in the way.
    private func moved(_ state: State, _ direction: Direction) -> SokobanPosition? {
        let room = state.room
        let position = state.position
        let next = room.moved(position.player, direction)
        guard next != 0 else { return nil }
        guard position.boxes & next != 0 else { return SokobanPosition(boxes: position.boxes, player: next) }
        let beyond = room.moved(next, direction)
        guard beyond != 0, position.boxes & beyond == 0 else { return nil }
        return SokobanPosition(boxes: position.boxes ^ next ^ beyond, player: next)
    }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard let direction = Direction(move) else { return .illegal("a move is \(Direction.words)") }
        guard let next = moved(state, direction) else {
            let isBox = state.room.moved(state.position.player, direction) & state.position.boxes != 0
            return .illegal(isBox ? "that box cannot be pushed \(direction.name)" : "there is a wall \(direction.name)")
        }
        let due = state.problem.solution.utf8.dropFirst(state.moves).first
        state.followsSolution = state.followsSolution && due == direction.name.utf8.first
        state.position = next
        state.moves += 1
        return .played("")
    }

    func isOver(_ state: State) -> Bool {
        state.isSolved || state.isStuck || state.moves >= state.problem.limit
    }

    /// 1 solved, else half the share of boxes on goals.
    func score(of state: State) -> Score {
        let home = (state.position.boxes & state.room.goals).nonzeroBitCount
        let count = state.room.goals.nonzeroBitCount
        let reason =
            state.isSolved ? "solved" : "\(home) of \(count) boxes on goals\(state.isStuck ? ", one beyond reach" : "")"
        return .puzzle(
            isSolved: state.isSolved, progress: Double(home) / Double(count),
            parts: [
                .measure("moves", state.moves),
                .measure("moves_over_solution", max(0, state.moves - state.problem.solution.utf8.count)),
            ], reason: reason)
    }

    func nextMove(in state: State) -> String? {
        if state.followsSolution, let letter = state.problem.solution.dropFirst(state.moves).first,
            let direction = Direction(String(letter))
        {
            return direction.name
        }
        return SokobanSolver(room: state.room, limit: 200_000).solution(from: state.position)?.moves.first?.name
    }
}
