import Foundation
import Synchronization
import WhetCore
import WhetHTTP

/// A client of servers that complete token ids: vLLM and others by OpenAI's `/v1/completions`, llama.cpp by its own
/// `/completion`.
///
/// Where the server cannot abort by id, answers are streamed and an abort closes the connection, keeping what had
/// come; a stream that is cut in the middle likewise ends as aborted, so that it can be resumed rather than begun
/// again.
///
/// Keeps: no generation straddles two versions: while weights are published, no request of this client is under way;
/// after a connection broke, no answer is believed to be of the published version before the server has said so again.
public final class OpenAIServer: InferenceServer {
    public let name: String
    public let capabilities: InferenceCapabilities
    /// What the server calls the model.
    public let model: String
    let url: String
    let client: HTTPClient
    let settings: InferenceSettings
    let publications: PublicationGate
    private let outstanding = OutstandingRequests()
    private let doubts = RestartDoubts()
    /// A stream of this server has been seen to leave ids out: it is asked for whole answers from then on.
    private let losesTokens = Mutex(false)

    /// - Parameters:
    ///   - url: without `/v1`.
    ///   - capabilities: see `InferenceServerKind.connect`, which finds them out.
    public init(
        url: String, model: String, client: HTTPClient, settings: InferenceSettings = .standard,
        capabilities: InferenceCapabilities
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        name = self.url.withoutSecrets
        self.model = model
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
                self.streams
                    ? try await self.generateStreaming(request, entry, published)
                    : try await self.generateWhole(request, entry, published)
            }
        }
    }

    public func abort(requestID: String) async throws {
        guard capabilities.abort == .byRequestID else { return await outstanding.close(requestID) }
        try await outstanding.abort(requestID, timeout: settings.abortTimeout) { wireID in
            // vLLM knows the request by this name; any other id is answered with success too, and stops nothing.
            let body: JSONValue = ["request_ids": [.string("cmpl-\(wireID)-0")]]
            _ = try await ask(.post(url + "/abort_requests", json: body, headers: settings.headers))
        }
    }

    public func abandon() { outstanding.giveUpAll() }

    public func health() async throws {
        // Others need not have /health.
        let hasHealth = capabilities.kind == .vllm || capabilities.kind == .llamaCpp
        let path = hasHealth ? "/health" : "/v1/models"
        _ = try await ask(HTTPRequest(.get, url + path, headers: settings.headers))
    }

    public func load() async throws -> ServerLoad? {
        guard capabilities.reportsLoad else { return nil }
        return ServerLoad(metrics: try await ask(HTTPRequest(.get, url + "/metrics", headers: settings.headers)).text)
    }

    func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        let policy = RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50), deadline: settings.questionTimeout)
        return try await client.send(retrying: policy, timeouts: timeouts) { _ in request }
    }
}

// MARK: Whole and streamed

extension OpenAIServer {
    private var isLlama: Bool { capabilities.kind == .llamaCpp }

    private var streams: Bool {
        (settings.streams || capabilities.abort == .byClosing) && !losesTokens.withLock { $0 }
    }

    private var reader: any PartialCompletion { isLlama ? LlamaCompletion() : CompletionReader() }

    private func post(
        _ request: GenerationRequest, try count: Int, _ entry: OutstandingRequests.Entry,
        _ published: PublicationGate.Published, filling held: HeldCompletion? = nil
    ) throws -> HTTPRequest {
        let wireID = request.wireID(try: count)
        try entry.willSend(wireID, filling: held)
        var headers = settings.headers
        headers["X-Request-Id"] = wireID
        if isLlama {
            let body = LlamaCompletion.body(of: request, streams: held != nil)
            return .post(url + "/completion", json: body, headers: headers)
        }
        let body = CompletionBody.bytes(
            of: request, model: published.adapter ?? model, isVLLM: capabilities.kind == .vllm, streams: held != nil)
        return .post(url + "/v1/completions", json: body, headers: headers)
    }

    private func generateWhole(
        _ request: GenerationRequest, _ entry: OutstandingRequests.Entry, _ published: PublicationGate.Published
    ) async throws -> Generation {
        try await retrying(settings.retry, clock: ContinuousClock()) { count, remaining in
            let post = try post(request, try: count, entry, published)
            return try await confirming(published) {
                let response = try await client.send(post, timeouts: settings.timeouts.bounded(by: remaining))
                guard response.isSuccess else { throw HTTPError(.status(response), request: post.description) }
                do {
                    var reader = reader
                    try reader.read(JSONDocument(parsing: response.body).root)
                    return try reader.generation(
                        request, isWhole: true, version: published.version, vocabularySize: settings.vocabularySize)
                } catch {
                    throw GarbledAnswer(error: error)
                }
            }
        }
    }

    /// One try. Where it began after a connection broke, the server has to say afterwards that it has the version still.
    ///
    /// - Throws: `UnknownWeights` when it has not; what `attempt` throws.
    private func confirming(
        _ published: PublicationGate.Published, _ attempt: () async throws -> Generation
    ) async throws -> Generation {
        let doubt = doubts.current
        let generation: Generation
        do { generation = try await attempt() } catch let error as HTTPError {
            if error.reason.mayBeARestart { doubts.rise() }
            throw error
        }
        guard let doubt, let version = published.version, capabilities.version == .onRequest else { return generation }
        guard try await policyVersion() == version else {
            throw UnknownWeights(server: name, because: "it was started again, and has not version \(version)")
        }
        doubts.settle(doubt)
        return generation
    }

    private func generateStreaming(
        _ request: GenerationRequest, _ entry: OutstandingRequests.Entry, _ published: PublicationGate.Published
    ) async throws -> Generation {
        do {
            return try await retrying(settings.retry, clock: ContinuousClock()) { count, remaining in
                let held = HeldCompletion(reader, version: published.version)
                let post = try post(request, try: count, entry, published, filling: held)
                return try await confirming(published) {
                    try await receive(post, timeouts: settings.timeouts.bounded(by: remaining), into: held)
                    do {
                        return try held.generation(request, vocabularySize: settings.vocabularySize)
                    } catch {
                        throw GarbledAnswer(error: error)
                    }
                }
            }
        } catch is LlamaCompletion.LostTokens {
            losesTokens.withLock { $0 = true }
            return try await generateWhole(request, entry, published)
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
                } catch let error as LlamaCompletion.LostTokens {
                    throw error
                } catch {
                    throw GarbledAnswer(error: error)
                }
            }
            // A stream that ends without an end is kept as far as it goes; without any token it is tried again.
            if held.isEmpty { throw HTTPError(.connectionCut(receivedBytes: 0), request: request.description) }
        } catch let error as HTTPError where error.reason.isTransient && !held.isEmpty {
            if error.reason.mayBeARestart { doubts.rise() }
            return
        }
    }
}
