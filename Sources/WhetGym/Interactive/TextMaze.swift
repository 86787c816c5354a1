import WhetCore
import WhetEnvironments

/// Out of a maze of which one sees only the room one stands in, or, at the price of a move, looks along its ways.
///
/// The player knows what the policy was told and no more: it goes to the nearest room where it has not been.
struct TextMaze: InteractiveEnvironment {
    static let name = "TextMaze"
    static let summary = "Find the way out of a maze that is seen a room at a time"
    static let maximumLevel = 9

    struct Problem: Codable, Hashable, Sendable {
        /// Rooms in a row.
        let width: Int
        /// For each room, row by row, the sum of 1 for a way north, 2 east, 4 south, 8 west.
        let ways: [Int]
        let start: Int
        let exit: Int
        /// How many moves there are.
        let limit: Int
    }

    struct State: Sendable {
        let problem: Problem
        let plan: MazePlan
        /// Every room in which one stood, in order.
        var trail: [Int]
        var moves = 0

        var room: Int { trail[trail.count - 1] }
        var isOut: Bool { room == problem.exit }
    }

    init() {}

    /// Three rooms by three at level 0, one more either way a level; a tenth of the rooms has a way more than needed.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = 3 + level
        let plan = MazePlan(width: side, height: side, loops: side * side / 10, random: &random)
        while true {
            let ends = random.sample(2, of: side * side)
            guard plan.distances(from: ends[1])[ends[0]] >= side - 1 else { continue }
            return Problem(width: side, ways: plan.ways, start: ends[0], exit: ends[1], limit: 2 * side * side)
        }
    }

    func start(of problem: Problem) throws -> State {
        guard let plan = MazePlan(width: problem.width, ways: problem.ways),
            problem.ways.indices.contains(problem.start), problem.ways.indices.contains(problem.exit),
            problem.start != problem.exit, 1...100_000 ~= problem.limit
        else {
            throw WhetError.unplayable("the ways are no maze with a start and an exit", in: Self.name)
        }
        return State(problem: problem, plan: plan, trail: [problem.start])
    }

    func rules(of state: State) -> String {
        """
        You are in a maze of square rooms, \(state.plan.shape.rows) rows of \(state.plan.shape.columns), and do not \
        know where in it. Find the room with the exit. In each room you are told in which directions ways lead on. \
        Move north, east, south or west, a room a move, or look to see how far the ways lead straight on from where \
        you are, which counts as a move, too. You have \(state.problem.limit) moves.
        """
    }

    func observation(of state: State) -> String {
        let ways = state.plan.directions(from: state.room).map(\.compassName).joined(separator: ", ")
        return "Ways lead \(ways). Moves left: \(state.problem.limit - state.moves)."
    }

    func legalMoves(in state: State) -> [String] {
        state.plan.directions(from: state.room).map(\.compassName) + ["look"]
    }

    func play(_ move: String, in state: inout State) -> GameStep {
        if move == "look" {
            state.moves += 1
            return .played(view(state))
        }
        guard let direction = Direction(compass: move) else {
            return .illegal("a move is north, east, south, west or look")
        }
        guard let next = state.plan.next(state.room, direction) else {
            return .illegal("there is a wall to the \(direction.compassName)")
        }
        state.moves += 1
        state.trail.append(next)
        return .played("You go \(direction.compassName).")
    }

    /// What is seen along the ways from a room.
    private func view(_ state: State) -> String {
        let lines = state.plan.directions(from: state.room).map { direction in
            var room = state.room
            var steps = 0
            var sights: [String] = []
            while let next = state.plan.next(room, direction) {
                room = next
                steps += 1
                if room == state.problem.exit { sights.append("the exit after \(steps)") }
                for side in [direction.turned(3), direction.turned(1)] where state.plan.next(room, side) != nil {
                    sights.append("a way \(side.compassName) after \(steps)")
                }
            }
            let length = steps == 1 ? "1 room" : "\(steps) rooms"
            return "Looking \(direction.compassName): \(([length] + sights).joined(separator: ", "))."
        }
        return lines.joined(separator: "\n")
    }

    func isOver(_ state: State) -> Bool { state.isOut || state.moves >= state.problem.limit }

    /// 1 at the exit, else half the share of the way that was covered.
    func score(of state: State) -> Score {
        let distances = state.plan.distances(from: state.problem.exit)
        let whole = distances[state.problem.start]
        let rest = distances[state.room]
        return .puzzle(
            isSolved: state.isOut, progress: Double(whole - rest) / Double(whole),
            parts: [
                .measure("moves", state.moves), .measure("moves_over_shortest", max(0, state.moves + rest - whole)),
            ], reason: state.isOut ? "found the exit" : "\(rest) rooms from the exit")
    }

    func nextMove(in state: State) -> String? {
        let visited = Set(state.trail)
        // Breadth first over rooms that were visited, to the nearest that was not.
        var queue: [(room: Int, first: Direction?)] = [(state.room, nil)]
        var seen: Set<Int> = [state.room]
        var head = 0
        while head < queue.count {
            let (room, first) = queue[head]
            head += 1
            guard visited.contains(room) else { return first?.compassName }
            for direction in state.plan.directions(from: room) {
                guard let next = state.plan.next(room, direction), seen.insert(next).inserted else { continue }
                queue.append((next, first ?? direction))
            }
        }
        return nil
    }
}
