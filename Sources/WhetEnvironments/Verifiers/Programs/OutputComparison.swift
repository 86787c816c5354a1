/// When two outputs count as the same.
enum OutputComparison: String, CaseIterable, Sendable {
    /// White space at the end of lines and blank lines at the end do not count.
    case lines
    /// Only the words and their order count, whatever white space is between them.
    case words
    case exact

    func areSame(_ output: [UInt8], _ expected: [UInt8]) -> Bool {
        switch self {
        case .exact: output == expected
        case .words: Self.words(output) == Self.words(expected)
        case .lines: Self.lines(output) == Self.lines(expected)
        }
    }

    private static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(whereSeparator: \.isASCIISpace) }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line[..<((line.lastIndex { !$0.isASCIISpace }).map { $0 + 1 } ?? line.startIndex)]
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

extension UInt8 {
    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    var isASCIISpace: Bool { self == 0x20 || 0x09...0x0D ~= self }
}
