import WhetCore
import WhetEnvironments

/// Place bulbs so that every white cell is lit and no bulb lights another (Akari).
struct LightUpPuzzle: ProceduralEnvironment {
    static let name = "LightUpPuzzle"
    static let summary = "Place bulbs so that every white cell is lit and no bulb lights another (Akari)"

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let density: Double
        let rows, columns: Int
        let referenceAnswer: String
        /// `W` white, `B` black, `0` … `4` black with the number of bulbs beside it.
        let grid: [String]

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case density
            case rows = "N"
            case columns = "M"
            case referenceAnswer = "reference_answer"
            case grid
        }
    }

    private static let white = UInt8(ascii: "W")
    private static let black = UInt8(ascii: "B")
    private static let bulb = UInt8(ascii: "L")

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level; 60 to 95 % of the cells black, most of those with a number.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let density = random.element(of: [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
        let shape = random.shape(maximum: maximum)
        var grid = [UInt8](repeating: Self.white, count: shape.count)
        let blackCount = max(1, min(Int(Double(shape.count) * (0.6 + 0.35 * random.unit())), shape.count - 1))
        let blackCells = random.sample(blackCount, of: shape.count)
        for cell in blackCells { grid[cell] = Self.black }
        var isLit = [Bool](repeating: false, count: shape.count)
        for cell in random.permutation(shape.count) where grid[cell] == Self.white && !isLit[cell] {
            grid[cell] = Self.bulb
            isLit[cell] = true
            _ = Self.shine(from: cell, shape, grid) { isLit[$0] = true }
        }
        // They are in random order already.
        for cell in blackCells.prefix(max(1, Int(Double(blackCount) * density))) {
            grid[cell] = UInt8(ascii: "0") + UInt8(Self.bulbs(beside: cell, shape, grid))
        }
        let puzzle = grid.map { $0 == Self.bulb ? Self.white : $0 }
        return Problem(
            maximumSide: maximum, density: density, rows: shape.rows, columns: shape.columns,
            referenceAnswer: grid.lines(columns: shape.columns).joined(separator: "\n"),
            grid: puzzle.lines(columns: shape.columns))
    }

    /// Calls `light` with every white cell that a bulb shines on; false if it meets another bulb.
    private static func shine(
        from bulbCell: Int, _ shape: GridShape, _ grid: [UInt8], light: (Int) -> Void
    ) -> Bool {
        let (row, column) = (bulbCell / shape.columns, bulbCell % shape.columns)
        let reaches = [
            (step: -shape.columns, length: row), (shape.columns, shape.rows - 1 - row), (-1, column),
            (1, shape.columns - 1 - column),
        ]
        for (step, length) in reaches {
            var cell = bulbCell
            for _ in 0..<length {
                cell += step
                if grid[cell] == bulb { return false }
                if grid[cell] != white { break }
                light(cell)
            }
        }
        return true
    }

    private static func bulbs(beside cell: Int, _ shape: GridShape, _ grid: [UInt8]) -> Int {
        var bulbs = 0
        shape.forEachNeighbor(of: cell) { if grid[$0] == bulb { bulbs += 1 } }
        return bulbs
    }

    func prompt(for problem: Problem) -> String {
        """
        In this grid W is a white cell; all others are black:
        \(problem.grid.joined(separator: "\n"))
        Put bulbs on white cells. A bulb lights its own cell and all cells above, below, left and right of it up to \
        the next black cell or the edge. Every white cell has to be lit, no bulb may be lit by another, and a black \
        cell with a number needs exactly that many bulbs among the cells above, below, left and right of it. Answer \
        with the grid, \(problem.rows) lines of \(problem.columns) characters and nothing between them, each W with a \
        bulb replaced by L.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 a black cell changed, a bulb lit or a cell dark, else (share of numbers that hold)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let grid = answer.grid(rows: shape.rows, columns: shape.columns) else { return -1 }
        let given = problem.grid.flatMap { Array($0.utf8) }
        guard given.count == grid.count else { return -1 }
        for (cell, givenCell) in zip(grid, given) {
            guard cell == givenCell || (givenCell == Self.white && cell == Self.bulb) else { return -0.5 }
        }
        var isLit = [Bool](repeating: false, count: shape.count)
        for cell in grid.indices where grid[cell] == Self.bulb {
            isLit[cell] = true
            guard Self.shine(from: cell, shape, grid, light: { isLit[$0] = true }) else { return -0.5 }
        }
        var numbers = 0
        var right = 0
        for cell in grid.indices {
            if given[cell] == Self.white {
                guard isLit[cell] else { return -0.5 }
            } else if given[cell] != Self.black {
                numbers += 1
                if Self.bulbs(beside: cell, shape, grid) == Int(given[cell]) - 0x30 { right += 1 }
            }
        }
        return numbers == 0 ? -1 : share(right, of: numbers, exponent: 10)
    }
}
