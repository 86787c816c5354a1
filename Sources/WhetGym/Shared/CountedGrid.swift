import WhetCore
import WhetEnvironments

/// Puzzles of zeros and ones with the number of ones in each row and column given, as Binario and Campsite are.
struct CountedGrid: Codable, Sendable {
    let maximumSide: Int
    let sparsity: Double
    let rows, columns: Int
    let referenceAnswer: String
    let rowCounts, columnCounts: [Int]
    /// `*` for an empty cell.
    let matrix: [String]

    enum CodingKeys: String, CodingKey {
        case maximumSide = "MAX_N_M"
        case sparsity
        case rows = "N"
        case columns = "M"
        case referenceAnswer = "reference_answer"
        case rowCounts = "row_counts"
        case columnCounts = "col_counts"
        case matrix
    }

    static let zero = UInt8(ascii: "0")
    static let one = UInt8(ascii: "1")
    private static let empty = UInt8(ascii: "*")

    /// - Parameter solution: zeros and ones, of which some are taken away.
    init(maximumSide: Int, shape: GridShape, solution: [UInt8], random: inout RandomStream) {
        self.maximumSide = maximumSide
        sparsity = random.sparsity()
        rows = shape.rows
        columns = shape.columns
        referenceAnswer = solution.lines(columns: columns).joined(separator: "\n")
        (rowCounts, columnCounts) = Self.counts(solution, shape)
        var matrix = solution
        for cell in random.emptyCells(shape.count, sparsity: sparsity) { matrix[cell] = Self.empty }
        self.matrix = matrix.lines(columns: columns)
    }

    /// −1 no such grid, −0.5 a given cell changed or `isAllowed` broken, else (share of rows and columns that count
    /// right)¹⁰.
    func score(_ answer: Answer, isAllowed: ([UInt8], GridShape) -> Bool) -> Double {
        let shape = GridShape(rows: rows, columns: columns)
        guard let grid = answer.grid(rows: rows, columns: columns),
            grid.allSatisfy({ $0 == Self.zero || $0 == Self.one })
        else { return -1 }
        var index = 0
        for line in matrix {
            for cell in line.utf8 {
                guard index < grid.count else { return -1 }
                if cell != Self.empty, cell != grid[index] { return -0.5 }
                index += 1
            }
        }
        guard isAllowed(grid, shape) else { return -0.5 }
        let counts = Self.counts(grid, shape)
        let right = matches(counts.rows, rowCounts) + matches(counts.columns, columnCounts)
        return share(right, of: rows + columns, exponent: 10)
    }

    var rulesAndGrid: String {
        """
        Ones in the rows, from the top: \(rowCounts.spaced)
        Ones in the columns, from the left: \(columnCounts.spaced)
        \(matrix.joined(separator: "\n"))
        Answer with the whole grid: \(rows) lines of \(columns) characters, 0 or 1, and nothing between them.
        """
    }

    private static func counts(_ grid: [UInt8], _ shape: GridShape) -> (rows: [Int], columns: [Int]) {
        var rows = [Int](repeating: 0, count: shape.rows)
        var columns = [Int](repeating: 0, count: shape.columns)
        var index = 0
        for row in 0..<shape.rows {
            for column in 0..<shape.columns {
                let value = Int(grid[index] & 1)
                rows[row] += value
                columns[column] += value
                index += 1
            }
        }
        return (rows, columns)
    }
}
