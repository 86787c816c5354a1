import WhetCore
import WhetEnvironments

/// A Latin square with some cells given and some inequalities between cells.
struct FutoshikiPuzzle: ProceduralEnvironment {
    static let name = "FutoshikiPuzzle"
    static let summary = "A Latin square with some cells given and some inequalities between cells"

    struct Problem: Codable, Sendable {
        let side: Int
        let sparsity: Double
        /// −1 for an empty cell.
        let matrix: [[Int]]
        let referenceAnswer: String
        let inequalities: [Inequality]

        enum CodingKeys: String, CodingKey {
            case side = "N"
            case sparsity, matrix
            case referenceAnswer = "reference_answer"
            case inequalities
        }
    }

    /// `[row, column, row, column]`: the first cell is smaller than the second.
    struct Inequality: Codable, Hashable, Sendable {
        let smallerRow, smallerColumn, largerRow, largerColumn: Int

        init(smallerRow: Int, smallerColumn: Int, largerRow: Int, largerColumn: Int) {
            self.smallerRow = smallerRow
            self.smallerColumn = smallerColumn
            self.largerRow = largerRow
            self.largerColumn = largerColumn
        }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            smallerRow = try container.decode(Int.self)
            smallerColumn = try container.decode(Int.self)
            largerRow = try container.decode(Int.self)
            largerColumn = try container.decode(Int.self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            for number in [smallerRow, smallerColumn, largerRow, largerColumn] { try container.encode(number) }
        }
    }

    init() {}

    /// A side of 3 at level 0, one more a level; 1 to 2 × side inequalities.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let side = 3 + level
        var matrix = random.latinSquare(side)
        let reference = matrix.spacedLines
        let count = random.integer(1...2 * side)
        var inequalities: Set<Inequality> = []
        var ordered: [Inequality] = []
        while ordered.count < count {
            let (a, b) = (random.integer(0...side * side - 1), random.integer(0...side * side - 1))
            let (row, column, otherRow, otherColumn) = (a / side, a % side, b / side, b % side)
            guard matrix[row][column] < matrix[otherRow][otherColumn] else { continue }
            let inequality = Inequality(
                smallerRow: row, smallerColumn: column, largerRow: otherRow, largerColumn: otherColumn)
            if inequalities.insert(inequality).inserted { ordered.append(inequality) }
        }
        let sparsity = random.sparsity()
        for cell in random.emptyCells(side * side, sparsity: sparsity) { matrix[cell / side][cell % side] = -1 }
        return Problem(
            side: side, sparsity: sparsity, matrix: matrix, referenceAnswer: reference, inequalities: ordered)
    }

    func prompt(for problem: Problem) -> String {
        let lines = problem.inequalities.map {
            "c[\($0.smallerRow)][\($0.smallerColumn)] < c[\($0.largerRow)][\($0.largerColumn)]"
        }
        return """
            In this square the cells that show -1 are empty:
            \(problem.matrix.spacedLines)
            Fill them so that each row and each column holds every number from 0 to \(problem.side - 1) exactly once, \
            and so that the following holds, c[i][j] being the cell of row i and column j, both counted from 0:
            \(lines.joined(separator: "\n"))
            Answer with the whole square: \(problem.side) lines of \(problem.side) numbers separated by spaces.
            """
    }

    func demonstration(for problem: Problem) -> String? { problem.referenceAnswer }

    /// −1 no such square, −0.5 not Latin or a given cell changed, else (share of inequalities that hold)⁵.
    func score(_ answer: Answer, for problem: Problem) -> Double {
        let side = problem.side
        guard let square = answer.numberGrid(rows: side, columns: side) else { return -1 }
        guard isLatin(square), agrees(square, with: problem.matrix, empty: -1) else { return -0.5 }
        let right = problem.inequalities.count {
            square[$0.smallerRow][$0.smallerColumn] < square[$0.largerRow][$0.largerColumn]
        }
        return share(right, of: problem.inequalities.count, exponent: 5)
    }
}
