import WhetCore
import WhetEnvironments

/// A grid of zeros and ones from the sums of its ones' column numbers and row numbers.
public struct Kakurasu: ProceduralEnvironment {
    public static let name = "Kakurasu"
    public static let summary = "A grid of zeros and ones from the sums of its ones' column numbers and row numbers"

    public struct Problem: Codable, Sendable {
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

    public init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    public func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let shape = randomShape(maximum: maximum, random: &random)
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

    public func prompt(for problem: Problem) -> String {
        """
        Write 0 or 1 into each cell of a grid of \(problem.rows) rows and \(problem.columns) columns, both numbered \
        from 1. The numbers of the columns in which a row has its ones have to add up to, row by row from the top:
        \(problem.rowSums.spaced)
        The numbers of the rows in which a column has its ones have to add up to, column by column from the left:
        \(problem.columnSums.spaced)
        Answer with \(problem.rows) lines of \(problem.columns) characters, 0 or 1, and nothing between them.
        """
    }

    public func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, else (share of sums right)¹⁰.
    public func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let grid = answer.grid(rows: shape.rows, columns: shape.columns),
            grid.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") })
        else { return -1 }
        let sums = Self.sums(grid, shape)
        let right = zip(sums.rows, problem.rowSums).count { $0 == $1 }
            + zip(sums.columns, problem.columnSums).count { $0 == $1 }
        return power(Double(right) / Double(shape.rows + shape.columns), 10)
    }
}
