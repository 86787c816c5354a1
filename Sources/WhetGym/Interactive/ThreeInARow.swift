/// A tic-tac-toe board as whose turn it is sees it: bit `n` for the cell in row n ÷ 3, column n mod 3.
struct ThreeInARow: DuelBoard, Hashable, Sendable {
    var own: UInt32 = 0
    var other: UInt32 = 0

    private static let lines: [UInt32] = [0o7, 0o70, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124]
    private static let all: UInt32 = 0o777

    private static func hasLine(_ cells: UInt32) -> Bool {
        for line in lines where cells & line == line { return true }
        return false
    }

    var ownWins: Bool { Self.hasLine(own) }
    var otherWins: Bool { Self.hasLine(other) }
    var isFull: Bool { own | other == Self.all }

    func isEmpty(_ cell: Int) -> Bool { (own | other) >> cell & 1 == 0 }
    var empty: [Int] { (0..<9).filter(isEmpty) }

    var turned: ThreeInARow { ThreeInARow(own: other, other: own) }

    func after(_ cell: Int) -> ThreeInARow { ThreeInARow(own: other, other: own | 1 << cell) }

    /// The moves of the greatest value: all of them where nothing is looked at.
    func bestMoves(depth: Int) -> [Int] {
        let moves = empty
        guard depth > 0 else { return moves }
        let values = moves.map { -after($0).value(depth: depth - 1) }
        let best = values.max()
        return zip(moves, values).filter { $0.1 == best }.map(\.0)
    }

    /// Of the opponent's answers to a move, the share that loses against good play.
    func traps(after cell: Int) -> Double {
        let board = after(cell)
        let answers = board.empty
        guard !answers.isEmpty, !board.otherWins else { return 0 }
        return Double(answers.count { board.after($0).value(depth: 9) > 0 }) / Double(answers.count)
    }

    /// 10 − moves to it for a win in sight, as much below 0 for a loss, else 0.
    private func value(depth: Int) -> Int {
        // Whoever sees all moves that are left sees what was found out once and for all.
        depth >= 9 - (own | other).nonzeroBitCount ? Int(Self.values[Int(own | other << 9)]) : search(depth)
    }

    private func search(_ depth: Int) -> Int {
        if otherWins { return -10 }
        if depth == 0 || isFull { return 0 }
        var best = -10
        for cell in 0..<9 where isEmpty(cell) {
            let value = -after(cell).search(depth - 1)
            best = max(best, value - value.signum())
        }
        return best
    }

    /// The value of every position that can come up, by own cells + 512 × the other's.
    private static let values: [Int8] = {
        let unknown = Int8.min
        var values = [Int8](repeating: unknown, count: 1 << 18)
        func fill(_ board: ThreeInARow) -> Int8 {
            let key = Int(board.own | board.other << 9)
            guard values[key] == unknown else { return values[key] }
            var best: Int8 = board.otherWins || !board.isFull ? -10 : 0
            if !board.otherWins {
                for cell in 0..<9 where board.isEmpty(cell) {
                    let value = -fill(board.after(cell))
                    best = max(best, value - value.signum())
                }
            }
            values[key] = best
            return best
        }
        _ = fill(ThreeInARow())
        return values
    }()
}
