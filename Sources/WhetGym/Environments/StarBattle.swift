import WhetCore
import WhetEnvironments

/// A star in each row, none beside another.
struct StarBattle: ProceduralEnvironment {
    static let name = "StarBattle"
    static let summary = "A star in each row, none beside another"

    struct Problem: Codable, Sendable {
        let maximumSide: Int
        let sparsity: Double
        let rows, columns: Int
        /// `X` taken, `.` free.
        let grid: [[String]]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case maximumSide = "MAX_N_M"
            case sparsity
            case rows = "N"
            case columns = "M"
            case grid
            case referenceAnswer = "reference_answer"
        }
    }

    private static let taken = UInt8(ascii: "X")
    private static let free = UInt8(ascii: ".")
    private static let star = UInt8(ascii: "*")

    init() {}

    /// Sides of up to 4 cells at level 0, one more a level, and at least as many columns as rows.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let maximum = 4 + level
        let sparsity = random.element(of: [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9])
        while true {
            let rows = random.integer(2...maximum)
            let shape = GridShape(rows: rows, columns: random.integer(max(3, rows)...maximum))
            let stars = random.sample(rows, of: shape.columns)
            guard zip(stars, stars.dropFirst()).allSatisfy({ abs($0 - $1) > 1 }) else { continue }
            var grid = [UInt8](repeating: Self.free, count: shape.count)
            for (row, column) in stars.enumerated() { grid[shape.index(row, column)] = Self.star }
            let others = grid.indices.filter { grid[$0] == Self.free }
            for index in random.sample(max(1, Int(Double(others.count) * sparsity)), of: others.count) {
                grid[others[index]] = Self.taken
            }
            return Problem(
                maximumSide: maximum, sparsity: sparsity, rows: rows, columns: shape.columns,
                grid: grid.map { $0 == Self.taken ? "X" : "." }.rows(of: shape.columns),
                referenceAnswer: grid.lines(columns: shape.columns).joined(separator: "\n"))
        }
    }

    func prompt(for problem: Problem) -> String {
        """
        Put stars (*) on free cells (.) of this grid:
        \(problem.grid.map { $0.joined() }.joined(separator: "\n"))
        Each row gets exactly one star and each column at most one, and no star may be next to another, not even \
        diagonally. Answer with the whole grid: \(problem.rows) lines of \(problem.columns) characters, X, . or *, and \
        nothing between them.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such grid, −0.5 an X changed or added, 0 stars that break the rules, 1 right.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.rows, columns: problem.columns)
        guard let grid = answer.grid(rows: shape.rows, columns: shape.columns),
            grid.allSatisfy({ $0 == Self.taken || $0 == Self.free || $0 == Self.star })
        else { return -1 }
        for row in 0..<shape.rows {
            for column in 0..<shape.columns
            where (grid[shape.index(row, column)] == Self.taken) != (problem.grid[row][column] == "X") {
                return -0.5
            }
        }
        var stars: [Int] = []
        for row in 0..<shape.rows {
            let columns = (0..<shape.columns).filter { grid[shape.index(row, $0)] == Self.star }
            guard columns.count == 1 else { return 0 }
            stars.append(columns[0])
        }
        guard areDistinct(stars, below: shape.columns) else { return 0 }
        return zip(stars, stars.dropFirst()).allSatisfy { abs($0 - $1) > 1 } ? 1 : 0
    }
}
