import WhetCore
import WhetHTTP

/// The kinds of servers that whet knows, told apart by asking.
public enum InferenceServerKind: String, Hashable, Sendable, CaseIterable {
    case whet, sglang, vllm, llamaCpp, openAI

    /// Asks a server what it is.
    ///
    /// - Parameter url: without `/v1`.
    /// - Throws: `HTTPError` when nobody answers; `WhetError` when what answers is no inference server.
    public static func detect(
        _ url: String, client: HTTPClient, settings: InferenceSettings = .standard
    ) async throws -> InferenceServerKind {
        let probe = ServerProbe(url: url, client: client, settings: settings)
        let owner = try await probe.model()?.owner
        switch owner {
        case "whet": return .whet
        case "sglang": return .sglang
        case "vllm": return .vllm
        case "llamacpp": return .llamaCpp
        default: break
        }
        if try await probe.json("/get_server_info") != nil { return .sglang }
        if try await probe.json("/get_weight_version")?["weight_version"] != nil { return .whet }
        if try await probe.json("/props")?["default_generation_settings"] != nil { return .llamaCpp }
        if owner != nil { return .openAI }
        throw WhetError(
            "what answers there is no inference server that whet knows", at: url.withoutSecrets,
            expected: "whet serve, SGLang, vLLM, llama.cpp or another server with /v1/completions")
    }

    /// A client for the server at `url`, with the capabilities that it was found to have.
    ///
    /// - Throws: as `detect`.
    public static func connect(
        _ url: String, client: HTTPClient, settings: InferenceSettings = .standard
    ) async throws -> any InferenceServer {
        let url = url.hasSuffix("/") ? String(url.dropLast()) : url
        let kind = try await detect(url, client: client, settings: settings)
        if kind == .whet || kind == .sglang { return SGLangServer(url: url, client: client, settings: settings) }
        let probe = ServerProbe(url: url, client: client, settings: settings)
        guard let model = try await probe.model() else {
            throw WhetError("the server lists no model", at: url.withoutSecrets)
        }
        let isVLLM = kind == .vllm
        let isInDevelopmentMode = isVLLM ? try await probe.json("/weight_info") != nil : false
        let capabilities = InferenceCapabilities(
            logProbabilities: isVLLM ? try await probe.logProbabilities(model: model.name) : .raw,
            abort: isInDevelopmentMode ? .byRequestID : .byClosing,
            publication: isInDevelopmentMode ? .directory : .none, reportsVersion: false)
        return OpenAIServer(
            url: url, model: model.name, flavor: isVLLM ? .vllm : kind == .llamaCpp ? .llamaCpp : .other,
            client: client, settings: settings, capabilities: capabilities)
    }
}

/// Questions that tell servers apart.
struct ServerProbe: Sendable {
    let url: String
    let client: HTTPClient
    let settings: InferenceSettings

    /// The answer to a GET; nil when the server does not know the path or answers something else than JSON.
    func json(_ path: String) async throws -> JSONValue? {
        try await json(HTTPRequest(.get, url + path, headers: settings.headers))
    }

    /// The first model that the server lists.
    func model() async throws -> (name: String, owner: String)? {
        guard let first = try await json("/v1/models")?["data"]?[0], let name = first["id"]?.string else { return nil }
        return (name, first["owned_by"]?.string ?? "")
    }

    /// Samples one token at two temperatures: if the likeliest token has the same log-probability, they are raw.
    func logProbabilities(model: String) async throws -> InferenceCapabilities.LogProbabilities {
        func likeliest(temperature: Double) async throws -> Double? {
            let body: JSONValue = [
                "model": .string(model), "prompt": [1], "max_tokens": 1, "temperature": .number(temperature),
                "logprobs": 1,
            ]
            let answer = try await json(.post(url + "/v1/completions", json: body, headers: settings.headers))
            let alternatives = answer?["choices"]?[0]?["logprobs"]?["top_logprobs"]?[0]?.object
            return alternatives?.values.compactMap(\.double).max()
        }
        guard let warm = try await likeliest(temperature: 1), let cold = try await likeliest(temperature: 0.5) else {
            return .raw  // the stricter assumption: only temperature 1 is allowed
        }
        return abs(warm - cold) < 1e-4 ? .raw : .renormalized
    }

    private func json(_ request: HTTPRequest) async throws -> JSONValue? {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        do {
            let response = try await client.send(
                retrying: RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50)), timeouts: timeouts
            ) { _ in request }
            return try? JSONValue(parsing: response.body)
        } catch let error as HTTPError {
            guard case .status = error.reason else { throw error }
            return nil
        }
    }
}
