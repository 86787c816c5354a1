import WhetCore
import WhetEnvironments

/// Fill a grid with zeros and ones: counts of rows and columns given, no two ones side by side.
public struct CampsitePuzzle: ProceduralEnvironment {
    public static let name = "CampsitePuzzle"
    public static let summary =
        "Fill a grid with zeros and ones: counts of rows and columns given, no two ones side by side"

    public typealias Problem = CountedGridProblem

    public init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    public func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let shape = randomShape(maximum: maximum, random: &random)
        var solution = [UInt8](repeating: CountedGrid.zero, count: shape.count)
        for cell in random.permutation(shape.count) where random.chance(0.5) {
            var isFree = true
            shape.forEachNeighbor(of: cell) { if solution[$0] == CountedGrid.one { isFree = false } }
            if isFree { solution[cell] = CountedGrid.one }
        }
        return Problem(CountedGrid(maximumSide: maximum, shape: shape, solution: solution, random: &random))
    }

    public func prompt(for problem: Problem) -> String {
        """
        Replace every * of this grid by 0 or 1. No two ones may be neighbors, across or down.
        \(problem.grid.rulesAndGrid)
        """
    }

    public func demonstration(for problem: Problem) -> String? { problem.grid.referenceAnswer }

    /// −1 no such grid, −0.5 a rule broken, else (share of counts right)¹⁰.
    public func score(_ answer: Answer, for problem: Problem) -> Double {
        problem.grid.score(answer) { grid, shape in
            for index in grid.indices where grid[index] == CountedGrid.one {
                if index % shape.columns > 0, grid[index - 1] == CountedGrid.one { return false }
                if index >= shape.columns, grid[index - shape.columns] == CountedGrid.one { return false }
            }
            return true
        }
    }
}
