import WhetCore

/// Makes Sokoban puzzles backwards: boxes on their goals, pulled away; then solved forwards, to be sure and to know
/// how.
struct SokobanGenerator {
    /// The room within its walls is this many cells wide and high.
    let side: Int
    let boxes: Int
    /// How many pushes a puzzle takes at least.
    let minimumPushes: Int

    struct Puzzle {
        let room: SokobanRoom
        let position: SokobanPosition
        let solution: SokobanSolver.Solution
    }

    /// After so many rooms without a puzzle that is hard enough, the hardest one is taken.
    private static let patience = 200

    /// Draws rooms until one gives a puzzle of so many pushes.
    func puzzle(random: inout RandomStream) -> Puzzle {
        var hardest: Puzzle?
        var attempts = 0
        while true {
            attempts += 1
            if let puzzle = attempt(random: &random), puzzle.solution.pushes > hardest?.solution.pushes ?? 0 {
                hardest = puzzle
            }
            if let hardest, hardest.solution.pushes >= minimumPushes || attempts >= Self.patience { return hardest }
        }
    }

    private func attempt(random: inout RandomStream) -> Puzzle? {
        let count = side * side
        var floor: UInt64 = count == 64 ? .max : (1 << UInt64(count)) - 1
        for wall in random.sample(count / 6, of: count) { floor &= ~(1 << UInt64(wall)) }
        let cells = (0..<count).filter { floor >> UInt64($0) & 1 == 1 }
        let drawn = random.sample(boxes + 1, of: cells.count).map { 1 << UInt64(cells[$0]) as UInt64 }
        let goals = drawn.dropLast().reduce(0, |)
        let room = SokobanRoom(width: side, height: side, floor: floor, goals: goals)
        let start = SokobanPosition(boxes: goals, player: drawn[boxes])
        // One room, not several: the policy should not be shown floor that it cannot reach.
        guard room.reach(from: start.player, over: floor) == floor else { return nil }
        let position = pulled(start, in: room, random: &random)
        guard position.boxes & goals == 0,
            let solution = SokobanSolver(room: room, limit: 8000).solution(from: position)
        else { return nil }
        return Puzzle(room: room, position: position, solution: solution)
    }

    /// Walks and pulls at random, and then walks on to anywhere.
    private func pulled(_ start: SokobanPosition, in room: SokobanRoom, random: inout RandomStream) -> SokobanPosition {
        var position = start
        var last: Direction?
        for _ in 0..<12 * boxes * side {
            let reach = room.reach(from: position.player, over: room.floor & ~position.boxes)
            var pulls: [(box: UInt64, direction: Direction)] = []
            for direction in Direction.allCases {
                // The player stands on the side that the box goes to, and has a cell to step back to.
                let standing = reach & room.moved(position.boxes, direction)
                var boxes = room.moved(standing & room.moved(reach, direction.opposite), direction.opposite)
                while boxes != 0 {
                    let box = boxes & ~(boxes - 1)
                    boxes ^= box
                    pulls.append((box, direction))
                }
            }
            // To pull a box back to where it came from is labor lost.
            let useful = pulls.filter { $0.direction != last?.opposite }
            let choices = useful.isEmpty ? pulls : useful
            guard !choices.isEmpty else { break }
            let (box, direction) = random.element(of: choices)
            let to = room.moved(box, direction)
            position = SokobanPosition(boxes: position.boxes ^ box ^ to, player: room.moved(to, direction))
            last = direction
        }
        return position
    }
}
