/// Small arithmetic that many environments need.

/// A parameter that a difficulty level raises `level` times: each time to the whole part of `factor` × itself + `plus`.
func grown(from start: Int, level: Int, factor: Double = 1, plus: Double = 0) -> Int {
    var value = start
    for _ in 0..<level { value = Int(Double(value) * factor + plus) }
    return value
}

/// 10 to the power of up to 18.
func powerOfTen(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

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

/// Each number 0 ..< count exactly once?
func isPermutation(_ numbers: [Int], of count: Int) -> Bool {
    numbers.count == count && areDistinct(numbers, below: count)
}

/// Numbers of 0 ..< bound, none twice?
func areDistinct(_ numbers: some Collection<Int>, below bound: Int) -> Bool {
    if bound <= 64 {
        var seen: UInt64 = 0
        for number in numbers {
            guard number >= 0, number < bound, seen >> UInt64(number) & 1 == 0 else { return false }
            seen |= 1 << UInt64(number)
        }
        return true
    }
    var seen = [Bool](repeating: false, count: bound)
    for number in numbers {
        guard number >= 0, number < bound, !seen[number] else { return false }
        seen[number] = true
    }
    return true
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
