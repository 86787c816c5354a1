import WhetCore
import WhetHTTP

/// The kinds of servers that whet knows, told apart by asking.
public enum InferenceServerKind: String, Hashable, Sendable, CaseIterable {
    case whet, sglang, vllm
    case llamaCpp = "llama_cpp"
    /// Any other with `/v1/completions`.
    case openAI = "openai"

    /// For people.
    public var title: String {
        switch self {
        case .whet: "whet serve"
        case .sglang: "SGLang"
        case .vllm: "vLLM"
        case .llamaCpp: "llama.cpp"
        case .openAI: "OpenAI-compatible"
        }
    }

    /// Asks a server what it is.
    ///
    /// - Parameter url: without `/v1`.
    /// - Throws: `HTTPError` when nobody answers; `WhetError` when what answers is no inference server.
    public static func detect(
        _ url: String, client: HTTPClient, settings: InferenceSettings = .standard
    ) async throws -> InferenceServerKind {
        try await ServerProbe(server: ServerConnection(url: url, client: client, settings: settings)).kind()
    }

    /// A client for the server at `url`, with the capabilities that it was found to have.
    ///
    /// - Parameters:
    ///   - kind: what it must be; nil takes what it is, and `openAI` takes any that speaks so.
    ///   - model: the one to ask where it has several; nil takes the first.
    /// - Throws: as `detect`; `WhetError` when it is of another kind or does not have the model.
    public static func connect(
        _ url: String, kind expected: InferenceServerKind? = nil, model: String? = nil, client: HTTPClient,
        settings: InferenceSettings = .standard
    ) async throws -> any InferenceServer {
        let server = ServerConnection(url: url, client: client, settings: settings)
        let probe = ServerProbe(server: server)
        let kind = expected == .openAI ? .openAI : try await probe.kind()
        // whet's own server speaks SGLang's language.
        guard expected == nil || expected == kind || (expected == .sglang && kind == .whet) else {
            throw WhetError(
                "the server is of kind \(kind.rawValue)", at: server.name,
                expected: expected?.rawValue, remedy: "inference.kind: \(kind.rawValue), or auto")
        }
        let capabilities: InferenceCapabilities
        let name: String
        switch kind {
        case .whet, .sglang:
            // A server without a list of models has one.
            if let model { _ = try await probe.model(named: model) }
            let capabilities = try await probe.sglangCapabilities(kind)
            return SGLangServer(server, capabilities: capabilities)
        case .vllm:
            name = try await probe.model(named: model)
            capabilities = try await probe.vllmCapabilities(model: name)
        case .llamaCpp:
            name = try await probe.model(named: model)
            capabilities = try await probe.llamaCapabilities()
        case .openAI:
            name = try await probe.model(named: model)
            capabilities = try await probe.openAICapabilities(model: name)
        }
        return OpenAIServer(server, model: name, capabilities: capabilities)
    }
}
