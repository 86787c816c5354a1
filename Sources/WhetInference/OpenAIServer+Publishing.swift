import Foundation
import WhetCore
import WhetHTTP

/// New weights for vLLM, in place.
///
/// Keeps: other users' requests are waited for and held back meanwhile, never aborted; whatever happens, the server is
/// not left paused; a version counts as published only once the server has said that it has it.
extension OpenAIServer {
    func policyVersion() async throws -> PolicyVersion? {
        let published = publications.published
        if let adapter = published.adapter { return try await server.lists(adapter) ? published.version : nil }
        guard capabilities.publications.contains(.directory) else { return nil }
        return try await server.policyVersion(at: "/weight_info")
    }

    func publish(directory: URL, version: PolicyVersion) async throws {
        if let refusal = capabilities.refusal(of: .directory) { throw refusal }
        try OpenAIServer.checkWeights(in: directory)
        try await publications.publishing(.init(version: version), answersTell: false) { _ in
            if capabilities.pauses { try await order("/pause?mode=wait") }
            do {
                let path = JSONValue.string(directory.path(percentEncoded: false))
                let reload: JSONValue = ["method": "reload_weights", "kwargs": ["weights_path": path]]
                // Once: a reload that fails leaves the engine dead, and says so.
                try await order("/collective_rpc", reload, retrying: .never)
                try await flushCache()
                try await order("/update_weight_version", ["new_version": .string("\(version)")])
                try version.confirm(try await server.policyVersion(at: "/weight_info"), by: name)
            } catch {
                // A task of its own, because this one may be cancelled, and a paused server serves nobody. It has
                // failed already; that it cannot be resumed either shows in its health.
                if capabilities.pauses { await Task { _ = try? await order("/resume") }.value }
                throw error
            }
            if capabilities.pauses { try await order("/resume") }
        }
    }

    /// Each version is an adapter of its own name, so that no cache of another version's can serve it.
    func publish(adapter: URL, version: PolicyVersion) async throws {
        if let refusal = capabilities.refusal(of: .adapter) { throw refusal }
        let name = "whet-\(version)"
        try await publications.publishing(.init(version: version, adapter: name), answersTell: false) { before in
            let path = JSONValue.string(adapter.path(percentEncoded: false))
            if try await !server.lists(name) {
                try await order("/v1/load_lora_adapter", ["lora_name": .string(name), "lora_path": path])
            }
            guard try await server.lists(name) else {
                throw WhetError(
                    "adapter \(name) was loaded, and the server does not list it", at: self.name,
                    expected: "it among /v1/models", remedy: "serve with --enable-lora")
            }
            if let old = before.adapter, old != name {
                // One that stays takes memory and nothing else.
                _ = try? await order("/v1/unload_lora_adapter", ["lora_name": .string(old)])
            }
        }
    }

    /// What the old weights have cached must serve no new request. The server refuses while anybody's blocks are held.
    private func flushCache() async throws {
        try await retrying(server.settings.retry, clock: ContinuousClock()) { count, _ in
            let reply = try? JSONDocument(parsing: try await order("/reset_prefix_cache").body).root
            guard reply?["success"]?.bool == false else { return }
            throw GarbledAnswer(
                error: WhetError(
                    "the server did not flush its prefix cache (asked \(count) times)", at: name,
                    expected: "success from /reset_prefix_cache",
                    remedy: "see that no other client keeps requests running on it"))
        }
    }

    /// vLLM reads every safetensors file of a directory that has no index, and one with other tensors than the model's
    /// ends its engine; and where the output layer is the embedding, it keeps the old output layer (0.32, seen by its
    /// log-probabilities after a reload that it called a success). A directory that cannot be seen from here is the
    /// server's own business.
    static func checkWeights(in directory: URL) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))) ?? []
        let weights = names.filter { $0.hasSuffix(".safetensors") }
        guard !names.isEmpty else { return }
        let configuration = (try? Data(contentsOf: directory.appending(path: "config.json")))
            .flatMap { try? JSONValue(parsing: Array($0)) }
        if configuration?["tie_word_embeddings"]?.bool == true {
            throw WhetError(
                "vLLM would keep the old output layer, because this model's is its embedding",
                at: directory.path(percentEncoded: false), expected: "a model with tie_word_embeddings false",
                remedy: "policy.architecture.tie_embeddings: false, or inference.kind: sglang")
        }
        guard !names.contains("model.safetensors.index.json") else { return }
        if weights.isEmpty {
            throw WhetError(
                "there are no weights to publish", at: directory.path(percentEncoded: false),
                expected: "a Hugging Face model directory with model.safetensors")
        }
        if let other = weights.sorted().first(where: { !$0.hasPrefix("model") }) {
            throw WhetError(
                "vLLM would take \(other) for weights of the model, and end", at: directory.path(percentEncoded: false),
                expected: "no safetensors but the model's", remedy: "move it to another folder")
        }
    }

    @discardableResult
    private func order(
        _ path: String, _ body: JSONValue? = nil, retrying policy: RetryPolicy? = nil
    ) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(idle: nil, total: server.settings.publicationTimeout)
        let request =
            body.map { server.post(path, $0) }
            ?? HTTPRequest(.post, server.url + path, headers: server.settings.headers)
        return try await server.client.send(retrying: policy ?? server.settings.retry, timeouts: timeouts) { _ in
            request
        }
    }
}
