import WhetCore
import WhetEnvironments

/// Rotate rows and columns of a grid until the grid looks as wanted.
struct NinePuzzle: ProceduralEnvironment {
    static let name = "NinePuzzle"
    static let summary = "Rotate rows and columns of a grid until the grid looks as wanted"

    struct Problem: Codable, Sendable {
        let maximumSide, steps, rows, columns: Int
        /// The farthest that a row, a column may be shifted at once.
        let rowReach, columnReach: Int
        let start: [[Int]]
        let referenceAnswer: String
        let destination: [[Int]]

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case steps
            case rows = "N"
            case columns = "M"
            case rowReach = "row_K"
            case columnReach = "col_K"
            case start = "start_grid"
            case referenceAnswer = "reference_answer"
            case destination = "destination_grid"
        }
    }

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level; 2 to 10 steps, whatever the level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let steps = random.integer(2...10)
        let shape = random.shape(maximum: maximum)
        let rowReach = random.integer(1...shape.columns - 1)
        let columnReach = random.integer(1...shape.rows - 1)
        let start = random.permutation(shape.count)
        var grid = start
        var lines: [String] = []
        for _ in 0..<steps {
            let isRow = random.chance(0.5)
            let index = random.integer(0...(isRow ? shape.rows : shape.columns) - 1)
            let magnitude = random.integer(1...(isRow ? rowReach : columnReach))
            let shift = random.chance(0.5) ? magnitude : -magnitude
            if isRow {
                Self.shiftRow(index, by: shift, &grid, shape)
            } else {
                Self.shiftColumn(index, by: shift, &grid, shape)
            }
            lines.append("\(isRow ? "row" : "column") \(index) \(shift)")
        }
        return Problem(
            maximumSide: maximum, steps: steps, rows: shape.rows, columns: shape.columns, rowReach: rowReach,
            columnReach: columnReach, start: start.rows(of: shape.columns),
            referenceAnswer: lines.joined(separator: "\n"), destination: grid.rows(of: shape.columns))
    }

    private static func shiftRow(_ row: Int, by shift: Int, _ grid: inout [Int], _ shape: GridShape) {
        let old = Array(grid[shape.index(row, 0)..<shape.index(row + 1, 0)])
        for column in 0..<shape.columns {
            grid[shape.index(row, column)] = old[((column - shift) % shape.columns + shape.columns) % shape.columns]
        }
    }

    private static func shiftColumn(_ column: Int, by shift: Int, _ grid: inout [Int], _ shape: GridShape) {
        let old = (0..<shape.rows).map { grid[shape.index($0, column)] }
        for row in 0..<shape.rows {
            grid[shape.index(row, column)] = old[((row - shift) % shape.rows + shape.rows) % shape.rows]
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        Turn this grid
        \(problem.start.spacedLines)
        into this one
        \(problem.destination.spacedLines)
        by shifts: one shifts a row to the right by 1 to \(problem.rowReach) cells, or to the left (then the number is \
        negative), or a column down by 1 to \(problem.columnReach) cells, or up (negative). What leaves at one end \
        comes in at the other. Rows and columns are counted from 0. Answer with one shift a line, in order, such as
        row 0 1
        column 1 -1
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a shift that is not allowed, else (share of cells as wanted)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let shifts = Self.shifts(answer) else { return -1 }
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        var grid = problem.start.flatMap { $0 }
        guard grid.count == shape.count else { return -1 }
        for (isRow, index, shift) in shifts {
            let reach = isRow ? problem.rowReach : problem.columnReach
            guard 0..<(isRow ? shape.rows : shape.columns) ~= index, -reach...reach ~= shift else { return -0.5 }
            if isRow {
                Self.shiftRow(index, by: shift, &grid, shape)
            } else {
                Self.shiftColumn(index, by: shift, &grid, shape)
            }
        }
        return shareOfMatches(grid, problem.destination.flatMap { $0 })
    }

    private static func shifts(_ answer: Answer) -> [(isRow: Bool, index: Int, shift: Int)]? {
        answer.withCommands { commands in
            var shifts: [(isRow: Bool, index: Int, shift: Int)] = []
            for (word, numbers) in commands {
                let isRow = word.elementsEqual("row".utf8)
                guard isRow || word.elementsEqual("column".utf8), numbers.count == 2 else { return nil }
                shifts.append((isRow, numbers[0], numbers[1]))
            }
            return shifts
        }
    }
}
