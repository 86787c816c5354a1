import WhetCore
import WhetEnvironments

/// A grid of zeros and ones from the sums of its ones' column numbers and row numbers.
struct Kakurasu: ProceduralEnvironment {
    static let name = "Kakurasu"
    static let summary = "A grid of zeros and ones from the sums of its ones' column numbers and row numbers"

    struct Problem: Codable, Sendable {
        let maximumSide, rows, columns: Int
        let referenceAnswer: String
        let rowSums, columnSums: [Int]

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case rows = "N"
            case columns = "M"
            case referenceAnswer = "reference_answer"
            case rowSums = "A"
            case columnSums = "B"
        }
    }

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let shape = random.shape(maximum: maximum)
        let rate = 0.1 + 0.8 * random.unit()
        let grid = (0..<shape.count).map { _ in UInt8(ascii: "0") + (random.chance(rate) ? 1 : 0) }
        let (rowSums, columnSums) = Self.sums(grid, shape)
        return Problem(
            maximumSide: maximum, rows: shape.rows, columns: shape.columns,
            referenceAnswer: grid.lines(columns: shape.columns).joined(separator: "\n"), rowSums: rowSums,
            columnSums: columnSums)
    }

    private static func sums(_ grid: [UInt8], _ shape: GridShape) -> (rows: [Int], columns: [Int]) {
        var rows = [Int](repeating: 0, count: shape.rows)
        var columns = [Int](repeating: 0, count: shape.columns)
        for row in 0..<shape.rows {
            for column in 0..<shape.columns where grid[shape.index(row, column)] == UInt8(ascii: "1") {
                rows[row] += column + 1
                columns[column] += row + 1
            }
        }
        return (rows, columns)
    }

    func prompt(for problem: Problem) -> String {
        """
        Write 0 or 1 into each cell of a grid of \(problem.rows) rows and \(problem.columns) columns, both numbered \
        from 1. The numbers of the columns in which a row has its ones have to add up to, row by row from the top:
        \(problem.rowSums.spaced)
        The numbers of the rows in which a column has its ones have to add up to, column by column from the left:
        \(problem.columnSums.spaced)
        Answer with \(problem.rows) lines of \(problem.columns) characters, 0 or 1, and nothing between them.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, else (share of sums right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let grid = answer.grid(rows: shape.rows, columns: shape.columns),
            grid.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") })
        else { return -1 }
        let sums = Self.sums(grid, shape)
        let right = matches(sums.rows, problem.rowSums) + matches(sums.columns, problem.columnSums)
        return share(right, of: shape.rows + shape.columns, exponent: 10)
    }
}
