import WhetCore

/// What a policy answered: the text in its last `<answer>…</answer>`, white space cut off at both ends.
///
/// Keeps: it is UTF-8, and nothing else is known of it. Numbers are read as Python reads them, because the rewards that
/// we compare ourselves with were computed so: `+3`, `-0`, `1_000` and other alphabets' digits are numbers.
///
/// Scoring runs in the hot loop of a run, so an answer is bytes; `text` is there for whoever prefers a string.
public struct Answer: Sendable {
    public let bytes: [UInt8]

    public init(_ text: String) {
        var text = text
        bytes = text.withUTF8 { Array($0.trimmed) }
    }

    /// What stands between the last `<answer>` and the first `</answer>` after it; nil if nothing does.
    ///
    /// Tags are paired from the front, so `<answer><answer>3</answer>` holds `<answer>3`.
    public init?(lastIn output: String) {
        var output = output
        let found: [UInt8]? = output.withUTF8 { bytes in
            guard let range = bytes.lastAnswer else { return nil }
            return Array(UnsafeBufferPointer(rebasing: bytes[range]).trimmed)
        }
        guard let found else { return nil }
        bytes = found
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether it holds nothing but `text`.
    public func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes.elementsEqual($0) }
    }

    public func equals(_ text: String) -> Bool { bytes.elementsEqual(text.utf8) }
}

extension UnsafeBufferPointer<UInt8> {
    private static let open: StaticString = "<answer>"
    private static let close: StaticString = "</answer>"

    /// Where the last answer stands, without its tags.
    fileprivate var lastAnswer: Range<Int>? {
        var answer: Range<Int>?
        var position = 0
        while let start = firstIndex(of: Self.open, from: position) {
            let first = start + Self.open.utf8CodeUnitCount
            guard let end = firstIndex(of: Self.close, from: first) else { break }
            answer = first..<end
            position = end + Self.close.utf8CodeUnitCount
        }
        return answer
    }

    private func firstIndex(of pattern: StaticString, from start: Int) -> Int? {
        let length = pattern.utf8CodeUnitCount
        let wanted = pattern.utf8Start
        var position = start
        while position + length <= count {
            guard self[position] == wanted[0] else {
                position += 1
                continue
            }
            var matched = 1
            while matched < length, self[position + matched] == wanted[matched] { matched += 1 }
            if matched == length { return position }
            position += 1
        }
        return nil
    }

    /// Without the white space at both ends.
    fileprivate var trimmed: UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = count
        while start < end {
            let length = whiteSpaceLength(at: start)
            if length == 0 { break }
            start += length
        }
        while end > start {
            let length = whiteSpaceLength(before: end)
            if length == 0 { break }
            end -= length
        }
        return UnsafeBufferPointer(rebasing: self[start..<end])
    }

    /// How many bytes of white space begin at `position`; 0 if there is none.
    private func whiteSpaceLength(at position: Int) -> Int {
        if self[position].isWhiteSpace { return 1 }
        guard self[position] >= 0x80 else { return 0 }
        for length in 2...3 where position + length <= count {
            if self[position..<position + length].isOneWhiteSpaceScalar { return length }
        }
        return 0
    }

    private func whiteSpaceLength(before position: Int) -> Int {
        if self[position - 1].isWhiteSpace { return 1 }
        guard self[position - 1] >= 0x80 else { return 0 }
        for length in 2...3 where position >= length {
            if self[position - length..<position].isOneWhiteSpaceScalar { return length }
        }
        return 0
    }
}

extension UInt8 {
    /// What Python's `str.isspace` holds for white space among ASCII.
    @inline(__always)
    package var isWhiteSpace: Bool { self == 0x20 || self &- 9 < 5 || self &- 0x1C < 4 }

    @inline(__always)
    package var isDigit: Bool { self &- 0x30 < 10 }
}

extension Unicode.Scalar {
    /// What Python's `str.isspace` holds for white space beyond ASCII.
    var isForeignWhiteSpace: Bool {
        switch value {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    fileprivate var isOneWhiteSpaceScalar: Bool {
        let scalars = String(decoding: self, as: UTF8.self).unicodeScalars
        return scalars.count == 1 && scalars.first?.isForeignWhiteSpace == true
    }
}

extension Answer {
    /// The answer as a grid: its lines, white space cut off their ends, empty ones left out, joined to `rows` ×
    /// `columns` bytes (0xFF for a character beyond ASCII); nil if there are other than `rows` lines or one has other
    /// than `columns` characters.
    public func grid(rows: Int, columns: Int) -> [UInt8]? {
        withPlainBytes(readingDigits: false) { bytes in
            var grid: [UInt8] = []
            grid.reserveCapacity(rows * columns)
            for line in bytes.lines {
                let line = UnsafeBufferPointer(rebasing: bytes[line]).trimmed
                if line.isEmpty { continue }
                guard line.count == columns, grid.count < rows * columns else { return nil }
                grid.append(contentsOf: line)
            }
            return grid.count == rows * columns ? grid : nil
        }
    }
}
