import WhetCore
import WhetEnvironments

/// Add queens to a chessboard so that none threatens another.
struct QueenPlacement: ProceduralEnvironment {
    static let name = "QueenPlacement"
    static let summary = "Add queens to a chessboard so that none threatens another"

    struct Problem: Codable, Sendable {
        let side: Int
        /// `Q` or `.`.
        let grid: [[String]]
        let referenceAnswer: String
        let missing: Int

        enum CodingKeys: String, CodingKey {
            case side = "N"
            case grid
            case referenceAnswer = "reference_answer"
            case missing = "K"
        }
    }

    private static let queen = UInt8(ascii: "Q")
    private static let free = UInt8(ascii: ".")

    /// Rows, columns and diagonals that queens stand on.
    private struct Lines {
        private var rows, columns, falling, rising: [Bool]

        init(side: Int) {
            rows = [Bool](repeating: false, count: side)
            columns = rows
            falling = [Bool](repeating: false, count: 2 * side)
            rising = falling
        }

        /// - Returns: false if a queen there is threatened.
        mutating func place(_ row: Int, _ column: Int) -> Bool {
            let down = row - column + rows.count
            guard !rows[row], !columns[column], !falling[down], !rising[row + column] else { return false }
            rows[row] = true
            columns[column] = true
            falling[down] = true
            rising[row + column] = true
            return true
        }
    }

    init() {}

    /// A side of 4 at level 0, one more a level; up to half of the queens that were placed at random are missing.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = 4 + level
        var lines = Lines(side: side)
        let queens = random.permutation(side * side).filter { lines.place($0 / side, $0 % side) }
        var board = [UInt8](repeating: Self.free, count: side * side)
        for cell in queens { board[cell] = Self.queen }
        let reference = board.lines(columns: side).joined(separator: "\n")
        let missing = random.integer(1...max(1, queens.count / 2))
        // They are in random order.
        for cell in queens.prefix(missing) { board[cell] = Self.free }
        return Problem(
            side: side, grid: board.map { $0 == Self.queen ? "Q" : "." }.rows(of: side), referenceAnswer: reference,
            missing: missing)
    }

    func prompt(for problem: Problem) -> String {
        """
        On this chessboard Q is a queen and . a free field:
        \(problem.grid.map { $0.joined() }.joined(separator: "\n"))
        Put \(problem.missing) more queens on it such that no two of all queens share a row, a column or a diagonal. \
        Answer with the whole board: \(problem.side) lines of \(problem.side) characters, Q or ., and nothing between \
        them.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such board, −0.5 a given queen gone, 0 one threatened or a wrong count, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let side = problem.side
        guard let board = answer.grid(rows: side, columns: side),
            board.allSatisfy({ $0 == Self.queen || $0 == Self.free })
        else { return -1 }
        var lines = Lines(side: side)
        var added = 0
        for row in 0..<side {
            for column in 0..<side {
                let isQueen = board[row * side + column] == Self.queen
                let isGiven = problem.grid[row][column] == "Q"
                // Whichever comes first from the top counts, as in RLVE-Gym.
                if isGiven, !isQueen { return -0.5 }
                guard isQueen else { continue }
                guard lines.place(row, column) else { return 0 }
                if !isGiven { added += 1 }
            }
        }
        return added == problem.missing ? 1 : 0
    }
}
