import Foundation
import Synchronization
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("A pool whose servers fail")
struct PoolFaultTests {
    private let client: HTTPClient
    private let events = EventLog()

    init() throws { client = try HTTPClient() }

    private func pool(_ urls: [String], streams: Bool = true) async throws -> ServerPool {
        var settings = InferenceSettings.quick
        settings.streams = streams
        var servers: [any InferenceServer] = []
        for url in urls {
            servers.append(try await InferenceServerKind.connect(url, client: client, settings: settings))
        }
        return ServerPool(servers) { [events] in events.add($0) }
    }

    @Test("one that dies in the middle hands back what it had streamed, with its name; the next request goes elsewhere")
    func deathInTheMiddle() async throws {
        let port = try ReservedPort().number
        var dying: CannedVLLM? = try CannedVLLM(port: port) { _, _ in .init([4, 5, 6], holdsAfter: 2) }
        let good = try CannedVLLM { prompt, _ in .init([Int32(prompt.count)]) }
        let pool = try await pool([try #require(dying?.url), good.url])
        let asked = try #require(dying?.server.counts.requests)
        async let first = pool.generate(request("a", of: "a"))
        await dying?.server.until { $0.requests == asked + 1 }
        dying = nil
        let partial = try await first
        // The stream may have been cut before its first event was read: then the other server has begun at once.
        if partial.wasInterrupted {
            #expect(partial.server == pool.members[0].server.name)
            #expect([[4], [4, 5]].contains(partial.tokens))
        }
        let rest = try await pool.generate(request("b", tokens: [1, 2, 3, 4, 5], of: "a"))
        #expect(rest.tokens == [5])
        #expect(rest.server == pool.members[1].server.name)
        #expect(pool.members[0].fault != nil)
        #expect(good.server.counts.requests > 0)
    }

    @Test("one that is silent and not well is taken out by the checks, and what it had comes back")
    func silence() async throws {
        let sick = try CannedVLLM { _, _ in .init([4, 5, 6], holdsAfter: 0) }
        let good = try CannedVLLM { _, _ in .init([7]) }
        let pool = try await pool([sick.url, good.url])
        let asked = sick.server.counts.requests
        async let first = pool.generate(request("a", of: "a"))
        await sick.server.until { $0.requests == asked + 1 }
        sick.isSick = true
        await pool.checkHealth()
        #expect(pool.members[0].fault == nil, "one check that fails is not enough")
        await pool.checkHealth()
        #expect(pool.members[0].fault != nil)
        let generation = try await first
        #expect(generation.tokens == [7])
        #expect(generation.server == pool.members[1].server.name)
        sick.isSick = false
        await pool.checkHealth()
        #expect(pool.members[0].fault == nil)
        #expect(events.all.count == 2)
        guard case .takenBack? = events.all.last else { return #expect(Bool(false), "\(events.all)") }
    }

    @Test("one that was started again, with the weights it was started with, is found out and gets what it missed (traps 35, 36)")
    func restart() async throws {
        let servers = try (0..<2).map { _ in try CannedVLLM { _, _ in .init([4]) } }
        let pool = try await pool(servers.map(\.url))
        try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(3))
        #expect(pool.members.map(\.version) == [PolicyVersion(3), PolicyVersion(3)])
        await pool.checkHealth()
        #expect(events.all.isEmpty)
        servers[1].weightVersion = "default"
        await pool.checkHealth()
        #expect(servers[1].weightVersion == "3")
        #expect(pool.members[1].fault == nil)
        #expect(events.all.count == 2)
        #expect(try await pool.policyVersion() == PolicyVersion(3))
        #expect(servers.count == 2)
    }

    @Test(
        "one that was started again while a request was under way does not answer it under the old version",
        arguments: [true, false])
    func restartInTheMiddle(streams: Bool) async throws {
        let restarted = Mutex<CannedVLLM?>(nil)
        let tries = Mutex(0)
        let first = try CannedVLLM { _, _ in
            let count = tries.withLock { count in
                count += 1
                return count
            }
            // The first try dies with its server, and the next finds it up again with the weights of its start.
            guard count == 1 else { return .init([4]) }
            restarted.withLock { $0?.weightVersion = "default" }
            return .init([4], breaksAfter: 0)
        }
        let second = try CannedVLLM { _, _ in .init([7]) }
        let pool = try await pool([first.url, second.url], streams: streams)
        try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(3))
        restarted.withLock { $0 = first }
        tries.withLock { $0 = 0 }
        let generation = try await pool.generate(request("a", of: "a"))
        #expect(generation.tokens == [7] && generation.version == PolicyVersion(3))
        #expect(generation.server == pool.members[1].server.name)
        #expect(pool.members[0].fault?.contains("was started again") == true, "\(pool.members[0].fault ?? "")")
        await pool.checkHealth()
        #expect(first.weightVersion == "3" && pool.members[0].fault == nil)
        restarted.withLock { $0 = nil }
    }

    @Test("a connection that breaks is no restart: the server is asked once, and its next answers are believed")
    func brokenConnection() async throws {
        let tries = Mutex(0)
        let canned = try CannedVLLM { _, _ in
            let count = tries.withLock { count in
                count += 1
                return count
            }
            return .init([4], breaksAfter: count == 1 ? 0 : nil)
        }
        let pool = try await pool([canned.url], streams: false)
        try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(3))
        tries.withLock { $0 = 0 }
        let asked = canned.orders.count
        for name in ["a", "b", "c"] {
            let generation = try await pool.generate(request(name))
            #expect(generation.tokens == [4] && generation.version == PolicyVersion(3))
        }
        #expect(canned.orders.dropFirst(asked) == ["/weight_info"])
        #expect(events.all.isEmpty)
    }

    @Test("a request that one server trips over goes to another, and takes nobody out who is well")
    func poison() async throws {
        let trips = try CannedServer { request in
            switch request.path {
            case "/generate": .status(500, body: "tripped")
            default: .json("{}")
            }
        }
        let good = try CannedInference { _ in .init([9]) }
        let pool = ServerPool(
            [trips.url, good.url].map { SGLangServer(url: $0, client: client, settings: .quick) })
        #expect(try await pool.generate(request("a")).tokens == [9])
        #expect(pool.members.allSatisfy { $0.fault == nil })
        let alone = ServerPool([SGLangServer(url: trips.url, client: client, settings: .quick)])
        await #expect(throws: HTTPError.self) { try await alone.generate(request("b")) }
    }

    @Test("an abort that comes between two servers is not forgotten")
    func abortBetween() async throws {
        let front = try CannedServer { $0.path == "/generate" ? .silence : .json("{}") }
        let other = try CannedInference { _ in .init([1]) }
        let pool = ServerPool([front.url, other.url].map { SGLangServer(url: $0, client: client, settings: .quick) })
        let task = Task { try await pool.generate(request("a")) }
        await front.until { $0.requests == 1 }
        let abort = Task { try await pool.abort(requestID: "a") }
        await front.until { $0.requests >= 2 }  // the first abort was sent
        pool.takeOut(0, because: "the test says so")
        let generation = try await task.value
        #expect(generation.finish == .abort)
        #expect(generation.tokens.isEmpty)
        #expect(!generation.wasInterrupted)
        _ = await abort.result
        #expect(other.server.counts.requests == 0)
    }

    @Test("an id serves one request at a time")
    func doubleID() async throws {
        let canned = try CannedInference { _ in .init([1], waitsForAbort: true) }
        let pool = ServerPool([SGLangServer(url: canned.url, client: client, settings: .quick)])
        async let first = pool.generate(request("same"))
        await canned.server.until { $0.requests == 1 }
        await #expect(throws: WhetError.self) { try await pool.generate(request("same")) }
        try await pool.abort(requestID: "same")
        _ = try await first
    }

    @Test("looks after its servers as long as the body runs, and no longer")
    func running() async throws {
        let canned = try CannedServer(replies: .json("{}"))
        let pool = ServerPool([SGLangServer(url: canned.url, client: client, settings: .quick)])
        let answer = try await pool.running(checkingEvery: .milliseconds(1)) { _ in
            await canned.until { $0.requests >= 2 }
            return 42
        }
        #expect(answer == 42)
        await #expect(throws: WhetError.self) {
            try await pool.running { _ in throw WhetError("the run failed") }
        }
    }

    @Test("loads add up, and the fullest cache counts")
    func load() async throws {
        let servers = try (0..<2).map { _ in try CannedVLLM { _, _ in .init([4]) } }
        servers[1].metrics = "vllm:num_requests_running 5\nvllm:num_requests_waiting 0\nvllm:kv_cache_usage_perc 0.75\n"
        let pool = try await pool(servers.map(\.url))
        #expect(try await pool.load() == ServerLoad(running: 8, waiting: 1, cacheUsage: 0.75, preemptions: 2))
        #expect(servers.count == 2)
    }
}

/// What a pool has told.
final class EventLog: Sendable {
    private let events = Mutex<[ServerPool.Event]>([])
    var all: [ServerPool.Event] { events.withLock { $0 } }
    func add(_ event: ServerPool.Event) { events.withLock { $0.append(event) } }
}
