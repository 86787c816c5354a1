import WhetCore
import WhetEnvironments

/// Fill a grid with zeros and ones: counts of rows and columns given, no two ones side by side.
struct CampsitePuzzle: ProceduralEnvironment {
    static let name = "CampsitePuzzle"
    static let summary =
        "Fill a grid with zeros and ones: counts of rows and columns given, no two ones side by side"

    typealias Problem = CountedGrid

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let shape = random.shape(maximum: maximum)
        var solution = [UInt8](repeating: CountedGrid.zero, count: shape.count)
        for cell in random.permutation(shape.count) where random.chance(0.5) {
            var isFree = true
            shape.forEachNeighbor(of: cell) { if solution[$0] == CountedGrid.one { isFree = false } }
            if isFree { solution[cell] = CountedGrid.one }
        }
        return Problem(maximumSide: maximum, shape: shape, solution: solution, random: &random)
    }

    func prompt(for problem: Problem) -> String {
        """
        Replace every * of this grid by 0 or 1. No two ones may be neighbors, across or down.
        \(problem.rulesAndGrid)
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 a rule broken, else (share of counts right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        problem.score(answer) { grid, shape in
            !shape.hasNeighbors { grid[$0] == CountedGrid.one }
        }
    }
}
