import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetInference

@Suite("vLLM")
struct VLLMServerTests {
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func connect(
        _ canned: CannedVLLM, streams: Bool = false, change: (inout InferenceSettings) -> Void = { _ in }
    ) async throws -> any InferenceServer {
        var settings = InferenceSettings.quick
        settings.streams = streams
        change(&settings)
        return try await InferenceServerKind.connect(canned.url, client: client, settings: settings)
    }

    private func orders(_ canned: CannedVLLM, after count: Int) -> [String] { Array(canned.orders.dropFirst(count)) }

    // MARK: Abort

    @Test("an abort by the engine's own id brings back what there was", arguments: [true, false])
    func abort(streams: Bool) async throws {
        let canned = try CannedVLLM { _, _ in .init([4, 5, 6], holdsAfter: 2) }
        let server = try await connect(canned, streams: streams)
        let before = canned.server.counts.requests
        async let generation = server.generate(request("r"))
        await canned.server.until { $0.requests == before + 1 }
        try await server.abort(requestID: "r")
        let end = try await generation
        #expect(end.tokens == [4, 5])
        #expect(end.finish == .abort)
        #expect(!end.wasInterrupted)
    }

    @Test("a server that says an abort worked is believed only when the request ends; what was streamed is kept")
    func abortIsNotBelieved() async throws {
        var settings = CannedVLLM.Settings()
        settings.ignoresAborts = true
        let canned = try CannedVLLM(settings) { _, _ in .init([4, 5, 6], holdsAfter: 2) }
        let server = try await connect(canned, streams: true) { $0.abortTimeout = .milliseconds(300) }
        let before = canned.server.counts.requests
        let task = Task { try await server.generate(request("r")) }
        await canned.server.until { $0.requests == before + 1 }
        await #expect(throws: WhetError.self) { try await server.abort(requestID: "r") }
        let generation = try await task.value
        #expect([[], [4], [4, 5]].contains(generation.tokens))
        #expect(generation.finish == .abort)
        #expect(!generation.wasInterrupted)
    }

    @Test("a server that dies in the middle leaves what it had streamed, as interrupted")
    func death() async throws {
        let canned = try CannedVLLM { _, _ in .init([4, 5, 6], breaksAfter: 2) }
        let generation = try await connect(canned, streams: true).generate(request("r"))
        #expect(generation.finish == .abort)
        #expect(generation.wasInterrupted)
        #expect(generation.tokens == [4, 5])
        #expect(generation.logProbabilities == [4, 5].map(CannedInference.logProbability))
        #expect(canned.server.counts.closedEarly == 0)
    }

    // MARK: Weights

    @Test("weights are taken up in place between pause and resume, and the version is confirmed before the resume")
    func publish() async throws {
        let canned = try CannedVLLM { _, _ in .init([4]) }
        let server = try await connect(canned)
        #expect(try await server.policyVersion() == nil)
        let asked = canned.orders.count
        try await server.publish(directory: URL(filePath: "/tmp/w 5"), version: PolicyVersion(5))
        #expect(
            orders(canned, after: asked) == [
                "/pause?mode=wait", "/collective_rpc", "/reset_prefix_cache", "/update_weight_version", "/weight_info",
                "/resume",
            ])
        let reload = try #require(canned.server.requests.first { $0.path == "/collective_rpc" && $0.method == "POST" })
        #expect(
            try JSONValue(parsing: reload.body) == [
                "method": "reload_weights", "kwargs": ["weights_path": "/tmp/w 5"],
            ])
        #expect(try await server.generate(request()).version == PolicyVersion(5))
        #expect(try await server.policyVersion() == PolicyVersion(5))
    }

    @Test("a publication waits for the generations under way, and holds back new ones")
    func publicationWaits() async throws {
        let canned = try CannedVLLM { prompt, _ in .init([4], holdsAfter: prompt == [1] ? 1 : nil) }
        let server = try await connect(canned)
        let asked = canned.server.counts.requests
        async let before = server.generate(request("before", tokens: [1]))
        await canned.server.until { $0.requests == asked + 1 }
        async let published: Void = server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(5))
        try await server.abort(requestID: "before")
        #expect(try await before.version == nil)
        try await published
        #expect(try await server.generate(request("after")).version == PolicyVersion(5))
        let paths = canned.server.requests.map(\.path)
        let first = try #require(paths.firstIndex(of: "/v1/completions"))
        #expect(try #require(paths.lastIndex(of: "/abort_requests")) > first)
    }

    @Test("a flush that is refused is asked for again")
    func refusedFlush() async throws {
        var settings = CannedVLLM.Settings()
        settings.refusedFlushes = 2
        let canned = try CannedVLLM(settings) { _, _ in .init([4]) }
        let server = try await connect(canned)
        try await server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(1))
        #expect(canned.orders.count { $0 == "/reset_prefix_cache" } == 3)
    }

    @Test(
        "after a publication that failed the server is not left paused, and samples nothing until one succeeds",
        arguments: [true, false])
    func failedPublication(lies: Bool) async throws {
        var settings = CannedVLLM.Settings()
        // Four tries a publication (`InferenceSettings.quick`): the first fails, the second succeeds.
        if lies { settings.lies = true } else { settings.refusedFlushes = 4 }
        let canned = try CannedVLLM(settings) { _, _ in .init([4]) }
        let server = try await connect(canned)
        await #expect(throws: WhetError.self) {
            try await server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(1))
        }
        #expect(!canned.isPaused)
        #expect(canned.orders.contains("/resume"))
        await #expect(throws: UnknownWeights.self) { try await server.generate(request()) }
        guard !lies else { return }
        try await server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(1))
        #expect(try await server.generate(request()).version == PolicyVersion(1))
    }

    @Test(
        "a directory that would end vLLM's engine, or be taken up in part, is refused before it is told",
        arguments: [("optimizer", "{}"), (nil, "{}"), ("model-2", #"{"tie_word_embeddings": true}"#)])
    func weightsThatAreNone(name: String?, configuration: String) async throws {
        let canned = try CannedVLLM { _, _ in .init([4]) }
        let server = try await connect(canned)
        let directory = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(configuration.utf8).write(to: directory.appending(path: "config.json"))
        if let name {
            for name in ["model", name] { try Data().write(to: directory.appending(path: "\(name).safetensors")) }
        }
        await #expect(throws: WhetError.self) {
            try await server.publish(directory: directory, version: PolicyVersion(1))
        }
        #expect(!canned.orders.contains("/collective_rpc"))
        #expect(try await server.generate(request()).tokens == [4])
    }

    @Test("each version of an adapter has a name of its own, and the last one goes")
    func adapters() async throws {
        var settings = CannedVLLM.Settings()
        settings.allowsAdapters = true
        settings.isInDevelopmentMode = false
        let canned = try CannedVLLM(settings) { _, _ in .init([4]) }
        let server = try await connect(canned)
        for version in 1...2 {
            try await server.publish(adapter: URL(filePath: "/tmp/a\(version)"), version: PolicyVersion(version))
        }
        #expect(canned.adapters == ["whet-2"])
        #expect(try await server.generate(request()).version == PolicyVersion(2))
        #expect(try await server.policyVersion() == PolicyVersion(2))
        let sent = try #require(canned.server.requests.last { $0.path == "/v1/completions" })
        #expect(try JSONValue(parsing: sent.body)["model"] == "whet-2")
        await #expect(throws: WhetError.self) {
            try await server.publish(directory: URL(filePath: "/tmp/w"), version: PolicyVersion(3))
        }
    }

    // MARK: What it can do

    @Test("log-probabilities, development mode, adapters and metrics are found out", arguments: [true, false])
    func capabilities(isThere: Bool) async throws {
        var settings = CannedVLLM.Settings()
        settings.isRaw = !isThere
        settings.isInDevelopmentMode = isThere
        settings.allowsAdapters = isThere
        settings.hasMetrics = isThere
        let canned = try CannedVLLM(settings) { _, _ in .init([4]) }
        let found = try await connect(canned).capabilities
        #expect(found.kind == .vllm)
        #expect(found.takesTokens && found.returnsTokens && found.keepsPartialOutput)
        #expect(found.logProbabilities == (isThere ? .renormalized : .raw))
        #expect(found.abort == (isThere ? .byRequestID : .byClosing))
        #expect(found.publications == (isThere ? [.directory, .adapter] : []))
        #expect(found.version == (isThere ? .onRequest : .never))
        #expect(found.reportsLoad == isThere)
        let load = try await connect(canned).load()
        #expect(load == (isThere ? ServerLoad(running: 3, waiting: 1, cacheUsage: 0.25, preemptions: 2) : nil))
        let missing = CapabilityReport(found).lines.filter { !$0.isThere }
        #expect(missing.allSatisfy { $0.meaning?.isEmpty == false })
        #expect(
            Set(missing.map(\.name))
                == (isThere
                    ? ["log_probabilities"]
                    : ["log_probabilities", "abort", "weights_from_directory", "lora_adapters", "version", "metrics"]))
    }

    @Test("a kind or a model that is not there is refused in words")
    func wrongExpectations() async throws {
        let canned = try CannedVLLM { _, _ in .init([4]) }
        func failure(_ kind: InferenceServerKind?, _ model: String?) async -> String {
            do {
                _ = try await InferenceServerKind.connect(canned.url, kind: kind, model: model, client: client)
                return "none"
            } catch { return "\(error)" }
        }
        #expect(await failure(.sglang, nil).contains("of kind vllm"))
        #expect(await failure(.vllm, "caned").contains(#"did you mean "canned"?"#))
        #expect(await failure(.openAI, "canned") == "none")
    }
}
