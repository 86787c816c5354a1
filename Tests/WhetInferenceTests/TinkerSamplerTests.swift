import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("Tinker sampler")
struct TinkerSamplerTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func sampler(_ canned: CannedTinker, key: String? = nil) async throws -> any InferenceServer {
        var settings = InferenceSettings.quick
        settings.retry.maximumTries = 12
        settings.apiKey = key
        settings.vocabularySize = 24
        return try await InferenceServerKind.connect(canned.url, kind: .tinker, client: client, settings: settings)
    }

    /// Has the service save weights, and says where.
    private func publication(_ canned: CannedTinker, name: String = "w") async throws -> RemotePolicy {
        func post(_ route: String, _ body: JSONValue) async throws -> JSONValue {
            try JSONValue(parsing: try await client.send(.post("\(canned.url)/api/v1/\(route)", json: body)).body)
        }
        let session = try await post("create_session", [:])["session_id"] ?? .null
        let model = try await post("create_model", ["session_id": session, "base_model": "canned"])["model_id"] ?? .null
        let saved = try await post("save_weights_for_sampler", ["model_id": model, "path": .string(name)])
        let path = try await post("retrieve_future", ["request_id": saved["request_id"] ?? .null])["path"]?.string
        return RemotePolicy(service: canned.url, path: try #require(path), baseModel: "canned")
    }

    @Test("a service is known by what it answers")
    func detection() async throws {
        let canned = try CannedTinker()
        #expect(try await InferenceServerKind.detect(canned.url, client: client) == .tinker)
        let capabilities = try await sampler(canned).capabilities
        #expect(capabilities.publications == [.remote])
        #expect(capabilities.logProbabilities == .raw)
        #expect(!capabilities.keepsPartialOutput)
        #expect(try InferenceServerKind.named("tinker") == .tinker)
    }

    @Test("it samples from the base model, and then from what was published")
    func generate() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        let first = try await server.generate(request(new: 8))
        #expect(first.tokens.count == 8)
        #expect(first.finish == .length)
        #expect(first.version == nil)
        #expect(first.logProbabilities.allSatisfy { $0 < 0 })
        #expect(try await server.policyVersion() == nil)

        try await server.publish(remote: try await publication(canned), version: PolicyVersion(3))
        #expect(try await server.policyVersion() == PolicyVersion(3))
        let second = try await server.generate(request(new: 8))
        #expect(second.version == PolicyVersion(3))
        // The same weights and the same seed.
        #expect(second.tokens == first.tokens)
        let other = try await server.generate(request("s", new: 8, seed: 8))
        #expect(other.tokens != first.tokens)
        try await server.health()
    }

    @Test("what is sent is what the API reads")
    func wire() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        var request = request("r", tokens: [5, 6], seed: .max)
        request.sampling = SamplingParameters(topP: 0.25, topK: 4, maximumNewTokens: 9, stopTokens: [2, 3])
        _ = try await server.generate(request)
        let asked = try #require(canned.server.requests.last { $0.path.hasSuffix("asample") })
        let body = try JSONValue(parsing: asked.body)
        #expect(body["num_samples"] == 1)
        #expect(body["prompt"] == ["chunks": [["type": "encoded_text", "tokens": [5, 6]]]])
        #expect(
            body["sampling_params"] == [
                "max_tokens": 9, "temperature": 1.0, "top_p": 0.25, "top_k": 4, "seed": .integer(0x7FFF_FFFF),
                "stop": [2, 3],
            ])
    }

    @Test("a stop token ends a sample, and is in it")
    func stop() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        var request = request(new: 64)
        request.sampling.stopTokens = Array(0..<12)
        let generation = try await server.generate(request)
        #expect(generation.finish == .stop)
        #expect(try #require(generation.tokens.last) < 12)
    }

    @Test("the policy's own end is sent along, because the service knows none")
    func ownEnd() async throws {
        let canned = try CannedTinker()
        var settings = InferenceSettings.quick
        settings.endTokens = [3, 7]
        let server = try await InferenceServerKind.connect(
            canned.url, kind: .tinker, client: client, settings: settings)
        var request = request(new: 64)
        request.sampling.stopTokens = [2, 3]
        let generation = try await server.generate(request)
        #expect(generation.finish == .stop && [2, 3, 7].contains(generation.tokens.last ?? 0))
        let asked = try #require(canned.server.requests.last { $0.path.hasSuffix("asample") })
        #expect(try JSONValue(parsing: asked.body)["sampling_params"]?["stop"] == [2, 3, 7])
        request.sampling.stopTokens = []
        request.sampling.stopStrings = ["x"]
        await #expect(throws: WhetError.self) { try await server.generate(request) }
    }

    @Test("what the API cannot do is refused before it is asked for")
    func refusals() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        var warm = request()
        warm.sampling.temperature = 0.7
        var both = request()
        (both.sampling.stopStrings, both.sampling.stopTokens) = (["x"], [2])
        await #expect(throws: WhetError.self) { try await server.generate(warm) }
        await #expect(throws: WhetError.self) { try await server.generate(both) }
        #expect(canned.count("asample") == 0)
        let needs = InferenceNeeds(publication: .remote, resumesRollouts: true)
        #expect(server.capabilities.refusal(of: needs) != nil)
        #expect(server.capabilities.refusal(of: InferenceNeeds(publication: .remote)) == nil)
    }

    @Test("an abort drops the request, and nothing of it is kept")
    func abort() async throws {
        let gate = Gate()
        let canned = try CannedTinker(intercept: { route, index in
            route == "retrieve_future" && index == 0 ? .held(by: gate, .status(200)) : nil
        })
        let server = try await sampler(canned)
        async let generation = server.generate(request("long"))
        await canned.server.until { $0.requests >= 5 }
        try await server.abort(requestID: "long")
        #expect(try await generation.finish == .abort)
        #expect(try await generation.tokens.isEmpty)
        gate.open()
        #expect(try await server.generate(request("next")).tokens.count == 16)
    }

    @Test("every fault is outlived, and changes no token", arguments: [1, 2, 3] as [UInt64])
    func faults(seed: UInt64) async throws {
        let faultless = try CannedTinker()
        let right = try await sampler(faultless)
        var settings = CannedTinker.Settings()
        settings.faults = FaultPlan(seed: seed, share: 0.15)
        let faulty = try CannedTinker(settings)
        let server = try await sampler(faulty)
        for index in 0..<30 {
            let request = request("r\(index)", tokens: [Int32(index % 24)], seed: UInt64(index))
            #expect(try await server.generate(request).tokens == right.generate(request).tokens)
        }
        #expect(faulty.count("asample") >= 30)
        #expect(faultless.count("asample") == 30)
    }

    @Test("weights that the service lost are published again by the pool")
    func restart() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        let policy = try await publication(canned)
        let pool = ServerPool([server])
        try await pool.publish(remote: policy, version: PolicyVersion(1))
        canned.restart()
        // Nothing is sampled from weights that nobody can tell.
        await #expect(throws: (any Error).self) { try await pool.generate(request("a")) }
        await pool.checkHealth()
        #expect(try await pool.generate(request("b")).version == PolicyVersion(1))
    }

    @Test("weights that are not there are not published")
    func wrongPath() async throws {
        let canned = try CannedTinker()
        let server = try await sampler(canned)
        let policy = RemotePolicy(service: canned.url, path: "tinker://nobody/sampler_weights/x", baseModel: "canned")
        await #expect(throws: WhetError.self) { try await server.publish(remote: policy, version: .initial) }
        await #expect(throws: WhetError.self) {
            try await server.publish(directory: URL(filePath: "/tmp"), version: .initial)
        }
    }

    @Test("results that make no sense are no generation", arguments: [
        "{}", #"{"sequences":[]}"#, #"{"sequences":[{"tokens":[1],"logprobs":[],"stop_reason":"stop"}]}"#,
        #"{"sequences":[{"tokens":[99],"logprobs":[-1],"stop_reason":"stop"}]}"#,
        #"{"sequences":[{"tokens":[1],"logprobs":[-1],"stop_reason":"abort"}]}"#,
        #"{"sequences":[{"tokens":[1],"logprobs":[1],"stop_reason":"stop"}]}"#,
    ])
    func nonsense(text: String) async throws {
        let canned = try CannedTinker(intercept: { route, _ in route == "retrieve_future" ? .json(text) : nil })
        let server = try await sampler(canned)
        await #expect(throws: WhetError.self) { try await server.generate(request()) }
    }
}
