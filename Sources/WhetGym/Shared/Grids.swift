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

    /// Calls `body` with each of the up to eight cells round `index`.
    @inline(__always)
    func forEachAround(_ index: Int, _ body: (Int) -> Void) {
        let (row, column) = (index / columns, index % columns)
        for near in max(0, row - 1)...min(rows - 1, row + 1) {
            for beside in max(0, column - 1)...min(columns - 1, column + 1) where near != row || beside != column {
                body(self.index(near, beside))
            }
        }
    }

    /// Whether two cells that `belongs` says are side by side.
    func hasNeighbors(where belongs: (Int) -> Bool) -> Bool {
        for index in 0..<count where belongs(index) {
            if index % columns > 0, belongs(index - 1) { return true }
            if index >= columns, belongs(index - columns) { return true }
        }
        return false
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

extension Array {
    /// A flat grid as rows.
    func rows(of width: Int) -> [[Element]] {
        stride(from: 0, to: count, by: width).map { Array(self[$0..<Swift.min($0 + width, count)]) }
    }
}

extension RandomStream {
    /// A shape whose sides are drawn from 2 to `maximum`.
    mutating func shape(maximum: Int) -> GridShape {
        let rows = integer(2...maximum)
        return GridShape(rows: rows, columns: integer(2...maximum))
    }

    /// The share of cells that puzzles leave empty, from RLVE-Gym's list: 0.1, 0.2, … 0.9.
    mutating func sparsity() -> Double { Double(integer(1...9)) / 10 }

    /// Which of `count` cells a puzzle leaves empty: `sparsity` of them, at least one.
    mutating func emptyCells(_ count: Int, sparsity: Double) -> [Int] {
        sample(max(1, Int(Double(count) * sparsity)), of: count)
    }
}
