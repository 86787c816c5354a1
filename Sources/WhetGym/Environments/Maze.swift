import WhetCore
import WhetEnvironments

/// The shortest way through a maze, from corner to corner.
struct Maze: ProceduralEnvironment {
    static let name = "Maze"
    static let summary = "The shortest way through a maze, from corner to corner"
    /// Sides of about 60 cells; in larger ones with four in ten cells walls, hardly any has a way through.
    static let maximumLevel = 15

    struct Problem: Codable, Sendable {
        let side: Int
        let density: Double
        /// `#` wall, `.` free.
        let maze: [String]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case side = "N"
            case density, maze
            case referenceAnswer = "reference_answer"
        }
    }

    private static let wall = UInt8(ascii: "#")

    init() {}

    /// A side of 4 cells at level 0, each level a tenth more, and one; one to four tenths walls, drawn until there is a
    /// way.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = grown(from: 4, level: level, factor: 1.1, plus: 1)
        let density = Double(random.integer(1...4)) / 10
        while true {
            var maze = (0..<side * side).map { _ in random.chance(density) ? Self.wall : UInt8(ascii: ".") }
            maze[0] = UInt8(ascii: ".")
            maze[maze.count - 1] = UInt8(ascii: ".")
            if let way = Self.shortestWay(maze, side) {
                return Problem(side: side, density: density, maze: maze.lines(columns: side), referenceAnswer: way)
            }
        }
    }

    private static func shortestWay(_ maze: [UInt8], _ side: Int) -> String? {
        let shape = GridShape(rows: side, columns: side)
        var previous = [Int](repeating: -1, count: shape.count)
        previous[0] = 0
        var queue = [0]
        var head = 0
        while head < queue.count, previous[shape.count - 1] < 0 {
            let cell = queue[head]
            head += 1
            shape.forEachNeighbor(of: cell) { next in
                guard maze[next] != wall, previous[next] < 0 else { return }
                previous[next] = cell
                queue.append(next)
            }
        }
        guard previous[shape.count - 1] >= 0 else { return nil }
        var way: [UInt8] = []
        var cell = shape.count - 1
        while cell != 0 {
            let step = Direction.allCases.first { shape.neighbor(of: previous[cell], $0) == cell }
            if let step { way.append(step.letter) }
            cell = previous[cell]
        }
        return String(decoding: way.reversed(), as: UTF8.self)
    }

    func prompt(for problem: Problem) -> String {
        """
        In this maze # is a wall and . is free:
        \(problem.maze.joined(separator: "\n"))
        Find a shortest way over free cells from the top left corner to the bottom right one, each step going up (U), \
        down (D), left (L) or right (R). Answer with the letters of the steps in order and nothing between them.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 another letter, −0.5 into a wall or off the maze, −0.2 not to the corner, else (shortest ÷ steps)³.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let shape = GridShape(rows: problem.side, columns: problem.side)
        let maze = problem.maze.flatMap { Array($0.utf8) }
        guard maze.count == shape.count else { return -1 }
        var cell = 0
        for letter in answer.bytes {
            guard let step = Direction(letter: letter) else { return -1 }
            guard let next = shape.neighbor(of: cell, step), maze[next] != Self.wall else { return -0.5 }
            cell = next
        }
        guard cell == shape.count - 1 else { return -0.2 }
        guard !answer.bytes.isEmpty else { return -1 }
        return share(problem.referenceAnswer.utf8.count, of: answer.bytes.count, exponent: 3)
    }
}
