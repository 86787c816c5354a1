/// Whole numbers in answers, as Python's `int` and `str.split` read them.
///
/// Keeps: a number too large for 64 bits is a number all the same; it reads as the largest (or smallest) `Int`, which
/// no problem asks for.
extension Answer {
    /// The one whole number that the answer is; nil if it is anything else.
    public var integer: Int? {
        withPlainBytes { bytes in
            var reader = IntegerReader(bytes)
            guard let number: Int = reader.next(), reader.isAtEnd else { return nil }
            return number
        }
    }

    /// The one whole number that the answer is, of up to 38 digits.
    public var wideInteger: Int128? {
        withPlainBytes { bytes in
            var reader = IntegerReader(bytes)
            guard let number: Int128 = reader.next(), reader.isAtEnd else { return nil }
            return number
        }
    }

    /// The whole numbers that the answer consists of, separated by white space; nil if anything else is there.
    public var integers: [Int]? {
        withPlainBytes { bytes in
            var numbers: [Int] = []
            numbers.reserveCapacity(bytes.count / 2 + 1)
            return bytes.appendIntegers(to: &numbers) ? numbers : nil
        }
    }

    /// As `integers`, line by line (every line break that Python's `splitlines` knows).
    ///
    /// - Parameter skippingEmptyLines: whether lines of white space are left out; else they give empty rows.
    public func integerRows(skippingEmptyLines: Bool) -> [[Int]]? {
        withPlainBytes { bytes in
            var rows: [[Int]] = []
            for line in bytes.lines {
                let line = UnsafeBufferPointer(rebasing: bytes[line])
                var row: [Int] = []
                guard line.appendIntegers(to: &row) else { return nil }
                if !row.isEmpty || !skippingEmptyLines { rows.append(row) }
            }
            return rows
        }
    }

    /// As `integers`, of up to 38 digits each.
    public var wideIntegers: [Int128]? {
        withPlainBytes { bytes in
            var numbers: [Int128] = []
            return bytes.appendIntegers(to: &numbers) ? numbers : nil
        }
    }

    /// The bytes with other alphabets' digits and white space replaced by ASCII's; any other foreign character is one
    /// byte 0xFF, so that there is a byte a character.
    ///
    /// - Parameter readingDigits: whether digits are replaced, too; else they are 0xFF.
    package func withPlainBytes<Result>(
        readingDigits: Bool = true, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return bytes.withUnsafeBufferPointer(body) }
        let plain: [UInt8] = text.unicodeScalars.map { scalar in
            if let byte = scalar.plainByte { return byte }
            guard readingDigits, scalar.properties.numericType == .decimal else { return 0xFF }
            return scalar.properties.numericValue.map { 0x30 + UInt8($0) } ?? 0xFF
        }
        return plain.withUnsafeBufferPointer(body)
    }
}

extension Unicode.Scalar {
    /// ASCII as it is, white space as the white space of ASCII that means the same; nil for all else.
    fileprivate var plainByte: UInt8? {
        if isASCII { return UInt8(value) }
        if value == 0x85 || value == 0x2028 || value == 0x2029 { return 0x0A }
        return isForeignWhiteSpace ? 0x20 : nil
    }
}

/// Reads numbers one after the other out of text that stays where it is.
package struct IntegerReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// Python refuses to read longer numbers.
    private static let digitLimit = 4300

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Whether only white space is left.
    package var isAtEnd: Bool {
        mutating get {
            while position < bytes.count, bytes[position].isWhiteSpace { position += 1 }
            return position == bytes.count
        }
    }

    /// The next word as a number; nil if it is none.
    @inline(__always)
    package mutating func next<Number: FixedWidthInteger & SignedInteger>() -> Number? {
        if isAtEnd { return nil }
        var isNegative = false
        if bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        // Eighteen digits fit 64 bits whatever they are; hardly any number has more.
        var short: UInt64 = 0
        var digits = 0
        var isAfterDigit = false
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte.isDigit {
                short = short &* 10 &+ UInt64(byte &- 0x30)
                digits += 1
                isAfterDigit = true
            } else if byte == UInt8(ascii: "_"), isAfterDigit {
                isAfterDigit = false
            } else if byte.isWhiteSpace {
                break
            } else {
                return nil
            }
            position += 1
        }
        guard isAfterDigit, digits <= Self.digitLimit else { return nil }
        guard digits > 18 else { return isNegative ? -Number(short) : Number(short) }
        return long(bytes[start..<position], isNegative: isNegative)
    }

    private func long<Number: FixedWidthInteger>(
        _ digits: Slice<UnsafeBufferPointer<UInt8>>, isNegative: Bool
    ) -> Number {
        var value: Number = 0
        for byte in digits where byte != UInt8(ascii: "_") {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Number(byte &- 0x30))
            if overflow || carry { return isNegative ? .min : .max }
            value = sum
        }
        return isNegative ? 0 - value : value
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// - Returns: false if something is no number.
    @inline(__always)
    func appendIntegers<Number: FixedWidthInteger & SignedInteger>(to numbers: inout [Number]) -> Bool {
        var reader = IntegerReader(self)
        while !reader.isAtEnd {
            guard let number: Number = reader.next() else { return false }
            numbers.append(number)
        }
        return true
    }

    /// The ranges of the lines, as Python's `splitlines` cuts them.
    package var lines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        var position = 0
        while position < count {
            let byte = self[position]
            if byte &- 0x0A < 4 || byte &- 0x1C < 3 {
                lines.append(start..<position)
                if byte == 0x0D, position + 1 < count, self[position + 1] == 0x0A { position += 1 }
                start = position + 1
            }
            position += 1
        }
        if start < count { lines.append(start..<count) }
        return lines
    }
}

extension Answer {
    /// Every run of digits, wherever it stands, as a number; of more than `limit` runs only one more is given.
    ///
    /// nil if a run is longer than Python reads.
    public func digitRuns(atMost limit: Int) -> [Int]? {
        withPlainBytes { bytes in
            var runs: [Int] = []
            var position = 0
            while position < bytes.count {
                guard bytes[position].isDigit else {
                    position += 1
                    continue
                }
                let start = position
                while position < bytes.count, bytes[position].isDigit { position += 1 }
                var reader = IntegerReader(UnsafeBufferPointer(rebasing: bytes[start..<position]))
                guard let number: Int = reader.next() else { return nil }
                if runs.count <= limit { runs.append(number) }
            }
            return runs
        }
    }

    /// The decimal digits of the one whole number that the answer is, without zeros in front; nil if it is anything
    /// else. For numbers too large for any type.
    public var digits: [UInt8]? {
        guard integer != nil else { return nil }
        return withPlainBytes { Array($0.filter(\.isDigit).drop { $0 == UInt8(ascii: "0") }) }
    }
}
