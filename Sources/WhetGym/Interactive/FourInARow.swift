/// A Connect Four board, 6 rows by 7 columns, as whose turn it is sees it.
///
/// Bits go up the columns: bit `7 × column + row`, row 0 the lowest; the bit above each column's top is always 0, so
/// that no line runs from one column's top into the next one's foot.
struct FourInARow: DuelBoard, Hashable, Sendable {
    static let rows = 6
    static let columns = 7

    var own: UInt64 = 0
    var other: UInt64 = 0

    private static func hasFour(_ discs: UInt64) -> Bool {
        // Up, along the row, and the two diagonals.
        for shift: UInt64 in [1, 7, 6, 8] {
            let pairs = discs & discs >> shift
            if pairs & pairs >> (2 * shift) != 0 { return true }
        }
        return false
    }

    var ownWins: Bool { Self.hasFour(own) }
    var otherWins: Bool { Self.hasFour(other) }
    var count: Int { (own | other).nonzeroBitCount }
    var isFull: Bool { count == Self.rows * Self.columns }

    func isOpen(_ column: Int) -> Bool { (own | other) >> (7 * UInt64(column) + 5) & 1 == 0 }
    var open: [Int] { (0..<Self.columns).filter(isOpen) }

    /// The cell into which a disc falls.
    private func cell(_ column: Int) -> UInt64 {
        let foot: UInt64 = 1 << (7 * UInt64(column))
        return (own | other) & (foot * 0x3F) &+ foot
    }

    func after(_ column: Int) -> FourInARow { FourInARow(own: other, other: own | cell(column)) }

    var turned: FourInARow { FourInARow(own: other, other: own) }

    // MARK: - Search

    private static let won = 10_000
    /// Columns from the middle out: the best moves stand there mostly, and a search that meets them first cuts most.
    private static let order = [3, 2, 4, 1, 5, 0, 6]

    func bestMoves(depth: Int) -> [Int] { bestMoves(depth: depth, weighsThreats: false) }

    /// The moves of the greatest value, from the middle out: all of them where nothing is looked at.
    ///
    /// - Parameter weighsThreats: whether the horizon is judged by `threats`, too.
    func bestMoves(depth: Int, weighsThreats: Bool) -> [Int] {
        let moves = Self.order.filter(isOpen)
        guard depth > 0 else { return moves }
        var best = -Self.won - 1
        var chosen: [Int] = []
        for move in moves {
            // One below the best, so that a tie is seen as one.
            let value = -after(move).search(depth - 1, -Self.won - 1, -(best - 1), weighsThreats)
            if value > best {
                best = value
                chosen = [move]
            } else if value == best {
                chosen.append(move)
            }
        }
        return chosen
    }

    /// Whether whoever moves can force a win, or cannot help losing, within so many moves.
    func isDecided(within depth: Int) -> Bool {
        search(depth, -Self.won - 1, Self.won + 1, false).magnitude > Self.won - 100
    }

    /// Negamax with alpha-beta cuts: `won` − discs on the board for a win in sight, as much below 0 for a loss, else
    /// `promise` at the horizon.
    private func search(_ depth: Int, _ alpha: Int, _ beta: Int, _ weighsThreats: Bool) -> Int {
        if otherWins { return -Self.won + count }
        if isFull { return 0 }
        if depth == 0 { return weighsThreats ? promise + threats : promise }
        // A win at hand needs no search; one of the other's has to be stopped, so that no other move is worth a look.
        var forced = -1
        for column in Self.order where isOpen(column) {
            let cell = cell(column)
            if Self.hasFour(own | cell) { return Self.won - count - 1 }
            if Self.hasFour(other | cell) { forced = column }
        }
        if forced >= 0, depth > 1 { return -after(forced).search(depth - 1, -beta, -alpha, weighsThreats) }
        var alpha = alpha
        var best = -Self.won - 1
        for column in Self.order where isOpen(column) {
            let value = -after(column).search(depth - 1, -beta, -alpha, weighsThreats)
            if value > best {
                best = value
                alpha = max(alpha, value)
                if alpha >= beta { break }
            }
        }
        return best
    }

    /// Who has more lines of four that only own discs stand in; two discs count 3, three 12, one 1.
    var promise: Int {
        Self.lines.withUnsafeBufferPointer { lines in
            var sum = 0
            for line in lines {
                let mine = own & line
                let theirs = other & line
                if theirs == 0 {
                    if mine != 0 { sum += Self.worth(mine.nonzeroBitCount) }
                } else if mine == 0 {
                    sum -= Self.worth(theirs.nonzeroBitCount)
                }
            }
            return sum
        }
    }

    /// Empty cells that would complete a four.
    ///
    /// Columns fill up in the end, and whoever began then puts discs into the odd rows, counted from 1, the other into
    /// the even ones: a cell in a row of one's own wins there, any other only holds the opponent off.
    private var threats: Int {
        let begins = count % 2 == 0
        let mine = completing(own)
        let theirs = completing(other)
        let (good, bad) = begins ? (Self.oddRows, Self.evenRows) : (Self.evenRows, Self.oddRows)
        return Self.inOwnRow * ((mine & good).nonzeroBitCount - (theirs & bad).nonzeroBitCount)
            + Self.inOtherRow * ((mine & bad).nonzeroBitCount - (theirs & good).nonzeroBitCount)
    }

    /// As against a line of three, 12.
    private static let inOwnRow = 40
    private static let inOtherRow = 8

    private static let oddRows: UInt64 = (0..<columns).reduce(0) { $0 | 0b010101 << UInt64(7 * $1) }
    private static let evenRows: UInt64 = (0..<columns).reduce(0) { $0 | 0b101010 << UInt64(7 * $1) }

    private func completing(_ discs: UInt64) -> UInt64 {
        var cells = discs << 1 & discs << 2 & discs << 3
        for shift: UInt64 in [7, 6, 8] {
            let below = discs << shift & discs << (2 * shift)
            let above = discs >> shift & discs >> (2 * shift)
            cells |= below & discs << (3 * shift) | below & discs >> shift
            cells |= above & discs >> (3 * shift) | above & discs << shift
        }
        return cells & (Self.oddRows | Self.evenRows) & ~(own | other)
    }

    @inline(__always)
    private static func worth(_ discs: Int) -> Int { discs == 1 ? 1 : discs == 2 ? 3 : 12 }

    /// The 69 lines of four cells.
    private static let lines: [UInt64] = {
        var lines: [UInt64] = []
        for column in 0..<columns {
            for row in 0..<rows {
                for (right, up) in [(0, 1), (1, 0), (1, 1), (1, -1)]
                where column + 3 * right < columns && 0..<rows ~= row + 3 * up {
                    lines.append((0..<4).reduce(0) { $0 | 1 << UInt64(7 * (column + $1 * right) + row + $1 * up) })
                }
            }
        }
        return lines
    }()
}
