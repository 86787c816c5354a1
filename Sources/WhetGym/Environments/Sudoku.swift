import WhetCore
import WhetEnvironments

/// Sudoku with boxes of any size.
struct Sudoku: ProceduralEnvironment {
    static let name = "Sudoku"
    static let summary = "Sudoku with boxes of any size"
    static let maximumLevel = 10

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let sparsity: Double
        let boxRows, boxColumns, side: Int
        let referenceAnswer: String
        /// 0 for an empty cell.
        let sudoku: [[Int]]

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case sparsity
            case boxRows = "N"
            case boxColumns = "M"
            case side = "NM"
            case referenceAnswer = "reference_answer"
            case sudoku
        }
    }

    init() {}

    /// Boxes of 2 × 2 cells at level 0; each level their sides may be one longer.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 2 + level
        let sparsity = random.sparsity()
        let box = random.shape(maximum: maximum)
        let side = box.count
        let digits = random.permutation(side)
        let rows = Self.order(groups: box.columns, of: box.rows, &random)
        let columns = Self.order(groups: box.rows, of: box.columns, &random)
        // Row after row of a box the digits move on by its width, and box after box by one.
        var grid = rows.map { row in
            columns.map { digits[(box.columns * (row % box.rows) + row / box.rows + $0) % side] + 1 }
        }
        let reference = grid.spacedLines
        for cell in random.emptyCells(side * side, sparsity: sparsity) { grid[cell / side][cell % side] = 0 }
        return Problem(
            maximumSide: maximum, sparsity: sparsity, boxRows: box.rows, boxColumns: box.columns, side: side,
            referenceAnswer: reference, sudoku: grid)
    }

    /// Groups in random order, and the lines within each.
    private static func order(groups: Int, of size: Int, _ random: inout RandomStream) -> [Int] {
        random.permutation(groups).flatMap { group in random.permutation(size).map { group * size + $0 } }
    }

    func prompt(for problem: Problem) -> String {
        """
        In this Sudoku 0 is an empty cell:
        \(problem.sudoku.spacedLines)
        Fill the empty cells so that every number from 1 to \(problem.side) stands exactly once in each row, in each \
        column and in each box. Boxes are \(problem.boxRows) rows high and \(problem.boxColumns) columns wide and \
        begin at the top left corner. Answer with the whole grid: \(problem.side) lines of \(problem.side) numbers \
        separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 a number out of range or a given cell changed, 0 a number twice, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let side = problem.boxRows * problem.boxColumns
        guard let grid = answer.numberGrid(rows: side, columns: side) else { return -1 }
        guard grid.allSatisfy({ $0.allSatisfy { 1...side ~= $0 } }), agrees(grid, with: problem.sudoku, empty: 0) else {
            return -0.5
        }
        // Whether a number stands in a row, a column, a box.
        var isSeen = [Bool](repeating: false, count: 3 * side * side)
        for row in 0..<side {
            for column in 0..<side {
                let box = row / problem.boxRows * problem.boxRows + column / problem.boxColumns
                for unit in [row, side + column, 2 * side + box] {
                    let place = unit * side + grid[row][column] - 1
                    if isSeen[place] { return 0 }
                    isSeen[place] = true
                }
            }
        }
        return 1
    }
}
