import WhetCore
import WhetEnvironments

/// How far each cell of a grid with walls is from the nearest marked one.
struct GridBFS: ProceduralEnvironment {
    static let name = "GridBFS"
    static let summary = "How far each cell of a grid with walls is from the nearest marked one"

    struct Problem: Codable, Sendable {
        let maximumSide, rows, columns: Int
        /// `0`, `1` (marked) or `X` (wall).
        let grid: [[String]]
        let goldAnswer: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case rows = "N"
            case columns = "M"
            case grid
            case goldAnswer = "gold_answer"
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Sides of up to 4 cells at level 0, each level a tenth more, and one.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let shape = random.shape(maximum: maximum)
        let weights = (0..<3).map { _ in random.integer(1...shape.count) }
        let cells = (0..<shape.count).map { _ in random.weighted(weights) }
        let distances = Self.distances(cells, shape).rows(of: shape.columns)
        return Problem(
            maximumSide: maximum, rows: shape.rows, columns: shape.columns,
            grid: cells.map { ["0", "1", "X"][$0] }.rows(of: shape.columns), goldAnswer: distances,
            referenceAnswer: distances.spacedLines)
    }

    /// Breadth first from all marked cells (1) at once, round the walls (2).
    private static func distances(_ cells: [Int], _ shape: GridShape) -> [Int] {
        var distances = cells.map { $0 == 1 ? 0 : -1 }
        var queue = cells.indices.filter { cells[$0] == 1 }
        var head = 0
        while head < queue.count {
            let cell = queue[head]
            head += 1
            shape.forEachNeighbor(of: cell) { next in
                guard cells[next] != 2, distances[next] < 0 else { return }
                distances[next] = distances[cell] + 1
                queue.append(next)
            }
        }
        return distances
    }

    func prompt(for problem: Problem) -> String {
        """
        In this grid, X is a wall:
        \(problem.grid.map { $0.joined() }.joined(separator: "\n"))
        One step leads to a cell above, below, left or right that is no wall. For every cell, find the least number of \
        steps to a cell that shows 1: 0 for those themselves, -1 for walls and for cells from which none can be \
        reached. Answer with \(problem.rows) lines of \(problem.columns) numbers separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, else (share of cells right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        shareOfCells(answer, problem.goldAnswer, exponent: 10)
    }
}
