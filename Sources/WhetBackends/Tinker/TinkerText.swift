import WhetCore

/// JSON text of millions of numbers: what `JSONText` writes, with lists of numbers written in one piece each.
///
/// Keeps: a float reads back as the same float.
struct TinkerText {
    /// What was written so far, as UTF-8.
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 1 << 12) { bytes.reserveCapacity(capacity) }

    /// Text that is JSON already.
    mutating func append(raw text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(quoted text: String) { append(.string(text)) }

    mutating func append(_ value: JSONValue) { bytes.append(contentsOf: JSONText(value).bytes) }

    /// A list of token ids.
    mutating func append(_ tokens: ArraySlice<Int32>) {
        append(tokens.count, widest: 12) { output, place in
            Decimal.write(tokens[tokens.startIndex + place], at: &output)
        }
    }

    /// A list of finite numbers; one like the one before (an untrained token, one advantage a sequence) is copied.
    mutating func append(_ numbers: [Float]) {
        var before: (number: UInt32, text: UnsafeMutablePointer<UInt8>, count: Int)?
        append(numbers.count, widest: 18) { output, place in
            let number = numbers[place]
            let start = output
            if let before, before.number == number.bitPattern {
                output.update(from: before.text, count: before.count)
                output += before.count
            } else {
                Decimal.write(number, at: &output)
            }
            before = (number.bitPattern, start, output - start)
        }
    }

    /// - Parameter widest: bytes of the longest element with its comma.
    private mutating func append(
        _ count: Int, widest: Int, _ write: (inout UnsafeMutablePointer<UInt8>, _ place: Int) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count * widest + 2) { buffer in
            guard let start = buffer.baseAddress else { return }
            var output = start
            Decimal.put("[", at: &output)
            for place in 0..<count {
                if place > 0 { Decimal.put(",", at: &output) }
                write(&output, place)
            }
            Decimal.put("]", at: &output)
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: output - start))
        }
    }
}

/// Numbers in decimal digits.
private enum Decimal {
    @inline(__always)
    static func put(_ character: Unicode.Scalar, at output: inout UnsafeMutablePointer<UInt8>) {
        output.pointee = UInt8(truncatingIfNeeded: character.value)
        output += 1
    }

    @inline(__always)
    static func write(_ number: Int32, at output: inout UnsafeMutablePointer<UInt8>) {
        if number < 0 { put("-", at: &output) }
        write(digitsOf: number.magnitude, at: &output)
    }

    @inline(__always)
    private static func write(digitsOf number: UInt32, at output: inout UnsafeMutablePointer<UInt8>) {
        var count = 1
        var bound: UInt64 = 10
        while bound <= UInt64(number) {
            bound *= 10
            count += 1
        }
        var rest = number
        for place in stride(from: count - 1, through: 0, by: -1) {
            output[place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        output += count
    }

    /// Nine significant digits, which tell any float from its neighbours; small whole numbers as they are.
    @inline(__always)
    static func write(_ number: Float, at output: inout UnsafeMutablePointer<UInt8>) {
        if number.sign == .minus { put("-", at: &output) }
        let size = Double(number.magnitude)
        if size < 1e6, size == size.rounded(.towardZero) {
            write(digitsOf: UInt32(size), at: &output)
            put(".", at: &output)
            put("0", at: &output)
            return
        }
        // size = digits · 10^(exponent − 8), with 1e8 <= digits < 1e9
        var exponent = Int((Double(size.exponent) * 0.301_029_995_663_981_2).rounded(.down))
        // Half is added and the rest cut off: as good as rounding here, and no call.
        var digits = UInt64(size * powers[8 - exponent + 64] + 0.5)
        while digits >= 1_000_000_000 {
            exponent += 1
            digits = UInt64(size * powers[8 - exponent + 64] + 0.5)
        }
        var whole = UInt32(truncatingIfNeeded: digits)
        var places = 9
        while whole % 10 == 0 {
            whole /= 10
            places -= 1
        }
        // d.ddde-x: the digits are written one place on, and the first moves in front of the point.
        let start = output
        output += 1
        write(digitsOf: whole, at: &output)
        start[0] = start[1]
        start[1] = 46
        if places == 1 { output -= 1 }
        put("e", at: &output)
        write(Int32(exponent), at: &output)
    }

    /// 10^−64 … 10^64
    private static let powers: [Double] = (-64...64).map { Double("1e\($0)") ?? 0 }
}
