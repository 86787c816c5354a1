import WhetCore
import WhetEnvironments

/// Fill a grid with zeros and ones: counts of rows and columns given, never three alike in a line.
struct Binario: ProceduralEnvironment {
    static let name = "Binario"
    static let summary =
        "Fill a grid with zeros and ones: counts of rows and columns given, never three alike in a line"

    typealias Problem = CountedGrid

    init() {}

    /// Sides of up to 2 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 2 + level
        let shape = random.shape(maximum: maximum)
        let solution = Self.solution(shape, random: &random)
        return Problem(maximumSide: maximum, shape: shape, solution: solution, random: &random)
    }

    /// Row by row; a row that cannot be finished is drawn again, and after many tries the two before it as well.
    private static func solution(_ shape: GridShape, random: inout RandomStream) -> [UInt8] {
        var grid = [UInt8](repeating: 0, count: shape.count)
        var row = 0
        var tries = 0
        while row < shape.rows {
            if fill(row, of: &grid, shape, random: &random) {
                row += 1
                tries = 0
            } else {
                tries += 1
                if tries == 50 {
                    row = max(0, row - 2)
                    tries = 0
                }
            }
        }
        return grid
    }

    private static func fill(_ row: Int, of grid: inout [UInt8], _ shape: GridShape, random: inout RandomStream) -> Bool
    {
        let width = shape.columns
        for column in 0..<width {
            let index = shape.index(row, column)
            func isAllowed(_ value: UInt8) -> Bool {
                if column >= 2, grid[index - 1] == value, grid[index - 2] == value { return false }
                if row >= 2, grid[index - width] == value, grid[index - 2 * width] == value { return false }
                return true
            }
            let value = CountedGrid.zero + UInt8(random.next() & 1)
            if isAllowed(value) {
                grid[index] = value
            } else if isAllowed(value ^ 1) {
                grid[index] = value ^ 1
            } else {
                return false
            }
        }
        return true
    }

    func prompt(for problem: Problem) -> String {
        """
        Replace every * of this grid by 0 or 1. No three cells in a row, across or down, may be equal.
        \(problem.rulesAndGrid)
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 a rule broken, else (share of counts right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        problem.score(answer) { grid, shape in
            for index in grid.indices {
                let column = index % shape.columns
                if column >= 2, grid[index] == grid[index - 1], grid[index] == grid[index - 2] { return false }
                let above = index - 2 * shape.columns
                if above >= 0, grid[index] == grid[above], grid[index] == grid[index - shape.columns] { return false }
            }
            return true
        }
    }
}
