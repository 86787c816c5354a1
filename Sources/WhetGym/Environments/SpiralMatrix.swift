import WhetCore
import WhetEnvironments

/// Read a matrix along a spiral.
struct SpiralMatrix: ProceduralEnvironment {
    static let name = "SpiralMatrix"
    static let summary = "Read a matrix along a spiral"

    struct Problem: Codable, Sendable {
        let maximumSide, rows, columns: Int
        let matrix: [[Int]]
        let goldAnswer: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_M_N"
            case rows = "M"
            case columns = "N"
            case matrix
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Sides of up to 3 cells at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 3, level: level, factor: 1.1, plus: 1)
        let shape = random.shape(maximum: maximum)
        let matrix = (0..<shape.rows).map { _ in (0..<shape.columns).map { _ in random.integer(1...shape.count) } }
        let spiral = Self.spiral(matrix, shape)
        return Problem(
            maximumSide: maximum, rows: shape.rows, columns: shape.columns, matrix: matrix, goldAnswer: spiral,
            referenceAnswer: spiral.spaced)
    }

    /// Straight on until the edge or a cell that was read, then a turn to the right.
    private static func spiral(_ matrix: [[Int]], _ shape: GridShape) -> [Int] {
        var isRead = [Bool](repeating: false, count: shape.count)
        var numbers: [Int] = []
        var (row, column) = (0, 0)
        var (down, right) = (0, 1)
        while true {
            numbers.append(matrix[row][column])
            isRead[shape.index(row, column)] = true
            func canGoOn() -> Bool {
                let (nextRow, nextColumn) = (row + down, column + right)
                return 0..<shape.rows ~= nextRow && 0..<shape.columns ~= nextColumn
                    && !isRead[shape.index(nextRow, nextColumn)]
            }
            if !canGoOn() {
                (down, right) = (right, -down)
                if !canGoOn() { return numbers }
            }
            row += down
            column += right
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        Read this matrix along a spiral:
        \(problem.matrix.spacedLines)
        Begin at the top left corner and go right; at the edge, and where everything ahead has been read, turn \
        clockwise (right, down, left, up, right, …), until all numbers are read. Answer with the numbers in that \
        order, on one line, separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 unreadable, −0.5 a wrong count, else (share in the right place)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let numbers = answer.integers else { return -1 }
        guard numbers.count == problem.goldAnswer.count else { return -0.5 }
        return shareOfMatches(numbers, problem.goldAnswer, exponent: 5)
    }
}
