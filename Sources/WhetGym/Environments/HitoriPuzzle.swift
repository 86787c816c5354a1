import WhetCore
import WhetEnvironments

/// Black out cells so that no number is left twice in a row or column.
struct HitoriPuzzle: ProceduralEnvironment {
    static let name = "HitoriPuzzle"
    static let summary = "Black out cells so that no number is left twice in a row or column"

    struct Problem: Codable, Sendable {
        let maximumSide, rows, columns: Int
        let matrix: [[Int]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case rows = "N"
            case columns = "M"
            case matrix
            case referenceAnswer = "reference_answer"
        }
    }

    private static let kept = UInt8(ascii: ".")
    private static let black = UInt8(ascii: "*")

    init() {}

    /// Sides of up to 4 cells at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 4 + level
        let shape = random.shape(maximum: maximum)
        var colors = [UInt8](repeating: Self.kept, count: shape.count)
        var matrix = [Int](repeating: -1, count: shape.count)
        for cell in random.permutation(shape.count) {
            // Numbers that stay in the cell's row and column; small ones, so they fit a set of bits.
            var numbers = [Bool](repeating: false, count: shape.rows + shape.columns)
            let (row, column) = (cell / shape.columns, cell % shape.columns)
            func note(_ other: Int) {
                if colors[other] == Self.kept, matrix[other] >= 0 { numbers[matrix[other]] = true }
            }
            for other in 0..<shape.columns { note(shape.index(row, other)) }
            for other in 0..<shape.rows { note(shape.index(other, column)) }
            let taken = numbers.indices.filter { numbers[$0] }
            if random.chance(0.5), !taken.isEmpty, Self.mayBlacken(cell, &colors, shape) {
                matrix[cell] = random.element(of: taken)
            } else {
                matrix[cell] = numbers.firstIndex(of: false) ?? 0
            }
        }
        return Problem(
            maximumSide: maximum, rows: shape.rows, columns: shape.columns, matrix: matrix.rows(of: shape.columns),
            referenceAnswer: colors.lines(columns: shape.columns).joined(separator: "\n"))
    }

    /// Blackens the cell if no neighbor is black and the rest stays in one piece.
    private static func mayBlacken(_ cell: Int, _ colors: inout [UInt8], _ shape: GridShape) -> Bool {
        var hasBlackNeighbor = false
        shape.forEachNeighbor(of: cell) { if colors[$0] == black { hasBlackNeighbor = true } }
        if hasBlackNeighbor { return false }
        colors[cell] = black
        let attempt = colors
        if shape.isConnected(where: { attempt[$0] == kept }) { return true }
        colors[cell] = kept
        return false
    }

    func prompt(for problem: Problem) -> String {
        """
        Black out cells of this grid:
        \(problem.matrix.spacedLines)
        Among the cells that are left, no row and no column may hold a number twice. No two black cells may be \
        neighbors, across or down. From each cell that is left there has to be a way to each other one, going up, \
        down, left and right over cells that are left. Answer with \(problem.rows) lines of \(problem.columns) \
        characters and nothing between them: * for a black cell, . for one that is left.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 black neighbors or cells cut off, else (share of rows and columns without doubles)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let colors = answer.grid(rows: shape.rows, columns: shape.columns),
            colors.allSatisfy({ $0 == Self.kept || $0 == Self.black })
        else { return -1 }
        if shape.hasNeighbors(where: { colors[$0] == Self.black }) { return -0.5 }
        guard colors.contains(Self.kept), shape.isConnected(where: { colors[$0] == Self.kept }) else { return -0.5 }
        var right = 0
        var line: [Int] = []
        for row in 0..<shape.rows {
            line.removeAll(keepingCapacity: true)
            for column in 0..<shape.columns where colors[shape.index(row, column)] == Self.kept {
                line.append(problem.matrix[row][column])
            }
            if !Self.hasDoubles(line) { right += 1 }
        }
        for column in 0..<shape.columns {
            line.removeAll(keepingCapacity: true)
            for row in 0..<shape.rows where colors[shape.index(row, column)] == Self.kept {
                line.append(problem.matrix[row][column])
            }
            if !Self.hasDoubles(line) { right += 1 }
        }
        return share(right, of: shape.rows + shape.columns, exponent: 10)
    }

    private static func hasDoubles(_ numbers: [Int]) -> Bool {
        for i in numbers.indices {
            for j in 0..<i where numbers[i] == numbers[j] { return true }
        }
        return false
    }
}
