import WhetCore
import WhetEnvironments

/// A Latin square of heights from how many can be seen from each side.
struct SkyscraperPuzzle: ProceduralEnvironment {
    static let name = "SkyscraperPuzzle"
    static let summary = "A Latin square of heights from how many can be seen from each side"

    struct Problem: Codable, Sendable {
        let side: Int
        let left, right, top, bottom: [Int]
        let referenceAnswer: String

        enum CodingKeys: String, CodingKey {
            case side = "N"
            case left, right, top, bottom
            case referenceAnswer = "reference_answer"
        }
    }

    init() {}

    /// A side of 3 at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = 3 + level
        let square = random.latinSquare(side)
        let views = Self.views(square)
        return Problem(
            side: side, left: views.left, right: views.right, top: views.top, bottom: views.bottom,
            referenceAnswer: square.spacedLines)
    }

    /// How many are taller than all before them, from each side.
    private static func views(_ square: [[Int]]) -> (left: [Int], right: [Int], top: [Int], bottom: [Int]) {
        let range = 0..<square.count
        func visible(_ height: (Int) -> Int) -> Int {
            var tallest = -1
            var count = 0
            for place in range where height(place) > tallest {
                tallest = height(place)
                count += 1
            }
            return count
        }
        let last = square.count - 1
        return (
            range.map { row in visible { square[row][$0] } }, range.map { row in visible { square[row][last - $0] } },
            range.map { column in visible { square[$0][column] } },
            range.map { column in visible { square[last - $0][column] } }
        )
    }

    func prompt(for problem: Problem) -> String {
        """
        On a square of \(problem.side) × \(problem.side) fields stand towers of heights 0 to \(problem.side - 1), each \
        height exactly once in every row and column. Looking along a line, one sees the towers that are taller than \
        all before them. So many are seen
        from the left, row by row: \(problem.left.spaced)
        from the right, row by row: \(problem.right.spaced)
        from the top, column by column: \(problem.top.spaced)
        from the bottom, column by column: \(problem.bottom.spaced)
        Answer with the heights: \(problem.side) lines of \(problem.side) numbers separated by spaces.
        """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such square, −0.5 not Latin, else (share of views right)¹⁰.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let square = answer.numberGrid(rows: problem.side, columns: problem.side) else { return -1 }
        guard isLatin(square) else { return -0.5 }
        let views = Self.views(square)
        let right =
            matches(views.left, problem.left) + matches(views.right, problem.right)
            + matches(views.top, problem.top) + matches(views.bottom, problem.bottom)
        return share(right, of: 4 * problem.side, exponent: 10)
    }
}
