import Foundation
import WhetCore
import WhetHTTP

/// A client of OpenAI's `/v1/completions` with token ids: vLLM, llama.cpp and whatever else gives ids and
/// log-probabilities.
///
/// Where the server cannot abort by id, answers are streamed and an abort closes the connection, keeping what had
/// come; a stream that is cut in the middle likewise ends as aborted, so that it can be resumed rather than begun
/// again.
///
/// Keeps: no generation straddles two versions: while weights are published, no request of this client is under way.
public final class OpenAIServer: InferenceServer {
    /// Where kinds of servers differ.
    public enum Flavor: String, Hashable, Sendable {
        case vllm, llamaCpp, other
    }

    public let name: String
    public let capabilities: InferenceCapabilities
    /// What the server calls the model.
    public let model: String
    let flavor: Flavor
    private let url: String
    private let client: HTTPClient
    private let settings: InferenceSettings
    private let outstanding = OutstandingRequests()
    private let publications = PublicationGate()

    /// - Parameters:
    ///   - url: without `/v1`.
    ///   - capabilities: see `InferenceServerKind.connect`, which finds them out.
    public init(
        url: String, model: String, flavor: Flavor, client: HTTPClient, settings: InferenceSettings = .standard,
        capabilities: InferenceCapabilities
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        name = self.url.withoutSecrets
        self.model = model
        self.flavor = flavor
        self.client = client
        self.settings = settings
        self.capabilities = capabilities
    }

    public func generate(_ request: GenerationRequest) async throws -> Generation {
        try request.validate()
        if let refusal = capabilities.refusal(of: request.sampling) { throw refusal }
        return try await outstanding.tracking(request.id) { entry in
            do {
                return try await publications.generating { version in
                    capabilities.abort == .byRequestID
                        ? try await generateWhole(request, entry, version)
                        : try await generateStreaming(request, entry, version)
                }
            } catch is OutstandingRequests.AbortedBeforeSending {
                return Generation(abortedBeforeStart: request)
            }
        }
    }

    public func abort(requestID: String) async throws {
        try await outstanding.abort(requestID, timeout: settings.abortTimeout) { wireID in
            guard capabilities.abort == .byRequestID else { return }  // the stream is closed by its reader
            // vLLM knows the request by this name; any other id is answered with success too, and stops nothing.
            let body: JSONValue = ["request_ids": [.string("cmpl-\(wireID)-0")]]
            _ = try await ask(.post(url + "/abort_requests", json: body, headers: settings.headers))
        }
    }

    public func health() async throws {
        _ = try await ask(HTTPRequest(.get, url + "/health", headers: settings.headers))
    }

    public func policyVersion() async throws -> PolicyVersion? {
        guard capabilities.publication == .directory else { return nil }
        let response = try await ask(HTTPRequest(.get, url + "/weight_info", headers: settings.headers))
        return PolicyVersion(weightVersion: try JSONDocument(parsing: response.body).root["weight_version"]?.string)
    }

    public func publish(directory: URL, version: PolicyVersion) async throws {
        guard capabilities.publication == .directory else {
            throw WhetError(
                "this server cannot take up new weights while it runs", at: name,
                expected: "vLLM with VLLM_SERVER_DEV_MODE=1, SGLang, or whet serve")
        }
        try await publications.publishing(version) {
            let path = JSONValue.string(directory.path(percentEncoded: false))
            try await order("/collective_rpc", ["method": "reload_weights", "kwargs": ["weights_path": path]])
            try await order("/reset_prefix_cache", nil)
            try await order("/update_weight_version", ["new_version": .string("\(version)")])
            try version.confirm(try await policyVersion(), by: name)
        }
    }

    private func order(_ path: String, _ body: JSONValue?) async throws {
        let timeouts = HTTPTimeouts(idle: nil, total: settings.publicationTimeout)
        _ = try await client.send(retrying: settings.retry, timeouts: timeouts) { _ in
            body.map { .post(url + path, json: $0, headers: settings.headers) }
                ?? HTTPRequest(.post, url + path, headers: settings.headers)
        }
    }

    private func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        let policy = RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50), deadline: settings.questionTimeout)
        return try await client.send(retrying: policy, timeouts: timeouts) { _ in request }
    }
}

// MARK: Whole and streamed

extension OpenAIServer {
    private func post(
        _ request: GenerationRequest, try count: Int, _ entry: OutstandingRequests.Entry, streams: Bool
    ) throws -> HTTPRequest {
        let wireID = request.wireID(try: count)
        try entry.willSend(wireID)
        var headers = settings.headers
        headers["X-Request-Id"] = wireID
        let body = CompletionBody.bytes(of: request, model: model, flavor: flavor, streams: streams)
        return .post(url + "/v1/completions", json: body, headers: headers)
    }

    private func generateWhole(
        _ request: GenerationRequest, _ entry: OutstandingRequests.Entry, _ version: PolicyVersion?
    ) async throws -> Generation {
        try await client.send(
            retrying: settings.retry, timeouts: settings.timeouts,
            make: { try post(request, try: $0, entry, streams: false) },
            reading: { response in
                var reader = CompletionReader()
                try reader.read(JSONDocument(parsing: response.body).root)
                return try reader.generation(
                    request, isWhole: true, version: version, vocabularySize: settings.vocabularySize)
            })
    }

    private func generateStreaming(
        _ request: GenerationRequest, _ entry: OutstandingRequests.Entry, _ version: PolicyVersion?
    ) async throws -> Generation {
        try await retrying(settings.retry, clock: ContinuousClock()) { count, remaining in
            let post = try post(request, try: count, entry, streams: true)
            let timeouts = settings.timeouts.bounded(by: remaining)
            let held = HeldCompletion()
            // Whoever is first, the last event or the abort, ends the other.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.receive(post, timeouts: timeouts, into: held) }
                group.addTask { await entry.isAborted.wait() }
                defer { group.cancelAll() }
                try await group.next()
            }
            do {
                return try held.generation(request, version: version, vocabularySize: settings.vocabularySize)
            } catch {
                throw GarbledAnswer(error: error)
            }
        }
    }

    private func receive(_ request: HTTPRequest, timeouts: HTTPTimeouts, into held: HeldCompletion) async throws {
        let stream = try await client.stream(request, timeouts: timeouts)
        guard stream.isSuccess else {
            throw HTTPError(.status(try await stream.response(limit: 1 << 16)), request: request.description)
        }
        do {
            for try await event in stream.body.events {
                if event.data == "[DONE]" { return held.end() }
                do {
                    try held.read(event.data)
                } catch {
                    throw GarbledAnswer(error: error)
                }
            }
            // A stream that ends without an end is kept as far as it goes; without any token it is tried again.
            if held.isEmpty { throw HTTPError(.connectionCut(receivedBytes: 0), request: request.description) }
        } catch let error as HTTPError where error.reason.isTransient && !held.isEmpty {
            return
        }
    }
}
