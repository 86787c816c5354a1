import WhetEnvironments

/// Rewards of answers that are right in part, as RLVE-Gym computes them.

/// `base` to a small whole `exponent`, by multiplication.
func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return result
}

/// (part ÷ whole) to a power.
func share(_ part: Int, of whole: Int, exponent: Int) -> Double { power(Double(part) / Double(whole), exponent) }

/// The smaller over the larger, to a power; for numbers from 0 up, of which two zeros are alike.
func ratio(_ a: Int, _ b: Int, exponent: Int) -> Double {
    a == b ? 1 : share(min(a, b), of: max(a, b), exponent: exponent)
}

/// At how many places two lists agree.
func matches(_ a: some Collection<Int>, _ b: [Int]) -> Int {
    var matches = 0
    for (mine, theirs) in zip(a, b) where mine == theirs { matches += 1 }
    return matches
}

/// The share of places where two lists agree, to the tenth power: RLVE-Gym's usual partial credit.
///
/// - Parameter answer: as long as `gold`.
func shareOfMatches(_ answer: some Collection<Int>, _ gold: [Int], exponent: Int = 10) -> Double {
    share(matches(answer, gold), of: gold.count, exponent: exponent)
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
    return share(right, of: gold.count * width, exponent: exponent)
}

/// 1 where they agree, 0 where they do not, −1 for what is no whole number.
func exactness(_ answer: Answer, _ gold: Int) -> Double {
    guard let number = answer.integer else { return -1 }
    return number == gold ? 1 : 0
}

/// 1 where they agree, 0 where they do not, −0.5 for no remainder of `modulus`, −1 for what is no whole number.
func exactness(_ answer: Answer, _ gold: Int, modulus: Int) -> Double {
    guard let number = answer.integer else { return -1 }
    guard number >= 0, number < modulus else { return -0.5 }
    return number == gold ? 1 : 0
}
