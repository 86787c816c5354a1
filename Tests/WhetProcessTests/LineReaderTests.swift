import Testing

@testable import WhetProcess

@Suite("Lines of a program")
struct LineReaderTests {
    @Test("are the same, however they are cut", arguments: 1...9)
    func cuts(_ size: Int) throws {
        let bytes = Array("one\n\ntwo three\nfour".utf8)
        var reader = LineReader(limit: 100)
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += try reader.lines(with: Array(bytes[start..<min(start + size, bytes.count)]))
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(lines == ["one", "", "two three"])
    }

    @Test("are not longer than the limit", arguments: ["12345\n", "12345", "1\n12345\n"])
    func bounds(_ text: String) {
        var reader = LineReader(limit: 4)
        #expect(throws: LineReader.TooLong.self) { try reader.lines(with: Array(text.utf8)) }
    }

    @Test("of the end are kept, and no more")
    func keepsTheEnd() {
        var tail = OutputTail(limit: 16)
        #expect(tail.lastLines() == nil)
        for number in 0..<1000 { tail.append(Array("line \(number)\n".utf8)) }
        #expect(tail.lastLines(1) == "line 999")
        tail.append([UInt8](repeating: 0xFF, count: 100))
        #expect(tail.lastLines() != nil)
    }
}
