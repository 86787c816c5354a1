import WhetCore
import WhetEnvironments

/// Complete a square in which all rows, columns and diagonals have the same sum.
struct MagicSquarePuzzle: ProceduralEnvironment {
    static let name = "MagicSquarePuzzle"
    static let summary = "Complete a square in which all rows, columns and diagonals have the same sum"
    static let maximumLevel = 20

    struct Problem: Codable, Sendable {
        let side: Int
        let sparsity: Double
        let referenceAnswer: String
        /// 0 for an empty cell.
        let grid: [[Int]]

        enum CodingKeys: String, CodingKey {
            case side = "N"
            case sparsity
            case referenceAnswer = "reference_answer"
            case grid
        }
    }

    init() {}

    /// A side of 3 at level 0; each level one more, leaving out 6, 10, 14, …
    func problem(level: Int, random: inout RandomStream) -> Problem {
        var side = 3
        for _ in 0..<level { side += side % 4 == 1 ? 2 : 1 }
        var square = side % 2 == 1 ? Self.oddSquare(side) : Self.fourfoldSquare(side)
        Self.shuffle(&square, random: &random)
        let sparsity = random.sparsity()
        var grid = square
        for cell in random.emptyCells(side * side, sparsity: sparsity) { grid[cell / side][cell % side] = 0 }
        return Problem(side: side, sparsity: sparsity, referenceAnswer: square.spacedLines, grid: grid)
    }

    /// La Loubère's: up and to the right, or down where that is taken.
    private static func oddSquare(_ side: Int) -> [[Int]] {
        var square = [[Int]](repeating: [Int](repeating: 0, count: side), count: side)
        var (row, column) = (0, side / 2)
        for number in 1...side * side {
            square[row][column] = number
            let next = ((row + side - 1) % side, (column + 1) % side)
            if square[next.0][next.1] == 0 { (row, column) = next } else { row = (row + 1) % side }
        }
        return square
    }

    /// For sides that 4 divides: count up, and turn the numbers on the diagonals of each 4 × 4 block round.
    private static func fourfoldSquare(_ side: Int) -> [[Int]] {
        (0..<side).map { row in
            (0..<side).map { column in
                let number = row * side + column + 1
                let isTurned = row % 4 == column % 4 || row % 4 + column % 4 == 3
                return isTurned ? side * side + 1 - number : number
            }
        }
    }

    /// Rows and columns in the same new order, one that mirrors itself about the middle (which keeps the diagonals),
    /// then perhaps transposed, mirrored and turned round.
    private static func shuffle(_ square: inout [[Int]], random: inout RandomStream) {
        let side = square.count
        var order = Array(0..<side)
        for (place, source) in random.permutation(side / 2).enumerated() {
            let isSwapped = random.chance(0.5)
            order[place] = isSwapped ? side - 1 - source : source
            order[side - 1 - place] = isSwapped ? source : side - 1 - source
        }
        let isTransposed = random.chance(0.5)
        let isMirrored = random.chance(0.5)
        let isComplemented = random.chance(0.5)
        let old = square
        for row in 0..<side {
            for column in 0..<side {
                let from = (order[row], order[isMirrored ? side - 1 - column : column])
                let number = isTransposed ? old[from.1][from.0] : old[from.0][from.1]
                square[row][column] = isComplemented ? side * side + 1 - number : number
            }
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        Cells that show 0 are empty:
        \(problem.grid.spacedLines)
        Fill them so that every number from 1 to \(problem.side * problem.side) stands in the square exactly once and \
        each row, each column and both diagonals add up to \(problem.side * (problem.side * problem.side + 1) / 2). \
        Answer with the whole square: \(problem.side) lines of \(problem.side) numbers separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such square, −0.5 other numbers or a given cell changed, else (share of sums right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let side = problem.side
        guard let square = answer.numberGrid(rows: side, columns: side) else { return -1 }
        var numbers: [Int] = []
        for row in square {
            // 1 … side² as 0 ..< side², without overflow.
            for number in row { numbers.append(number &- 1) }
        }
        guard isPermutation(numbers, of: side * side), agrees(square, with: problem.grid, empty: 0) else { return -0.5 }
        let wanted = side * (side * side + 1) / 2
        var right = square.count { $0.reduce(0, +) == wanted }
        for column in 0..<side where square.reduce(0, { $0 + $1[column] }) == wanted { right += 1 }
        if (0..<side).reduce(0, { $0 + square[$1][$1] }) == wanted { right += 1 }
        if (0..<side).reduce(0, { $0 + square[$1][side - 1 - $1] }) == wanted { right += 1 }
        return share(right, of: 2 * side + 2, exponent: 10)
    }
}
