import WhetCore
import WhetEnvironments

/// The largest number under a window that slides over a matrix.
struct MatrixPooling: ProceduralEnvironment {
    static let name = "MatrixPooling"
    static let summary = "The largest number under a window that slides over a matrix"

    struct Problem: Codable, Sendable {
        let maximumSide, rows, columns, window: Int
        let matrix, goldAnswer: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case rows = "N"
            case columns = "M"
            case window = "K"
            case matrix
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Sides of 3 to 4 cells at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let rows = random.integer(3...maximum)
        let columns = random.integer(3...maximum)
        let window = random.integer(2...min(rows, columns) - 1)
        let matrix = (0..<rows).map { _ in (0..<columns).map { _ in random.integer(0...rows * columns) } }
        let pooled = (0...rows - window).map { row in
            (0...columns - window).map { column in
                (row..<row + window).reduce(0) { max($0, matrix[$1][column..<column + window].max() ?? 0) }
            }
        }
        return Problem(
            maximumSide: maximum, rows: rows, columns: columns, window: window, matrix: matrix, goldAnswer: pooled,
            referenceAnswer: pooled.spacedLines)
    }

    func prompt(for problem: Problem) -> String {
        let (rows, columns) = (problem.rows - problem.window + 1, problem.columns - problem.window + 1)
        return """
            A window of \(problem.window) × \(problem.window) cells slides over this matrix, one cell at a time:
            \(problem.matrix.spacedLines)
            For each place of the window that lies wholly within, find the largest number under it. Answer with the \
            matrix of these numbers: \(rows) lines of \(columns) numbers separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such matrix, else (share of numbers right)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        shareOfCells(answer, problem.goldAnswer, exponent: 5)
    }
}
