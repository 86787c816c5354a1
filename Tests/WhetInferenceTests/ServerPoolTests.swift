import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("Server pool")
struct ServerPoolTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func pool(_ urls: [String], slack: Int = 16) -> ServerPool {
        ServerPool(urls.map { SGLangServer(url: $0, client: client, settings: .quick) }, slack: slack)
    }

    @Test("requests spread evenly, and a rollout stays where it was")
    func spread() async throws {
        let gate = Gate()
        let servers = try (0..<3).map { _ in
            try CannedServer { _ in
                .held(
                    by: gate,
                    .json(#"{"meta_info":{"finish_reason":{"type":"stop"},"output_token_logprobs":[[-1,4]]}}"#))
            }
        }
        let pool = pool(servers.map(\.url))
        let homes = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for index in 0..<30 {
                group.addTask { (index, try await pool.generate(request("\(index)", of: "\(index)")).server) }
            }
            for server in servers { await server.until { $0.requests == 10 } }
            gate.open()
            return try await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
        }
        for index in 0..<30 {
            let second = try await pool.generate(request("\(index) again", of: "\(index)"))
            #expect(second.server == homes[index])
        }
        #expect(pool.members.allSatisfy { $0.outstanding == 0 })
        #expect(servers.reduce(0) { $0 + $1.counts.requests } == 60)
    }

    @Test("a server that dies is taken out and its requests go elsewhere; it comes back with the right weights")
    func death() async throws {
        let good = try CannedInference { _ in .init([1]) }
        var reserved: ReservedPort? = try ReservedPort()
        let port = try #require(reserved?.number)
        let deadURL = try #require(reserved?.url)
        let pool = pool([deadURL, good.url])
        #expect(try await pool.generate(request()).tokens == [1])
        #expect(pool.members[0].fault != nil)
        try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(2))
        await pool.checkHealth()
        #expect(pool.members[0].fault != nil)
        #expect(pool.members[1].fault == nil)

        reserved = nil
        let revived = try CannedInference(port: port) { _ in .init([3]) }
        await pool.checkHealth()
        #expect(pool.members[0].fault == nil)
        #expect(revived.weightVersion == "2")
        #expect(revived.directories == ["/tmp/w"])
    }

    @Test("a server that takes no weights is taken out")
    func publication() async throws {
        let good = try CannedInference { _ in .init([1]) }
        let liar = try CannedInference(publication: .lies) { _ in .init([2]) }
        let pool = pool([liar.url, good.url])
        try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(1))
        for index in 0..<5 {
            #expect(try await pool.generate(request("\(index)")).tokens == [1])
        }
        await pool.checkHealth()
        #expect(pool.members[0].fault != nil)
    }

    @Test("when nobody is left, it says why of each")
    func nobodyLeft() async throws {
        let sick = try CannedServer(replies: .status(500, body: "out of memory"))
        let pool = pool([sick.url])
        do {
            _ = try await pool.generate(request())
            Issue.record("nobody could answer")
        } catch {
            #expect("\(error)".contains("500"))
            #expect("\(error)".contains(sick.url))
        }
        await #expect(throws: WhetError.self) {
            try await pool.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(1))
        }
    }

    @Test("a request that is wrong takes no server out")
    func wrongRequest() async throws {
        let strict = try CannedServer(replies: .status(400, body: "too long"))
        let pool = pool([strict.url])
        await #expect(throws: HTTPError.self) { try await pool.generate(request()) }
        #expect(pool.members[0].fault == nil)
    }

    @Test("aborts go where the request is")
    func abort() async throws {
        let servers = try (0..<2).map { _ in try CannedInference { _ in .init([5], waitsForAbort: true) } }
        let pool = pool(servers.map(\.url))
        async let first = pool.generate(request("one"))
        async let second = pool.generate(request("two"))
        for server in servers { await server.server.until { $0.requests == 1 } }
        try await pool.abort(requestID: "one")
        #expect(try await first.finish == .abort)
        #expect(servers.map(\.aborts).count { $0.isEmpty } == 1)
        try await pool.abort(requestID: "two")
        _ = try await second
        #expect(servers.allSatisfy { !$0.aborts.isEmpty })
    }
}
