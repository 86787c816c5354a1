import Synchronization
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetHTTP

@Suite("Retries")
struct RetryTests {
    private let quick = RetryPolicy(maximumTries: 4, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(2))

    @Test("a failure that may pass is tried again, each time with its own request", arguments: Fault.allCases)
    func recovers(fault: Fault) async throws {
        let body = #"{"tokens": [1, 2, 3]}"#
        let server = try CannedServer(
            replies: fault.reply(insteadOf: body), fault.reply(insteadOf: body), .json(body))
        let client = try HTTPClient()
        let value = try await client.send(
            retrying: quick, make: { .post(server.url, json: ["rid": .string("try-\($0)")]) },
            reading: { try JSONValue(parsing: $0.body) })
        #expect(value["tokens"] == [1, 2, 3])
        #expect(server.requests.map(\.text) == (1...3).map { #"{"rid":"try-\#($0)"}"# })
    }

    @Test("it ends after the last try, and says how many there were")
    func givesUp() async throws {
        let server = try CannedServer(replies: .status(503, body: "busy"))
        let client = try HTTPClient()
        do {
            _ = try await client.send(retrying: quick) { _ in HTTPRequest(.get, server.url) }
            Issue.record("503 is no answer")
        } catch let error as HTTPError {
            #expect(error.tries == 4)
            #expect("\(error)".contains("503: busy (tried 4 times)"))
        }
        #expect(server.counts.requests == 4)
    }

    @Test("a refusal is final", arguments: [400, 401, 403, 404, 413, 422, 301])
    func final(status: Int) async throws {
        let server = try CannedServer(replies: .status(status, body: "no"))
        let client = try HTTPClient()
        let why = await reason { try await client.send(retrying: quick) { _ in HTTPRequest(.get, server.url) } }
        guard case .status(let response) = why else {
            Issue.record("\(String(describing: why))")
            return
        }
        #expect(response.status == status)
        #expect(server.counts.requests == 1)
    }

    @Test("what `make` throws ends it")
    func makeThrows() async throws {
        let server = try CannedServer(replies: .status(500))
        let client = try HTTPClient()
        await #expect(throws: CancellationError.self) {
            try await client.send(retrying: quick) { count in
                if count == 2 { throw CancellationError() }
                return HTTPRequest(.get, server.url)
            }
        }
        #expect(server.counts.requests == 1)
    }

    @Test("cancelling in the wait between two tries ends it at once")
    func cancelledWhileWaiting() async throws {
        let server = try CannedServer(replies: .status(500))
        let client = try HTTPClient()
        let patient = RetryPolicy(maximumTries: 9, firstDelay: .seconds(1000), maximumDelay: .seconds(1000))
        let task = Task { try await client.send(retrying: patient) { _ in HTTPRequest(.get, server.url) } }
        await server.until { $0.replies == 1 }
        task.cancel()
        #expect(await reason { try await task.value } == .cancelled)
    }

    // On a virtual clock from here.

    private func failure(_ status: Int = 503, retryAfter: String? = nil) -> HTTPError {
        let head = "HTTP/1.1 \(status) No\r\n" + (retryAfter.map { "Retry-After: \($0)\r\n" } ?? "")
        return HTTPError(
            .status(HTTPResponse(status: status, head: Array(head.utf8), body: [])), request: "GET http://x/")
    }

    @Test("waits double, with jitter, up to the longest")
    func backOff() async throws {
        let clock = VirtualClock()
        let policy = RetryPolicy(maximumTries: 8, firstDelay: .seconds(1), maximumDelay: .seconds(10))
        await #expect(throws: HTTPError.self) {
            try await retrying(policy, clock: clock) { _, _ in throw failure() }
        }
        #expect(clock.sleeps.count == 7)
        for (slept, longest) in zip(clock.sleeps, [1, 2, 4, 8, 10, 10, 10]) {
            #expect(slept >= .seconds(longest) / 2 && slept <= .seconds(longest))
        }
    }

    @Test("the server's wish for a pause is granted", arguments: [(503, "7"), (429, "7")])
    func retryAfter(status: Int, wish: String) async throws {
        let clock = VirtualClock()
        let value = try await retrying(RetryPolicy(firstDelay: .seconds(1)), clock: clock) { count, _ in
            if count == 1 { throw failure(status, retryAfter: wish) }
            return count
        }
        #expect(value == 2)
        #expect(clock.sleeps == [.seconds(7)])
    }

    @Test("the deadline bounds tries and waits together, and no wait begins that would pass it")
    func deadline() async throws {
        let clock = VirtualClock()
        var remains: [Duration?] = []
        let policy = RetryPolicy(
            maximumTries: 100, firstDelay: .seconds(4), maximumDelay: .seconds(4), deadline: .seconds(20))
        await #expect(throws: HTTPError.self) {
            try await retrying(policy, clock: clock) { _, remaining in
                remains.append(remaining)
                clock.advance(by: .seconds(3))
                throw failure()
            }
        }
        #expect(clock.now.offset <= .seconds(23))  // a try begins before the deadline; the client bounds it
        #expect((3...4).contains(remains.count))
        #expect(remains[0] == .seconds(20))
        #expect(zip(remains, remains.dropFirst()).allSatisfy { $0! > $1! + .seconds(3) })
    }

    @Test("the first failure past the deadline is thrown as it was")
    func deadlineKeepsReason() async throws {
        let clock = VirtualClock()
        let policy = RetryPolicy(deadline: .seconds(1))
        let why = await reason {
            try await retrying(policy, clock: clock) { _, _ in
                throw failure(429, retryAfter: "3600")
            }
        }
        guard case .status(let response) = why else {
            Issue.record("\(String(describing: why))")
            return
        }
        #expect(response.status == 429)
        #expect(clock.sleeps.isEmpty)
    }

    @Test(
        "dates and seconds of Retry-After",
        arguments: [
            ("120", Duration.seconds(120)), ("0", .zero), ("-1", nil), ("soon", nil), ("", nil), ("1.5", nil),
            ("Thu, 01 Jan 1970 00:16:50 GMT", .seconds(10)), ("Thu, 01 Jan 1970 00:00:00 GMT", .zero),
            ("Thu, 01 Jan 1970 00:16:50 CET", nil), ("Thu, 41 Jan 1970 00:16:50 GMT", nil),
            ("Thu, 01 Jan 1970 00:16 GMT", nil), ("Thu, 01 Foo 1970 00:16:50 GMT", nil),
        ])
    func retryAfterParsing(text: String, expected: Duration?) {
        #expect(RetryAfter.parse(text, now: 1000) == expected)
    }

    // Numbers from `date -u -d … +%s`.
    @Test(
        "dates become seconds since 1970",
        arguments: [
            ("Wed, 21 Oct 2015 07:28:00 GMT", 1_445_412_480), ("Sat, 29 Feb 2020 23:59:59 GMT", 1_583_020_799),
            ("Sun, 01 Mar 2020 00:00:00 GMT", 1_583_020_800), ("Fri, 31 Dec 1999 12:00:00 GMT", 946_641_600),
            ("Mon, 28 Feb 2101 00:00:00 GMT", 4_138_992_000),
        ])
    func dates(text: String, seconds: Int) {
        #expect(RetryAfter.secondsSince1970(text) == seconds)
    }
}

@Suite("Timer heap")
struct TimerHeapTests {
    @Test("timers come out in order, whatever was moved and removed", arguments: 0..<50)
    func order(seed: UInt64) {
        var random = RandomStream(seed: seed, purpose: "heap")
        var heap = TimerHeap()
        let timers = (0..<100).map { _ in LoopTimer() }
        var expected: [ObjectIdentifier: Int64] = [:]
        for _ in 0..<500 {
            let timer = timers.randomElement(using: &random)!
            let deadline = Bool.random(using: &random) ? Int64.random(in: 0..<1000, using: &random) : nil
            heap.schedule(timer, at: deadline)
            expected[ObjectIdentifier(timer)] = deadline
        }
        #expect(heap.count == expected.count)
        var popped: [Int64] = []
        while let timer = heap.popDue(at: 499) {
            #expect(expected.removeValue(forKey: ObjectIdentifier(timer)) == timer.deadline)
            popped.append(timer.deadline)
        }
        #expect(popped == popped.sorted())
        #expect(expected.values.allSatisfy { $0 > 499 })
        #expect(heap.earliest == expected.values.min())
    }
}
