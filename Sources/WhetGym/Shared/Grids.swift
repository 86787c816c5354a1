import WhetCore

/// Grids of characters and numbers, row by row in one list.
struct GridShape {
    let rows, columns: Int

    var count: Int { rows * columns }

    func index(_ row: Int, _ column: Int) -> Int { row * columns + column }

    /// Calls `body` with each cell above, below, left and right of `index` that there is.
    @inline(__always)
    func forEachNeighbor(of index: Int, _ body: (Int) -> Void) {
        let column = index % columns
        if index >= columns { body(index - columns) }
        if index + columns < count { body(index + columns) }
        if column > 0 { body(index - 1) }
        if column + 1 < columns { body(index + 1) }
    }

    /// Whether all cells that `belongs` says are one piece, joined side by side; true of none or one.
    func isConnected(where belongs: (Int) -> Bool) -> Bool {
        var total = 0
        var first = -1
        for index in 0..<count where belongs(index) {
            if first < 0 { first = index }
            total += 1
        }
        guard total > 1 else { return true }
        var seen = [Bool](repeating: false, count: count)
        var stack = [first]
        seen[first] = true
        var reached = 0
        while let cell = stack.popLast() {
            reached += 1
            forEachNeighbor(of: cell) { next in
                if !seen[next], belongs(next) {
                    seen[next] = true
                    stack.append(next)
                }
            }
        }
        return reached == total
    }
}

extension [UInt8] {
    /// A flat grid as lines of text.
    func lines(columns: Int) -> [String] {
        stride(from: 0, to: count, by: columns).map { String(decoding: self[$0..<$0 + columns], as: UTF8.self) }
    }
}

/// A shape whose sides are drawn from 2 to `maximum`.
func randomShape(maximum: Int, random: inout RandomStream) -> GridShape {
    let rows = random.integer(2...maximum)
    return GridShape(rows: rows, columns: random.integer(2...maximum))
}

extension RandomStream {
    /// The share of cells that puzzles leave empty, from RLVE-Gym's list: 0.1, 0.2, … 0.9.
    mutating func sparsity() -> Double { Double(integer(1...9)) / 10 }

    /// Which of `count` cells a puzzle leaves empty: `sparsity` of them, at least one.
    mutating func emptyCells(_ count: Int, sparsity: Double) -> [Int] {
        sample(max(1, Int(Double(count) * sparsity)), of: count)
    }
}
