import WhetCore
import WhetEnvironments

/// Slide the 0 of a grid about until the grid looks as wanted.
struct EightDigitPuzzle: ProceduralEnvironment {
    static let name = "EightDigitPuzzle"
    static let summary = "Slide the 0 of a grid about until the grid looks as wanted"

    struct Problem: Codable, Sendable {
        let maximumSide, steps, rows, columns: Int
        let start: [[Int]]
        let zeroRow, zeroColumn: Int
        let destination: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case steps
            case rows = "N"
            case columns = "M"
            case start = "start_grid"
            case zeroRow = "zero_i"
            case zeroColumn = "zero_j"
            case destination = "destination_grid"
            case referenceAnswer = "reference_answer"
        }
    }

    private static let moves: [Direction] = [.up, .down, .left, .right]

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level; the number of steps drawn from eight, whatever the level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let steps = random.element(of: [2, 3, 5, 10, 15, 20, 25, 30])
        let shape = random.shape(maximum: maximum)
        var grid = random.permutation(shape.count)
        let start = grid
        let zero = grid.firstIndex(of: 0) ?? 0
        let weights = (0..<4).map { _ in random.integer(1...shape.count) }
        var position = zero
        var walk: [UInt8] = []
        while walk.count < steps {
            let move = Self.moves[random.weighted(weights)]
            guard let next = shape.neighbor(of: position, move) else { continue }
            grid.swapAt(position, next)
            position = next
            walk.append(move.letter)
        }
        return Problem(
            maximumSide: maximum, steps: steps, rows: shape.rows, columns: shape.columns,
            start: start.rows(of: shape.columns), zeroRow: zero / shape.columns, zeroColumn: zero % shape.columns,
            destination: grid.rows(of: shape.columns), referenceAnswer: String(decoding: walk, as: UTF8.self))
    }

    func prompt(for problem: Problem) -> String {
        """
        In this grid the 0 may change places with the number above it (U), below it (D), left of it (L) or right of it \
        (R):
        \(problem.start.spacedLines)
        Turn it into this one:
        \(problem.destination.spacedLines)
        Answer with the moves of the 0 in order, letters U, D, L and R with nothing between them.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 another letter, −0.5 a move off the grid, else (share of cells as wanted)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        var grid = problem.start.flatMap { $0 }
        var position = problem.zeroRow * problem.columns + problem.zeroColumn
        guard grid.count == shape.count, grid.indices ~= position else { return -1 }
        for letter in answer.bytes {
            guard let move = Direction(letter: letter) else { return -1 }
            guard let next = shape.neighbor(of: position, move) else { return -0.5 }
            grid.swapAt(position, next)
            position = next
        }
        return shareOfMatches(grid, problem.destination.flatMap { $0 })
    }
}
