import WhetCore
import WhetEnvironments

/// Small arithmetic that many environments need.

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

/// A parameter that a difficulty level raises `level` times: each time to the whole part of `factor` × itself + `plus`.
func grown(from start: Int, level: Int, factor: Double = 1, plus: Double = 0) -> Int {
    var value = start
    for _ in 0..<level { value = Int(Double(value) * factor + plus) }
    return value
}

/// The share of places where two lists agree, to the tenth power: RLVE-Gym's usual partial credit.
///
/// - Parameter answer: as long as `gold`.
func shareOfMatches(_ answer: some Collection<Int>, _ gold: [Int], exponent: Int = 10) -> Double {
    var right = 0
    for (mine, theirs) in zip(answer, gold) where mine == theirs { right += 1 }
    return power(Double(right) / Double(gold.count), exponent)
}

/// 1 where they agree, 0 where they do not, −1 for what is no whole number.
func exactness(_ answer: Answer, _ gold: Int) -> Double {
    guard let number = answer.integer else { return -1 }
    return number == gold ? 1 : 0
}

extension Collection<Int> {
    /// The numbers with a space between them.
    var spaced: String {
        var text: [UInt8] = []
        text.reserveCapacity(count * 4)
        for (index, number) in enumerated() {
            if index > 0 { text.append(0x20) }
            text.appendDecimal(number)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [[Int]] {
    /// A row a line, numbers with a space between them.
    var spacedLines: String { map(\.spaced).joined(separator: "\n") }
}

extension [UInt8] {
    /// The number in decimal, without a string in between.
    mutating func appendDecimal(_ number: Int) {
        var magnitude = number.magnitude
        if number < 0 { append(UInt8(ascii: "-")) }
        let start = count
        repeat {
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
            append(UInt8(ascii: "0") + UInt8(remainder))
            magnitude = quotient
        } while magnitude > 0
        self[start...].reverse()
    }
}

extension RandomStream {
    /// A uniform whole number of `range`.
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// The numbers 0 ..< count in random order.
    mutating func permutation(_ count: Int) -> [Int] { Array(0..<count).shuffled(using: &self) }

    /// `size` different numbers of 0 ..< count, in random order.
    mutating func sample(_ size: Int, of count: Int) -> [Int] {
        guard size * 4 > count else {
            var chosen: Set<Int> = []
            var sample: [Int] = []
            while sample.count < size {
                let number = integer(0...count - 1)
                if chosen.insert(number).inserted { sample.append(number) }
            }
            return sample
        }
        var numbers = Array(0..<count)
        for index in 0..<size { numbers.swapAt(index, integer(index...count - 1)) }
        return Array(numbers[..<size])
    }
}

/// The smaller over the larger, to a power; for positive numbers.
func ratio(_ a: Int, _ b: Int, exponent: Int) -> Double {
    power(Double(min(a, b)) / Double(max(a, b)), exponent)
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a.magnitude, b.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return Int(a)
}

/// Where each of the numbers 0 ..< count stands in a permutation of them.
func inverse(of permutation: [Int]) -> [Int] {
    var inverse = permutation
    for (place, number) in permutation.enumerated() where inverse.indices ~= number { inverse[number] = place }
    return inverse
}

extension RandomStream {
    /// An index, each as likely as its weight says.
    mutating func weighted(_ weights: [Int]) -> Int {
        var rest = integer(0...weights.reduce(0, +) - 1)
        for (index, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return index }
        }
        return weights.count - 1
    }
}

extension Array {
    /// A flat grid as rows.
    func rows(of width: Int) -> [[Element]] {
        stride(from: 0, to: count, by: width).map { Array(self[$0..<Swift.min($0 + width, count)]) }
    }
}
