import WhetCore
import WhetEnvironments

/// Fill a grid with consecutive numbers so that rows and columns have given sums.
struct SurvoPuzzle: ProceduralEnvironment {
    static let name = "SurvoPuzzle"
    static let summary = "Fill a grid with consecutive numbers so that rows and columns have given sums"

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let sparsity: Double
        let rows, columns: Int
        /// −1 for an empty cell.
        let matrix: [[Int]]
        let referenceAnswer: String
        let rowSums, columnSums: [Int]

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case sparsity
            case rows = "N"
            case columns = "M"
            case matrix
            case referenceAnswer = "reference_answer"
            case rowSums = "row_sums"
            case columnSums = "col_sums"
        }
    }

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let sparsity = random.sparsity()
        let shape = random.shape(maximum: maximum)
        let solution = random.permutation(shape.count).rows(of: shape.columns)
        let sums = Self.sums(solution, columns: shape.columns)
        var matrix = solution
        for cell in random.emptyCells(shape.count, sparsity: sparsity) {
            matrix[cell / shape.columns][cell % shape.columns] = -1
        }
        return Problem(
            maximumSide: maximum, sparsity: sparsity, rows: shape.rows, columns: shape.columns, matrix: matrix,
            referenceAnswer: solution.spacedLines, rowSums: sums.rows, columnSums: sums.columns)
    }

    private static func sums(_ grid: [[Int]], columns: Int) -> (rows: [Int], columns: [Int]) {
        (grid.map { $0.reduce(0, +) }, (0..<columns).map { column in grid.reduce(0) { $0 + $1[column] } })
    }

    func prompt(for problem: Problem) -> String {
        """
        Cells that show -1 are empty:
        \(problem.matrix.spacedLines)
        Fill them so that every number from 0 to \(problem.rows * problem.columns - 1) stands in the grid exactly once,
        the rows add up to, from the top: \(problem.rowSums.spaced)
        and the columns, from the left: \(problem.columnSums.spaced)
        Answer with the whole grid: \(problem.rows) lines of \(problem.columns) numbers separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 other numbers or a given cell changed, else (share of sums right)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let grid = answer.numberGrid(rows: problem.rows, columns: problem.columns) else { return -1 }
        guard isPermutation(grid.flatMap { $0 }, of: problem.rows * problem.columns),
            agrees(grid, with: problem.matrix, empty: -1)
        else { return -0.5 }
        let sums = Self.sums(grid, columns: problem.columns)
        let right = matches(sums.rows, problem.rowSums) + matches(sums.columns, problem.columnSums)
        return share(right, of: problem.rows + problem.columns, exponent: 5)
    }
}
