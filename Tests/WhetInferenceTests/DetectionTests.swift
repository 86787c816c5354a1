import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("Kinds of servers")
struct DetectionTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

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

    @Test("a server that takes text only, or gives no ids, is of no use for training, and says so")
    func textOnly() async throws {
        let models = #"{"data":[{"id":"m","owned_by":"somebody"}]}"#
        let text = try answering(["/v1/models": models])
        let plain = try answering([
            "/v1/models": models, "/v1/completions": #"{"choices":[{"text":"x","finish_reason":"length"}]}"#,
        ])
        let refusals = [
            try await InferenceServerKind.connect(text.url, client: client).capabilities.refusal(of: InferenceNeeds()),
            try await InferenceServerKind.connect(plain.url, client: client).capabilities.refusal(of: InferenceNeeds()),
        ]
        #expect(refusals[0]?.problem.contains("no token ids as a prompt") == true)
        #expect(refusals[1]?.problem.contains("does not return the ids") == true)
    }

    @Test("SGLang's adapters and metrics are found out")
    func sglang() async throws {
        let server = try answering([
            "/get_server_info": #"{"enable_lora":true}"#, "/metrics": "sglang:num_running_reqs{tp_rank=\"0\"} 2.0\n",
        ])
        let found = try await InferenceServerKind.connect(server.url, client: client).capabilities
        #expect(found.publications == [.directory, .adapter])
        #expect(found.reportsLoad)
    }

    @Test("what a run needs and a server lacks is refused in words, with what to do")
    func refusals() {
        var vllm = InferenceCapabilities(kind: .vllm, logProbabilities: .raw, abort: .byClosing)
        let cold = SamplingParameters(temperature: 0.5)
        #expect(vllm.refusal(of: InferenceNeeds(publication: nil)) == nil)
        #expect(vllm.refusal(of: InferenceNeeds())?.remedy?.contains("VLLM_SERVER_DEV_MODE") == true)
        #expect(vllm.refusal(of: InferenceNeeds(publication: .adapter))?.remedy?.contains("--enable-lora") == true)
        #expect(vllm.refusal(of: InferenceNeeds(sampling: [cold], publication: nil)) != nil)
        #expect(vllm.refusal(of: InferenceNeeds(publication: nil, resumesRollouts: true)) == nil)
        vllm.keepsPartialOutput = false
        #expect(vllm.refusal(of: InferenceNeeds(publication: nil, resumesRollouts: true)) != nil)
        #expect(vllm.refusal(of: InferenceNeeds(publication: nil, followsLoad: true)) != nil)
        var whole = InferenceCapabilities.sglang
        #expect(whole.refusal(of: InferenceNeeds(sampling: [cold], resumesRollouts: true)) == nil)
        whole.logProbabilities = .none
        #expect(whole.refusal(of: InferenceNeeds())?.problem.contains("log-probabilities") == true)
    }

    @Test("several servers can do what each of them can")
    func common() throws {
        let llama = InferenceCapabilities(kind: .llamaCpp, logProbabilities: .raw, abort: .byClosing)
        let common = try #require(InferenceCapabilities.common(to: [.whet, .sglang, llama]))
        #expect(common.logProbabilities == .raw)
        #expect(common.abort == .byClosing)
        #expect(common.publications.isEmpty)
        #expect(common.version == .never)
        #expect(!common.reportsLoad)
        #expect(InferenceCapabilities.common(to: [.whet]) == .whet)
        #expect(InferenceCapabilities.common(to: []) == nil)
    }
}
