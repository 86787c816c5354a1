import WhetCore
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

extension RandomStream {
    /// A Latin square of 0 ..< side: one that counts up, its rows and columns in random order.
    mutating func latinSquare(_ side: Int) -> [[Int]] {
        let rows = permutation(side)
        let columns = permutation(side)
        return rows.map { row in columns.map { (row + $0) % side } }
    }
}
