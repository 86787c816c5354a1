import Foundation
import WhetCore
import WhetHTTP

/// A client of SGLang's `/generate`, and of whet's own server, which speaks the same.
///
/// Keeps: every try has a request id of its own; only requests of this client are aborted, each by its full id.
public final class SGLangServer: InferenceServer {
    public let name: String
    public let capabilities: InferenceCapabilities
    private let url: String
    /// Of generations, the same for each: what is equal by its storage need not be compared, nor sent to curl, again.
    private let generateURL: String
    private let generateHeaders: HTTPHeaders
    private let client: HTTPClient
    private let settings: InferenceSettings
    private let publications: PublicationGate
    private let outstanding = OutstandingRequests()

    /// - Parameter url: without a path, such as `http://127.0.0.1:30000`.
    public init(
        url: String, client: HTTPClient, settings: InferenceSettings = .standard,
        capabilities: InferenceCapabilities = .sglang
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        name = self.url.withoutSecrets
        generateURL = self.url + "/generate"
        generateHeaders = HTTPRequest.post(generateURL, json: [UInt8](), headers: settings.headers).headers
        self.client = client
        self.settings = settings
        self.capabilities = capabilities
        publications = PublicationGate(server: name)
    }

    public func generate(_ request: GenerationRequest) async throws -> Generation {
        try request.validate()
        if let refusal = capabilities.refusal(of: request.sampling) { throw refusal }
        return try await outstanding.running(request, vocabularySize: settings.vocabularySize) { entry in
            try await self.publications.generating { published in
                try await self.client.send(
                    retrying: self.settings.retry, timeouts: self.settings.timeouts,
                    make: { count in
                        let wireID = request.wireID(try: count)
                        try entry.willSend(wireID)
                        let body = SGLangServer.body(of: request, wireID: wireID, adapter: published.adapter)
                        return HTTPRequest(.post, self.generateURL, headers: self.generateHeaders, body: body)
                    },
                    reading: { response in
                        try SGLangServer.generation(
                            response.body, request: request, vocabularySize: self.settings.vocabularySize,
                            // What an answer says of an adapter is the version of the model under it.
                            version: published.adapter == nil ? nil : published.version)
                    })
            }
        }
    }

    public func abort(requestID: String) async throws {
        try await outstanding.abort(requestID, timeout: settings.abortTimeout) { wireID in
            _ = try await ask(.post(url + "/abort_request", json: ["rid": .string(wireID)], headers: settings.headers))
        }
    }

    public func abandon() { outstanding.giveUpAll() }

    public func health() async throws {
        _ = try await ask(HTTPRequest(.get, url + "/health", headers: settings.headers))
    }

    public func load() async throws -> ServerLoad? {
        guard capabilities.reportsLoad else { return nil }
        return ServerLoad(metrics: try await ask(HTTPRequest(.get, url + "/metrics", headers: settings.headers)).text)
    }

    public func policyVersion() async throws -> PolicyVersion? {
        let published = publications.published
        if let adapter = published.adapter {
            let response = try await ask(HTTPRequest(.get, url + "/v1/models", headers: settings.headers))
            let models = try JSONDocument(parsing: response.body).root["data"]?.elements ?? []
            return models.contains { $0["id"]?.string == adapter } ? published.version : nil
        }
        let response = try await ask(HTTPRequest(.get, url + "/get_weight_version", headers: settings.headers))
        return PolicyVersion(weightVersion: try JSONDocument(parsing: response.body).root["weight_version"]?.string)
    }

    public func publish(directory: URL, version: PolicyVersion) async throws {
        let body: JSONValue = [
            "model_path": .string(directory.path(percentEncoded: false)), "weight_version": .string("\(version)"),
            "flush_cache": true,
        ]
        try await publications.publishing(.init(version: version), answersTell: true) { _ in
            try await order("/update_weights_from_disk", body, refused: "the server did not take up version \(version)")
            try version.confirm(try await policyVersion(), by: name)
        }
    }

    /// Each version is an adapter of its own name, so that no cache of another version's can serve it.
    public func publish(adapter: URL, version: PolicyVersion) async throws {
        if let refusal = capabilities.refusal(of: .adapter) { throw refusal }
        let name = "whet-\(version)"
        let path = JSONValue.string(adapter.path(percentEncoded: false))
        try await publications.publishing(.init(version: version, adapter: name), answersTell: false) { before in
            try await order(
                "/load_lora_adapter", ["lora_name": .string(name), "lora_path": path],
                refused: "the server did not load adapter \(name)")
            if let old = before.adapter, old != name {
                // One that stays takes memory and nothing else.
                try? await order(
                    "/unload_lora_adapter", ["lora_name": .string(old)],
                    refused: "the server did not unload adapter \(old)")
            }
        }
    }

    /// Tells the server to change its weights. It cannot while its cache is in use: that passes, and is tried again.
    private func order(_ path: String, _ body: JSONValue, refused: String) async throws {
        let timeouts = HTTPTimeouts(idle: nil, total: settings.publicationTimeout)
        try await retrying(settings.retry, clock: ContinuousClock()) { _, _ in
            let request = HTTPRequest.post(url + path, json: body, headers: settings.headers)
            let response = try await client.send(request, timeouts: timeouts)
            let reply = try? JSONDocument(parsing: response.body).root
            let words = reply?["message"]?.string ?? reply?["error_message"]?.string ?? response.excerpt()
            if response.isSuccess, reply?["success"]?.bool != false { return }
            let error = WhetError("\(refused): \(words)", at: name, remedy: "see the server's own log")
            if words.lowercased().contains("flush") { throw GarbledAnswer(error: error) }
            if response.isSuccess || response.status == 400 { throw error }
            throw HTTPError(.status(response), request: request.description)
        }
    }

    private func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        let policy = RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50), deadline: settings.questionTimeout)
        return try await client.send(retrying: policy, timeouts: timeouts) { _ in request }
    }
}

// MARK: The wire

extension SGLangServer {
    /// The body of `/generate`. The stop token stays in the output and nothing is detokenized away.
    ///
    /// - Parameter adapter: the adapter to sample with; nil: none.
    static func body(of request: GenerationRequest, wireID: String, adapter: String? = nil) -> [UInt8] {
        let sampling = request.sampling
        var text = JSONText(capacity: 320 + 6 * request.tokens.count)
        text.append(raw: #"{"rid":"#)
        text.append(quoted: wireID)
        if let adapter {
            text.append(raw: #","lora_path":"#)
            text.append(quoted: adapter)
        }
        text.append(raw: #","input_ids":"#)
        text.append(request.tokens)
        text.append(raw: #","sampling_params":{"max_new_tokens":"#)
        text.append(integer: sampling.maximumNewTokens)
        text.append(raw: #","temperature":"#)
        text.append(.number(sampling.temperature))
        text.append(raw: #","top_p":"#)
        text.append(.number(sampling.topP))
        if let topK = sampling.topK {
            text.append(raw: #","top_k":"#)
            text.append(integer: topK)
        }
        if !sampling.stopStrings.isEmpty {
            text.append(raw: #","stop":"#)
            text.append(.array(sampling.stopStrings.map(JSONValue.string)))
        }
        if !sampling.stopTokens.isEmpty {
            text.append(raw: #","stop_token_ids":"#)
            text.append(sampling.stopTokens)
        }
        text.append(raw: #","sampling_seed":"#)
        text.append(integer: request.wireSeed)
        text.append(raw: #","no_stop_trim":true,"skip_special_tokens":false,"spaces_between_special_tokens":false}"#)
        text.append(raw: #","return_logprob":true,"stream":false}"#)
        return text.bytes
    }

    /// Reads the answer of `/generate`: ids and log-probabilities from `output_token_logprobs`, never from the text.
    ///
    /// - Parameter version: what sampled it, if the answer is not to say so.
    /// - Throws: `WhetError` for anything that is not one.
    static func generation(
        _ body: [UInt8], request: GenerationRequest, vocabularySize: Int?, version: PolicyVersion? = nil
    ) throws -> Generation {
        func fault(_ problem: String) -> WhetError {
            WhetError("the server's answer \(problem)", at: "request \(request.id)")
        }
        let root = try JSONDocument(parsing: body).root
        guard let info = root["meta_info"] else { throw fault("has no meta_info") }
        guard let kind = info["finish_reason"]?["type"]?.string else { throw fault("has no finish_reason") }
        guard let finish = FinishReason(rawValue: kind) else { throw fault("has the finish_reason \"\(kind)\"") }
        let pairs = info["output_token_logprobs"]
        guard let count = pairs?.elementCount ?? (finish == .abort ? 0 : nil) else {
            throw fault("has no output_token_logprobs")
        }
        var tokens: [Int32] = []
        var logProbabilities: [Float] = []
        tokens.reserveCapacity(count)
        logProbabilities.reserveCapacity(count)
        try pairs?.forEachElement { pair in
            guard let logProbability = pair[0]?.double, let token = pair[1]?.integer.flatMap(Int32.init(exactly:)) else {
                throw fault("has an output_token_logprobs that is not of pairs of number and id")
            }
            tokens.append(token)
            logProbabilities.append(Float(logProbability))
        }
        if let text = root["text"]?.string, !text.isEmpty, tokens.isEmpty { throw fault("has text, but no tokens") }
        if let ids = root["output_ids"]?.tokens, ids != tokens {
            throw fault("has other output_ids than output_token_logprobs")
        }
        if let count = info["completion_tokens"]?.integer, count != tokens.count {
            throw fault("counts \(count) tokens and gives \(tokens.count)")
        }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish,
            version: version ?? PolicyVersion(weightVersion: info["weight_version"]?.string),
            promptTokens: info["prompt_tokens"]?.integer ?? request.tokens.count,
            cachedTokens: info["cached_tokens"]?.integer ?? 0, request: request, vocabularySize: vocabularySize)
    }
}
