import WhetCore
import WhetEnvironments

/// Place mines so that the numbers of a grid count those round about.
struct Minesweeping: ProceduralEnvironment {
    static let name = "Minesweeping"
    static let summary = "Place mines so that the numbers of a grid count those round about"

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let density: Double
        let rows, columns: Int
        /// −1 for a cell without a number.
        let grid: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case density
            case rows = "N"
            case columns = "M"
            case grid
            case referenceAnswer = "reference_answer"
        }
    }

    private static let mine = UInt8(ascii: "*")
    private static let free = UInt8(ascii: ".")

    init() {}

    /// Sides of up to 4 cells at level 0, one more a level; 40 to 70 % mines, most other cells with their number.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 4 + level
        let density = random.element(of: [0.6, 0.7, 0.8, 0.9, 0.95])
        let shape = random.shape(maximum: maximum)
        let mineCount = max(1, min(Int(Double(shape.count) * (0.4 + 0.3 * random.unit())), shape.count - 1))
        let order = random.permutation(shape.count)
        var cells = [UInt8](repeating: Self.free, count: shape.count)
        for cell in order.prefix(mineCount) { cells[cell] = Self.mine }
        var numbers = [Int](repeating: -1, count: shape.count)
        let freeCount = shape.count - mineCount
        for cell in order.dropFirst(mineCount).prefix(max(1, Int(Double(freeCount) * density))) {
            numbers[cell] = Self.mines(round: cell, shape, cells)
        }
        return Problem(
            maximumSide: maximum, density: density, rows: shape.rows, columns: shape.columns,
            grid: numbers.rows(of: shape.columns),
            referenceAnswer: cells.lines(columns: shape.columns).joined(separator: "\n"))
    }

    private static func mines(round cell: Int, _ shape: GridShape, _ cells: [UInt8]) -> Int {
        var mines = 0
        shape.forEachAround(cell) { if cells[$0] == mine { mines += 1 } }
        return mines
    }

    func prompt(for problem: Problem) -> String {
        """
        Each number of this grid, but -1, says how many of the up to eight cells round it hold a mine:
        \(problem.grid.spacedLines)
        Cells with such a number hold none; cells with -1 may or may not. Place mines so that all numbers are right. \
        Answer with \(problem.rows) lines of \(problem.columns) characters and nothing between them: * for a mine, . \
        for none.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 a mine on a number, else (share of numbers that hold)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let cells = answer.grid(rows: shape.rows, columns: shape.columns),
            cells.allSatisfy({ $0 == Self.mine || $0 == Self.free })
        else { return -1 }
        var numbers = 0
        var right = 0
        for row in 0..<shape.rows {
            for column in 0..<shape.columns where problem.grid[row][column] != -1 {
                let cell = shape.index(row, column)
                guard cells[cell] == Self.free else { return -0.5 }
                numbers += 1
                if Self.mines(round: cell, shape, cells) == problem.grid[row][column] { right += 1 }
            }
        }
        return numbers == 0 ? -1 : share(right, of: numbers, exponent: 10)
    }
}
