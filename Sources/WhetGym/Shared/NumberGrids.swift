import WhetEnvironments

/// Whether each row and each column of a square holds 0 ..< side exactly once.
func isLatin(_ square: [[Int]]) -> Bool {
    let side = square.count
    return square.allSatisfy { isPermutation($0, of: side) }
        && (0..<side).allSatisfy { column in isPermutation(square.map { $0[column] }, of: side) }
}

/// Whether a filled grid keeps the cells that were given.
func agrees(_ grid: [[Int]], with given: [[Int]], empty: Int) -> Bool {
    for (row, givenRow) in zip(grid, given) {
        for (cell, givenCell) in zip(row, givenRow) where givenCell != empty && givenCell != cell { return false }
    }
    return true
}

extension Answer {
    /// Lines of numbers, empty ones left out; nil if they are not `rows` of `columns` each.
    func numberGrid(rows: Int, columns: Int) -> [[Int]]? {
        guard let grid = integerRows(skippingEmptyLines: true), grid.count == rows,
            grid.allSatisfy({ $0.count == columns })
        else { return nil }
        return grid
    }
}

/// (share of cells that are as in `gold`) to a power; −1 for a grid of another size.
func shareOfCells(_ answer: Answer, _ gold: [[Int]], exponent: Int) -> Double {
    guard let width = gold.first?.count, let grid = answer.numberGrid(rows: gold.count, columns: width) else {
        return -1
    }
    var right = 0
    for (row, goldRow) in zip(grid, gold) {
        for (cell, goldCell) in zip(row, goldRow) where cell == goldCell { right += 1 }
    }
    return power(Double(right) / Double(gold.count * width), exponent)
}
