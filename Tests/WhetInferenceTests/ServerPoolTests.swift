import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("Server pool and detection")
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
        let homes = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<30 {
                group.addTask { (index, try await pool.generate(request("\(index)"), affinity: "\(index)").server) }
            }
            for server in servers { await server.until { $0.requests == 10 } }
            gate.open()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for index in 0..<30 {
            let second = try await pool.generate(request("\(index) again"), affinity: "\(index)")
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
        #expect(try await pool.generate(request(), affinity: "a").generation.tokens == [1])
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
            #expect(try await pool.generate(request("\(index)"), affinity: "\(index)").generation.tokens == [1])
        }
        await pool.checkHealth()
        #expect(pool.members[0].fault != nil)
    }

    @Test("when nobody is left, it says why of each")
    func nobodyLeft() async throws {
        let sick = try CannedServer(replies: .status(500, body: "out of memory"))
        let pool = pool([sick.url])
        do {
            _ = try await pool.generate(request(), affinity: "a")
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
        await #expect(throws: HTTPError.self) { try await pool.generate(request(), affinity: "a") }
        #expect(pool.members[0].fault == nil)
    }

    @Test("aborts go where the request is")
    func abort() async throws {
        let servers = try (0..<2).map { _ in try CannedInference { _ in .init([5], waitsForAbort: true) } }
        let pool = pool(servers.map(\.url))
        async let first = pool.generate(request("one"), affinity: "one")
        async let second = pool.generate(request("two"), affinity: "two")
        for server in servers { await server.server.until { $0.requests == 1 } }
        try await pool.abort(requestID: "one")
        #expect(try await first.generation.finish == .abort)
        #expect(servers.map(\.aborts).count { $0.isEmpty } == 1)
        try await pool.abort(requestID: "two")
        _ = try await second
        #expect(servers.allSatisfy { !$0.aborts.isEmpty })
    }

    // MARK: Detection

    private func answering(_ replies: [String: String]) throws -> CannedServer {
        try CannedServer { request in replies[request.path].map { .json($0) } ?? .status(404) }
    }

    @Test(
        "each kind of server is told by what it answers",
        arguments: [
            (["/v1/models": #"{"data":[{"id":"m","owned_by":"vllm"}]}"#], InferenceServerKind.vllm),
            (["/v1/models": #"{"data":[{"id":"m","owned_by":"sglang"}]}"#], .sglang),
            (["/v1/models": #"{"data":[{"id":"m","owned_by":"llamacpp"}]}"#], .llamaCpp),
            (["/v1/models": #"{"data":[{"id":"m","owned_by":"whet"}]}"#], .whet),
            (["/v1/models": #"{"data":[{"id":"m","owned_by":"somebody"}]}"#], .openAI),
            (["/get_server_info": "{}"], .sglang),
            (["/get_weight_version": #"{"weight_version":"0"}"#], .whet),
            (["/props": #"{"default_generation_settings":{}}"#], .llamaCpp),
        ])
    func detection(replies: [String: String], kind: InferenceServerKind) async throws {
        let server = try answering(replies)
        #expect(try await InferenceServerKind.detect(server.url, client: client) == kind)
    }

    @Test("something else is no inference server")
    func detectionFails() async throws {
        let server = try answering(["/": "hello"])
        await #expect(throws: WhetError.self) { try await InferenceServerKind.detect(server.url, client: client) }
    }

    @Test("vLLM's log-probabilities and its development mode are found out", arguments: [true, false], [true, false])
    func capabilities(isRaw: Bool, isInDevelopmentMode: Bool) async throws {
        let server = try CannedServer { request in
            switch request.path {
            case "/v1/models": return .json(#"{"data":[{"id":"m","owned_by":"vllm"}]}"#)
            case "/weight_info": return isInDevelopmentMode ? .json(#"{"weight_version":"0"}"#) : .status(404)
            case "/v1/completions":
                let isCold = request.text.contains(#""temperature":0.5"#)
                let number = isRaw || !isCold ? -1.5 : -0.75
                return .json(#"{"choices":[{"logprobs":{"top_logprobs":[{"a":\#(number),"b":-9}]}}]}"#)
            default: return .status(404)
            }
        }
        let connected = try await InferenceServerKind.connect(server.url, client: client)
        #expect(connected.capabilities.logProbabilities == (isRaw ? .raw : .renormalized))
        #expect(connected.capabilities.abort == (isInDevelopmentMode ? .byRequestID : .byClosing))
        #expect(connected.capabilities.publication == (isInDevelopmentMode ? .directory : .none))
    }
}
