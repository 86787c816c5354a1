import Testing
import WhetCore

@testable import WhetHTTP

@Suite("Server-sent events")
struct ServerSentEventTests {
    private func parse(_ text: String) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser()
        return try parser.push(text.utf8)
    }

    // The examples of the HTML standard, section 9.2.6, and its corner cases.
    @Test(
        "text becomes events",
        arguments: [
            ("data: YHOO\ndata: +2\ndata: 10\n\n", [ServerSentEvent(data: "YHOO\n+2\n10")]),
            (
                ": comment\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                [
                    ServerSentEvent(data: "first event"), ServerSentEvent(data: "second event"),
                    ServerSentEvent(data: " third event"),
                ]
            ),
            ("data\n\ndata\ndata\n\ndata:", [ServerSentEvent(data: ""), ServerSentEvent(data: "\n")]),
            ("data:test\n\ndata: test\n\n", [ServerSentEvent(data: "test"), ServerSentEvent(data: "test")]),
            (
                "event: add\ndata: 7\n\ndata: 8\n\n",
                [ServerSentEvent(name: "add", data: "7"), ServerSentEvent(data: "8")]
            ),
            ("event: nothing\n\n", []),
            ("data: cr\rdata: lf\r\r", [ServerSentEvent(data: "cr\nlf")]),
            ("\u{FEFF}data: bom\r\n\r\n", [ServerSentEvent(data: "bom")]),
            ("datas: no\nDATA: no\n data: no\n\n", []),
            ("data: a:b: c\n\n", [ServerSentEvent(data: "a:b: c")]),
            ("data: unfinished\n", []), ("", []),
        ])
    func examples(text: String, expected: [ServerSentEvent]) throws {
        #expect(try parse(text) == expected)
    }

    @Test("how the bytes are cut makes no difference", arguments: 0..<200)
    func chunking(seed: UInt64) throws {
        var random = RandomStream(seed: seed, purpose: "sse")
        let pieces = ["data", ":", " ", "\n", "\r", "\r\n", "\n\n", "event", "é", "x", "data: y\n\n", "\u{FEFF}"]
        let text = (0..<60).map { _ in pieces.randomElement(using: &random)! }.joined()
        let whole = try parse(text)
        var parser = ServerSentEventParser()
        var events: [ServerSentEvent] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...5, using: &random)
            events += try parser.push(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        #expect(events == whole)
    }

    @Test("bytes that are no text do not break it", arguments: 0..<50)
    func hostile(seed: UInt64) throws {
        var random = RandomStream(seed: seed, purpose: "hostile")
        var parser = ServerSentEventParser()
        _ = try parser.push((0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) })
        // Whatever that left behind, two line ends later a clean event is read.
        _ = try parser.push("\n\n".utf8)
        #expect(try parser.push("data: fine\n\n".utf8) == [ServerSentEvent(data: "fine")])
    }

    @Test("an event without end is refused, not hoarded")
    func limit() throws {
        var parser = ServerSentEventParser(limit: 100)
        #expect(throws: WhetError.self) { _ = try parser.push(String(repeating: "x", count: 101).utf8) }
        var many = ServerSentEventParser(limit: 100)
        #expect(throws: WhetError.self) { _ = try many.push(String(repeating: "data: 0123456789\n", count: 20).utf8) }
    }
}
