/// A field of Minesweeper, partly open, and what can be reasoned from its open numbers.
///
/// Sets of cells are bits, row by row.
struct MineField: Sendable {
    static let maximumCells = 128

    let mines: UInt128
    private(set) var opened: UInt128 = 0
    private let all: UInt128
    /// The up to eight cells round each.
    private let around: [UInt128]

    /// nil if it has more cells than fit, a mine off the field or twice, or nothing but mines.
    init?(rows: Int, columns: Int, mines: [Int]) {
        guard 1...Self.maximumCells ~= rows, 1...Self.maximumCells ~= columns, rows * columns <= Self.maximumCells,
            mines.count < rows * columns, Set(mines).count == mines.count,
            mines.allSatisfy({ 0..<rows * columns ~= $0 })
        else { return nil }
        self.mines = mines.reduce(0) { $0 | 1 << $1 }
        let count = rows * columns
        all = count == Self.maximumCells ? .max : (1 << count) - 1
        let shape = GridShape(rows: rows, columns: columns)
        around = (0..<count).map { cell in
            var set: UInt128 = 0
            shape.forEachAround(cell) { set |= 1 << $0 }
            return set
        }
    }

    var hidden: UInt128 { all & ~opened }

    /// How many mines stand round a cell.
    func number(at cell: Int) -> Int { (around[cell] & mines).nonzeroBitCount }

    /// Opens a cell, and those round every 0.
    mutating func open(_ cell: Int) {
        opened |= 1 << cell
        guard mines >> cell & 1 == 0 else { return }
        var quiet = number(at: cell) == 0 ? [cell] : []
        while let next = quiet.popLast() {
            let fresh = around[next] & ~opened
            opened |= fresh
            quiet += fresh.cells.filter { number(at: $0) == 0 }
        }
    }

    // MARK: - Reasoning

    /// So many mines are among these cells.
    private struct Constraint: Hashable {
        var cells: UInt128
        var mines: Int
    }

    struct Deduction {
        var safe: UInt128 = 0
        var mines: UInt128 = 0
    }

    /// What the open numbers say, and how many mines there are in all.
    private var constraints: [Constraint] {
        let hidden = hidden
        var constraints = Set(
            opened.cells.compactMap { cell in
                let near = around[cell] & hidden
                return near == 0 ? nil : Constraint(cells: near, mines: number(at: cell))
            })
        constraints.insert(Constraint(cells: hidden, mines: mines.nonzeroBitCount))
        // A set has no order of its own.
        return constraints.sorted { $0.cells < $1.cells }
    }

    /// Closed cells that surely hold no mine, or surely one, by comparing constraints in pairs until nothing new comes.
    ///
    /// Of two constraints, as many mines stand in the cells of one alone as its number is greater, at least; where that
    /// is all its cells, they are mines and those of the other alone are safe.
    func deduction() -> Deduction {
        var known = Deduction()
        var constraints = constraints
        while true {
            let before = (known.safe, known.mines)
            constraints = constraints.compactMap { constraint in
                let cells = constraint.cells & ~known.safe & ~known.mines
                let mines = constraint.mines - (constraint.cells & known.mines).nonzeroBitCount
                return cells == 0 ? nil : Constraint(cells: cells, mines: mines)
            }
            for first in constraints {
                if first.mines == 0 { known.safe |= first.cells }
                if first.mines == first.cells.nonzeroBitCount { known.mines |= first.cells }
                for second in constraints where first.cells & second.cells != 0 {
                    let own = first.cells & ~second.cells
                    if first.mines - second.mines == own.nonzeroBitCount {
                        known.mines |= own
                        known.safe |= second.cells & ~first.cells
                    }
                }
            }
            if (known.safe, known.mines) == before { return known }
        }
    }

    /// Whether reasoning alone opens all that holds no mine.
    var canBeReasonedOut: Bool {
        var field = self
        while field.hidden != mines {
            let safe = field.deduction().safe
            guard safe != 0 else { return false }
            for cell in safe.cells { field.open(cell) }
        }
        return true
    }

    /// Where nothing is sure: the closed cell that the numbers next to it make least suspicious.
    func safestGuess(_ known: Deduction) -> Int? {
        let constraints = constraints
        let open = hidden & ~known.mines
        return open.cells.map { cell in
            let shares = constraints.filter { $0.cells >> cell & 1 == 1 }.map { constraint in
                let rest = constraint.cells & ~known.mines
                return Double(constraint.mines - (constraint.cells & known.mines).nonzeroBitCount)
                    / Double(rest.nonzeroBitCount)
            }
            return (cell: cell, risk: shares.max() ?? 1)
        }.min { $0.risk < $1.risk }?.cell
    }
}

extension UInt128 {
    /// The places of its bits, the lowest first.
    var cells: [Int] {
        var cells: [Int] = []
        cells.reserveCapacity(nonzeroBitCount)
        var rest = self
        while rest != 0 {
            cells.append(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
        return cells
    }
}
