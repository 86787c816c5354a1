import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetHTTP

@Suite("HTTP client, when things go wrong")
struct HTTPFailureTests {
    @Test("each fault is told for what it is, and the next request succeeds", arguments: Fault.allCases)
    func faults(fault: Fault) async throws {
        let body = #"{"tokens": [1, 2, 3]}"#
        let server = try CannedServer(replies: fault.reply(insteadOf: body), .json(body))
        let client = try HTTPClient()
        func ask() async throws -> HTTPResponse { try await client.send(.post(server.url, json: [])) }
        switch fault {
        case .internalError: #expect(try await ask().status == 500)
        case .unavailable: #expect(try await ask().status == 503)
        case .tooManyRequests: #expect(try await ask().status == 429)
        case .garbledBody: #expect(try await ask().text == String(body.reversed()))
        case .lengthTooSmall: #expect(try await ask().text == String(body.prefix(10)))
        case .cutBeforeHead, .reset, .cutInHead:
            #expect(await reason { try await ask() } == .connectionCut(receivedBytes: 0))
        case .cutInBody: #expect(await reason { try await ask() } == .connectionCut(receivedBytes: 10))
        case .lengthTooLarge:
            #expect(await reason { try await ask() } == .connectionCut(receivedBytes: body.utf8.count))
        case .garbage, .brokenChunk:
            guard case .invalidReply = await reason({ try await ask() }) else {
                Issue.record("\(fault) was taken for something else")
                return
            }
        }
        #expect(try await ask().text == body)
    }

    @Test("nobody listens there")
    func refused() async throws {
        let port = try ReservedPort()
        let client = try HTTPClient()
        let reason = await reason { try await client.send(HTTPRequest(.get, port.url + "/x")) }
        guard case .couldNotConnect = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        #expect(reason?.isTransient == true)
    }

    @Test("a name that does not exist")
    func unknownName() async throws {
        let client = try HTTPClient()
        let reason = await reason { try await client.send(HTTPRequest(.get, "http://nowhere.invalid/")) }
        guard case .couldNotConnect = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
    }

    @Test("a server that says nothing is given up, and sees the connection close")
    func idleBeforeHead() async throws {
        let server = try CannedServer(replies: .silence)
        let client = try HTTPClient()
        let timeouts = HTTPTimeouts(idle: .milliseconds(50))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, server.url), timeouts: timeouts) }
                == .idle(.milliseconds(50)))
        await server.until { $0.closedEarly == 1 }
    }

    @Test("silence in the middle of a body counts as well")
    func idleInBody() async throws {
        let head = CannedReply.head(200, ["Content-Length: 10"])
        let server = try CannedServer(replies: CannedReply([.send(head + [1, 2, 3]), .hold(Gate())]))
        let client = try HTTPClient()
        let timeouts = HTTPTimeouts(idle: .milliseconds(50))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, server.url), timeouts: timeouts) }
                == .idle(.milliseconds(50)))
        await server.until { $0.closedEarly == 1 }
    }

    @Test("a server that keeps talking meets the deadline")
    func deadlineOfEndlessBody() async throws {
        let server = try CannedServer(replies: .endless("more"))
        var configuration = HTTPClient.Configuration()
        configuration.maximumReplyBytes = .max / 2
        let client = try HTTPClient(configuration)
        let drip = CannedReply(
            [.send(CannedReply.head(200, ["Transfer-Encoding: chunked"]))]
                + (0..<1000).flatMap { _ in [.send(CannedReply.chunk("x")), .wait(.milliseconds(10))] })
        let slow = try CannedServer(replies: drip)
        let timeouts = HTTPTimeouts(idle: .seconds(5), total: .milliseconds(100))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, slow.url), timeouts: timeouts) }
                == .deadline(.milliseconds(100)))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, server.url), timeouts: timeouts) }
                == .deadline(.milliseconds(100)))
        await slow.until { $0.closedEarly == 1 }
        await server.until { $0.closedEarly == 1 }
    }

    @Test("the deadline also counts while a request waits for a connection")
    func deadlineInQueue() async throws {
        let server = try CannedServer(replies: .silence)
        var configuration = HTTPClient.Configuration()
        configuration.maximumConnectionsPerHost = 1
        let client = try HTTPClient(configuration)
        async let _ = client.send(HTTPRequest(.get, server.url), timeouts: HTTPTimeouts(total: .seconds(60)))
        await server.until { $0.requests == 1 }
        let timeouts = HTTPTimeouts(total: .milliseconds(50))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, server.url), timeouts: timeouts) }
                == .deadline(.milliseconds(50)))
        #expect(server.counts.requests == 1)
        // Leaving the scope cancels the first.
    }

    @Test("an endless answer stops at the limit")
    func tooLarge() async throws {
        let server = try CannedServer(
            replies: .endless(String(repeating: "x", count: 1000)), .status(200, body: "fine"))
        var configuration = HTTPClient.Configuration()
        configuration.maximumReplyBytes = 100_000
        let client = try HTTPClient(configuration)
        #expect(await reason { try await client.send(HTTPRequest(.get, server.url)) } == .tooLarge(limit: 100_000))
        await server.until { $0.closedEarly == 1 }
        #expect(try await client.send(HTTPRequest(.get, server.url)).text == "fine")
    }

    @Test("cancelling the task closes the request at once")
    func cancellation() async throws {
        let server = try CannedServer(replies: .silence)
        let client = try HTTPClient()
        let task = Task { try await client.send(HTTPRequest(.get, server.url)) }
        await server.until { $0.requests == 1 }
        task.cancel()
        #expect(await reason { try await task.value } == .cancelled)
        await server.until { $0.closedEarly == 1 && $0.openConnections == 0 }
    }

    @Test("a task that was cancelled before sends nothing")
    func cancelledBefore() async throws {
        let server = try CannedServer(replies: .status(200))
        let client = try HTTPClient()
        let gate = Gate()
        let task = Task {
            await gate.wait()
            return try await client.send(HTTPRequest(.get, server.url))
        }
        task.cancel()
        gate.open()
        #expect(await reason { try await task.value } == .cancelled)
        #expect(server.counts.requests == 0)
    }

    @Test("a thousand cancellations at random moments leave nothing behind", arguments: [0, 1] as [UInt64])
    func cancellationStorm(seed: UInt64) async throws {
        let server = try CannedServer { $0.index % 3 == 0 ? .silence : .status(200, body: "fine") }
        let client = try HTTPClient()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<1000 {
                group.addTask {
                    let task = Task { try await client.send(HTTPRequest(.get, server.url)) }
                    var random = RandomStream(seed: seed, purpose: "storm", index)
                    for _ in 0..<Int.random(in: 0..<20, using: &random) { await Task.yield() }
                    task.cancel()
                    do {
                        #expect(try await task.value.text == "fine")
                    } catch {
                        #expect((error as? HTTPError)?.reason == .cancelled)
                    }
                }
            }
        }
        await server.until { $0.requests == $0.replies + $0.closedEarly }
    }

    @Test("a connection that the server closed between two requests costs nobody a failure")
    func closedWhileIdle() async throws {
        let fine = CannedReply.status(200, body: "fine")
        let server = try CannedServer(replies: CannedReply(fine.steps + [.close]))
        let client = try HTTPClient()
        for count in 1...5 {
            #expect(try await client.send(HTTPRequest(.get, server.url)).text == "fine")
            await server.until { $0.openConnections == 0 && $0.connections == count }
        }
    }

    @Test("one call is one try, even on a connection that was kept")
    func neverSentTwice() async throws {
        let server = try CannedServer(replies: .status(200), CannedReply([.close]), .status(200))
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest(.get, server.url))
        #expect(
            await reason { try await client.send(HTTPRequest(.get, server.url)) } == .connectionCut(receivedBytes: 0))
        #expect(server.counts.requests == 2)
    }

    @Test(
        "what cannot be sent is refused in words",
        arguments: [
            ("ftp://host/", "http://"), ("host/path", "http://"), ("http://", "host"), ("http:///path", "host"),
            ("http://a b/", "space"), ("http://host/\r\nX: y", "space"), ("http://host:99999999/", "URL"),
        ])
    func invalidURLs(url: String, word: String) async throws {
        let client = try HTTPClient()
        let reason = await reason { try await client.send(HTTPRequest(.get, url)) }
        guard case .invalidRequest(let words) = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        #expect(words.contains(word))
    }

    @Test(
        "headers cannot smuggle anything in",
        arguments: [
            HTTPHeaders.Field("X", "a\r\nEvil: yes"), HTTPHeaders.Field("X\nEvil", "a"), HTTPHeaders.Field("", "a"),
            HTTPHeaders.Field("X", "a\0b"), HTTPHeaders.Field("X Y", "a"),
        ])
    func invalidHeaders(field: HTTPHeaders.Field) async throws {
        let server = try CannedServer(replies: .status(200))
        let client = try HTTPClient()
        let reason = await reason {
            try await client.send(HTTPRequest(.get, server.url, headers: HTTPHeaders([field])))
        }
        guard case .invalidRequest = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        #expect(server.counts.requests == 0)
    }

    @Test("an error shows no secret")
    func noSecrets() async throws {
        let reserved = try ReservedPort()
        let port = reserved.number
        let client = try HTTPClient()
        let url = "http://user:hunter2@127.0.0.1:\(port)/v1/x?key=hunter2#hunter2"
        do {
            _ = try await client.send(HTTPRequest(.get, url, headers: ["Authorization": "Bearer hunter2"]))
            Issue.record("nobody listens there")
        } catch {
            let text = "\(error)"
            #expect(!text.contains("hunter2"))
            #expect(text.contains("GET http://127.0.0.1:\(reserved.number)/v1/x"))
        }
    }

    @Test("a proxy of the environment is not asked for loopback")
    func proxyIgnored() async throws {
        // Set for the whole process; harmless, because every other test talks to loopback as well.
        setenv("http_proxy", "http://127.0.0.1:9", 1)
        defer { unsetenv("http_proxy") }
        let server = try CannedServer(replies: .status(200, body: "direct"))
        let client = try HTTPClient()
        #expect(try await client.send(HTTPRequest(.get, server.url)).text == "direct")
    }
}
