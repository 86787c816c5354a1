import Testing
import WhetCore
import WhetTestSupport

@testable import WhetHTTP

@Suite("HTTP streams")
struct StreamTests {
    @Test("pieces arrive while the server still speaks")
    func incremental() async throws {
        let gates = (0..<3).map { _ in Gate() }
        let steps = gates.enumerated().flatMap { index, gate in
            [CannedReply.Step.hold(gate), .send(CannedReply.chunk("piece \(index)"))]
        }
        let server = try CannedServer(
            replies: CannedReply(
                [.send(CannedReply.head(200, ["Transfer-Encoding: chunked", "X-A: b"]))] + steps
                    + [.send(Array("0\r\n\r\n".utf8))]))
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest(.get, server.url))
        #expect(stream.status == 200)
        #expect(stream.headers["x-a"] == "b")
        var body = stream.body.makeAsyncIterator()
        for (index, gate) in gates.enumerated() {
            gate.open()
            #expect(try await body.next() == Array("piece \(index)".utf8))
        }
        #expect(try await body.next() == nil)
        #expect(try await body.next() == nil)
    }

    @Test("a reader who is slow holds the server back")
    func backPressure() async throws {
        let size = 64 << 20
        let server = try CannedServer(replies: .endless(String(repeating: "x", count: 1 << 16)))
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest(.get, server.url))
        var received = 0
        for try await piece in stream.body {
            #expect(piece.count <= 2 << 20)
            received += piece.count
            if received > size { break }
        }
    }

    @Test("a server that never stops talking keeps nobody else waiting")
    func fairness() async throws {
        // Tiny chunks cost the client more time than the server, so there is always something left to read.
        let talker = try CannedServer(replies: .endless("x"))
        let server = try CannedServer(replies: .status(200, body: "fine"))
        let client = try HTTPClient()
        let listener = Task {
            for try await _ in try await client.stream(HTTPRequest(.get, talker.url)).body {}
        }
        await talker.until { $0.requests == 1 }
        for _ in 0..<5 { #expect(try await client.send(HTTPRequest(.get, server.url)).text == "fine") }
        listener.cancel()
        await talker.until { $0.closedEarly == 1 }
        #expect(await reason { try await listener.value } == .cancelled)
    }

    @Test("letting go of a body closes the request")
    func letGo() async throws {
        let server = try CannedServer(replies: .endless("x"))
        let client = try HTTPClient()
        do {
            let stream = try await client.stream(HTTPRequest(.get, server.url))
            var body = stream.body.makeAsyncIterator()
            _ = try await body.next()
        }
        await server.until { $0.closedEarly == 1 }
    }

    @Test("cancelling the reader closes the request")
    func cancellation() async throws {
        let server = try CannedServer(
            replies: CannedReply([.send(CannedReply.head(200, ["Content-Length: 10"]) + [1]), .hold(Gate())]))
        let client = try HTTPClient()
        let hasStarted = Gate()
        let task = Task {
            var body = try await client.stream(HTTPRequest(.get, server.url)).body.makeAsyncIterator()
            _ = try await body.next()
            hasStarted.open()
            return try await body.next()
        }
        await hasStarted.wait()
        task.cancel()
        #expect(await reason { try await task.value } == .cancelled)
        await server.until { $0.closedEarly == 1 }
    }

    @Test("a cut stream is an error after what had come")
    func cut() async throws {
        let server = try CannedServer(
            replies: CannedReply([
                .send(CannedReply.head(200, ["Transfer-Encoding: chunked"]) + CannedReply.chunk("begun")), .close,
            ]))
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest(.get, server.url))
        var text: [UInt8] = []
        let why = await reason { for try await piece in stream.body { text += piece } }
        #expect(text == Array("begun".utf8))
        #expect(why == .connectionCut(receivedBytes: 5))
    }

    @Test("an error instead of a head", arguments: [Fault.cutBeforeHead, .reset, .cutInHead])
    func noHead(fault: Fault) async throws {
        let server = try CannedServer(replies: fault.reply(insteadOf: "body"))
        let client = try HTTPClient()
        #expect(
            await reason { try await client.stream(HTTPRequest(.get, server.url)) } == .connectionCut(receivedBytes: 0))
    }

    @Test("an empty body has a head and an end")
    func empty() async throws {
        let server = try CannedServer(replies: .status(204))
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest(.get, server.url))
        #expect(stream.status == 204)
        #expect(try await stream.body.collect() == [])
    }

    @Test("events arrive one by one")
    func events() async throws {
        let server = try CannedServer(replies: .events([#"{"a": 1}"#, "two", "[DONE]"]))
        let client = try HTTPClient()
        var data: [String] = []
        for try await event in try await client.stream(HTTPRequest(.get, server.url)).body.events {
            data.append(event.data)
        }
        #expect(data == [#"{"a": 1}"#, "two", "[DONE]"])
    }
}
