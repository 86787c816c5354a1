import WhetCore
import WhetEnvironments

/// Fill a grid so that consecutive numbers are neighbors.
struct Numbrix: ProceduralEnvironment {
    static let name = "Numbrix"
    static let summary = "Fill a grid so that consecutive numbers are neighbors"

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let sparsity: Double
        let rows, columns: Int
        /// −1 for an empty cell.
        let matrix: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case sparsity
            case rows = "N"
            case columns = "M"
            case matrix
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// Sides of up to 3 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 3 + level
        let sparsity = random.sparsity()
        let shape = random.shape(maximum: maximum)
        var numbers = inverse(of: Self.path(shape, random: &random))
        let reference = numbers.rows(of: shape.columns).spacedLines
        for cell in random.emptyCells(shape.count, sparsity: sparsity) { numbers[cell] = -1 }
        return Problem(
            maximumSide: maximum, sparsity: sparsity, rows: shape.rows, columns: shape.columns,
            matrix: numbers.rows(of: shape.columns), referenceAnswer: reference)
    }

    /// A random path through all cells: a snake, and then many times a new edge from an end to a cell beside it, taking
    /// away the edge that closes the loop (backbiting).
    private static func path(_ shape: GridShape, random: inout RandomStream) -> [Int] {
        var path = (0..<shape.count).map { index in
            let (row, column) = (index / shape.columns, index % shape.columns)
            return shape.index(row, row % 2 == 0 ? column : shape.columns - 1 - column)
        }
        var places = inverse(of: path)
        for _ in 0..<4 * shape.count {
            if random.chance(0.5) {
                path.reverse()
                for (place, cell) in path.enumerated() { places[cell] = place }
            }
            var beside: [Int] = []
            shape.forEachNeighbor(of: path[0]) { beside.append($0) }
            // The cells before the one beside the first turn round: the one just before it becomes the first.
            let place = places[random.element(of: beside)]
            path[..<place].reverse()
            for index in 0..<place { places[path[index]] = index }
        }
        return path
    }

    func prompt(for problem: Problem) -> String {
        """
        Cells that show -1 are empty:
        \(problem.matrix.spacedLines)
        Fill them so that every number from 0 to \(problem.rows * problem.columns - 1) stands in the grid exactly once \
        and each but the last has the next number above, below, left or right of it. Answer with the whole grid: \
        \(problem.rows) lines of \(problem.columns) numbers separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 other numbers or a given cell changed, else 1 ÷ (unbroken paths that the numbers form)³.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let count = problem.rows * problem.columns
        guard let grid = answer.numberGrid(rows: problem.rows, columns: problem.columns) else { return -1 }
        let numbers = grid.flatMap { $0 }
        guard isPermutation(numbers, of: count), agrees(grid, with: problem.matrix, empty: -1) else { return -0.5 }
        let places = inverse(of: numbers)
        var paths = 1
        for number in 1..<max(count, 1) {
            let (a, b) = (places[number - 1], places[number])
            let rows = abs(a / problem.columns - b / problem.columns)
            let columns = abs(a % problem.columns - b % problem.columns)
            if rows + columns != 1 { paths += 1 }
        }
        return power(1 / Double(paths), 3)
    }
}
