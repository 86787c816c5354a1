/// A whole number of any size.
///
/// Keeps: `magnitude` has no zero at its high end, and zero is not negative, so that equal numbers are equal values.
struct BigInteger: Hashable, Sendable {
    /// Base 2³², lowest first.
    private(set) var magnitude: [UInt32]
    private(set) var isNegative: Bool

    static let zero = BigInteger(0)
    static let one = BigInteger(1)

    init(_ value: Int) {
        let size = UInt64(value.magnitude)
        self.init(magnitude: [UInt32(truncatingIfNeeded: size), UInt32(size >> 32)], isNegative: value < 0)
    }

    init(magnitude: [UInt32], isNegative: Bool) {
        var magnitude = magnitude
        while magnitude.last == 0 { magnitude.removeLast() }
        self.magnitude = magnitude
        self.isNegative = isNegative && !magnitude.isEmpty
    }

    /// - Parameter digits: ASCII digits; anything else is skipped.
    init(digits: some Sequence<Character>) {
        var magnitude: [UInt32] = []
        var chunk: UInt64 = 0
        var scale: UInt64 = 1
        func flush(into magnitude: inout [UInt32]) {
            var carry = chunk
            for index in magnitude.indices {
                let product = UInt64(magnitude[index]) * scale + carry
                magnitude[index] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            if carry > 0 { magnitude.append(UInt32(carry)) }
        }
        for digit in digits {
            guard let value = digit.wholeNumberValue else { continue }
            chunk = chunk * 10 + UInt64(value)
            scale *= 10
            if scale == 1_000_000_000 {
                flush(into: &magnitude)
                (chunk, scale) = (0, 1)
            }
        }
        if scale > 1 { flush(into: &magnitude) }
        self.init(magnitude: magnitude, isNegative: false)
    }

    var isZero: Bool { magnitude.isEmpty }
    var isOne: Bool { magnitude == [1] && !isNegative }
    var isOdd: Bool { magnitude.first.map { $0 & 1 == 1 } ?? false }
    var absolute: BigInteger { BigInteger(magnitude: magnitude, isNegative: false) }

    var bitWidth: Int {
        magnitude.isEmpty ? 0 : magnitude.count * 32 - magnitude[magnitude.count - 1].leadingZeroBitCount
    }

    /// As a machine word, if it fits.
    var int: Int? {
        guard magnitude.count <= 2, let size = small, size <= UInt64(Int.max) else { return nil }
        return isNegative ? -Int(size) : Int(size)
    }

    /// The magnitude, if it fits 64 bits.
    var small: UInt64? {
        switch magnitude.count {
        case 0: 0
        case 1: UInt64(magnitude[0])
        case 2: UInt64(magnitude[1]) << 32 | UInt64(magnitude[0])
        default: nil
        }
    }

    var double: Double {
        var value = 0.0
        for limb in magnitude.reversed() { value = value * 0x1p32 + Double(limb) }
        return isNegative ? -value : value
    }
}

extension BigInteger: Comparable {
    static func < (left: BigInteger, right: BigInteger) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        let order = compare(left.magnitude, right.magnitude)
        return left.isNegative ? order > 0 : order < 0
    }

    /// Negative, zero or positive as `left` is smaller than, equal to or larger than `right`.
    fileprivate static func compare(_ left: [UInt32], _ right: [UInt32]) -> Int {
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        for index in left.indices.reversed() where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return 0
    }
}

extension BigInteger {
    static prefix func - (value: BigInteger) -> BigInteger {
        BigInteger(magnitude: value.magnitude, isNegative: !value.isNegative)
    }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            return BigInteger(magnitude: sum(left.magnitude, right.magnitude), isNegative: left.isNegative)
        }
        return compare(left.magnitude, right.magnitude) >= 0
            ? BigInteger(magnitude: difference(left.magnitude, right.magnitude), isNegative: left.isNegative)
            : BigInteger(magnitude: difference(right.magnitude, left.magnitude), isNegative: right.isNegative)
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + -right }

    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        guard !left.isZero, !right.isZero else { return zero }
        var product = [UInt32](repeating: 0, count: left.magnitude.count + right.magnitude.count)
        for (i, a) in left.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in right.magnitude.enumerated() {
                let value = UInt64(a) * UInt64(b) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: value)
                carry = value >> 32
            }
            product[i + right.magnitude.count] = UInt32(carry)
        }
        return BigInteger(magnitude: product, isNegative: left.isNegative != right.isNegative)
    }

    private static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        let (long, short) = left.count >= right.count ? (left, right) : (right, left)
        var result = long
        var carry: UInt64 = 0
        for index in long.indices {
            if index >= short.count, carry == 0 { break }
            let value = UInt64(long[index]) + (index < short.count ? UInt64(short[index]) : 0) + carry
            result[index] = UInt32(truncatingIfNeeded: value)
            carry = value >> 32
        }
        if carry > 0 { result.append(UInt32(carry)) }
        return result
    }

    /// Of a larger and a smaller magnitude.
    fileprivate static func difference(_ large: [UInt32], _ small: [UInt32]) -> [UInt32] {
        var result = large
        var borrow: Int64 = 0
        for index in large.indices {
            if index >= small.count, borrow == 0 { break }
            var value = Int64(large[index]) - (index < small.count ? Int64(small[index]) : 0) - borrow
            borrow = value < 0 ? 1 : 0
            if value < 0 { value += 1 << 32 }
            result[index] = UInt32(value)
        }
        return result
    }
}
