import WhetCore
import WhetEnvironments

/// Open every cell that holds no mine.
///
/// The game begins with a piece of the field open, and fields are drawn until reasoning alone opens the rest: nobody
/// has to guess. The player reasons from the open numbers and never looks at the mines.
struct Minesweeper: InteractiveEnvironment {
    static let name = "Minesweeper"
    static let summary = "Open every field that hides no mine"
    /// Side and mines.
    private static let fields: [(side: Int, mines: Int)] = [
        (4, 2), (5, 3), (5, 4), (6, 5), (6, 6), (7, 8), (7, 9), (8, 11), (8, 12), (9, 15),
    ]
    static var maximumLevel: Int { fields.count - 1 }

    struct Problem: Codable, Hashable, Sendable {
        let rows, columns: Int
        /// Cells with a mine, row by row from 0, in rising order.
        let mines: [Int]
        /// The cell that is opened before the first move.
        let start: Int
    }

    struct State: Sendable {
        let problem: Problem
        var field: MineField
        /// How many cells were open before the first move.
        let given: Int
        var moves = 0

        var isCleared: Bool { field.hidden == field.mines }
        var hasExploded: Bool { field.opened & field.mines != 0 }
    }

    init() {}

    func problem(level: Int, random: inout RandomStream) -> Problem {
        let (side, count) = Self.fields[level]
        while true {
            let mines = random.sample(count, of: side * side).sorted()
            guard var field = MineField(rows: side, columns: side, mines: mines) else { continue }
            let quiet = (0..<side * side).filter { field.number(at: $0) == 0 && field.mines >> $0 & 1 == 0 }
            guard !quiet.isEmpty else { continue }
            let start = random.element(of: quiet)
            field.open(start)
            let left = (field.hidden & ~field.mines).nonzeroBitCount
            guard left >= max(2, side - 2), field.canBeReasonedOut else { continue }
            return Problem(rows: side, columns: side, mines: mines, start: start)
        }
    }

    func start(of problem: Problem) throws -> State {
        guard var field = MineField(rows: problem.rows, columns: problem.columns, mines: problem.mines),
            0..<problem.rows * problem.columns ~= problem.start, field.mines >> problem.start & 1 == 0
        else {
            throw WhetError.unplayable(
                "no field has these rows, columns, mines and start, or it has over \(MineField.maximumCells) cells",
                in: Self.name)
        }
        field.open(problem.start)
        return State(problem: problem, field: field, given: field.opened.nonzeroBitCount)
    }

    func rules(of state: State) -> String {
        """
        Play Minesweeper on \(state.problem.rows) rows and \(state.problem.columns) columns with \
        \(state.problem.mines.count) mines. # is a closed cell; a number says how many of the up to eight cells \
        round it hold a mine. Open all cells without a mine; who opens a mine loses. Where a cell with number 0 is \
        opened, those round it are, too. To move, give the row and the column of a closed cell, each counted from 1 \
        at the top left, with a space between them. No guessing is needed.
        """
    }

    func observation(of state: State) -> String {
        let columns = state.problem.columns
        return (0..<state.problem.rows).map { row in
            (0..<columns).map { column in
                let cell = row * columns + column
                return state.field.hidden >> cell & 1 == 1 ? "#" : "\(state.field.number(at: cell))"
            }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    func legalMoves(in state: State) -> [String] { state.field.hidden.cells.map { name(of: $0, state) } }

    private func name(of cell: Int, _ state: State) -> String {
        "\(cell / state.problem.columns + 1) \(cell % state.problem.columns + 1)"
    }

    func play(_ move: String, in state: inout State) -> GameStep {
        let words = move.split { $0 == " " || $0 == "," }.map { Int($0) }
        guard words.count == 2, let row = words[0], let column = words[1] else {
            return .illegal("a move is a row and a column, such as 1 2")
        }
        guard 1...state.problem.rows ~= row, 1...state.problem.columns ~= column else {
            return .illegal("there is no such cell")
        }
        let cell = (row - 1) * state.problem.columns + column - 1
        guard state.field.hidden >> cell & 1 == 1 else { return .illegal("that cell is open") }
        state.field.open(cell)
        state.moves += 1
        return .played("")
    }

    func isOver(_ state: State) -> Bool { state.isCleared || state.hasExploded }

    /// 1 cleared, else half the share of the closed cells without a mine that were opened.
    func score(of state: State) -> Score {
        let safe = state.problem.rows * state.problem.columns - state.problem.mines.count
        let opened = (state.field.opened & ~state.field.mines).nonzeroBitCount
        let progress = safe == state.given ? 1 : Double(opened - state.given) / Double(safe - state.given)
        let rest = "\(safe - opened) cells were left"
        return .puzzle(
            isSolved: state.isCleared, progress: progress, parts: [.measure("moves", state.moves)],
            reason: state.isCleared ? "cleared the field" : state.hasExploded ? "opened a mine; \(rest)" : rest)
    }

    func nextMove(in state: State) -> String? {
        let known = state.field.deduction()
        return (known.safe.cells.first ?? state.field.safestGuess(known)).map { name(of: $0, state) }
    }
}
