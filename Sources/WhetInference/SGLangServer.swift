import Foundation
import WhetCore
import WhetHTTP

/// A client of SGLang's `/generate`, and of whet's own server, which speaks the same.
///
/// Keeps: every try has a request id of its own; only requests of this client are aborted, each by its full id.
public final class SGLangServer: InferenceServer {
    public let capabilities: InferenceCapabilities
    private let server: ServerConnection
    /// Of generations all but the body: what is equal by its storage need not be compared, nor sent to curl, again.
    private let generation: HTTPRequest
    private let publications: PublicationGate
    private let outstanding = OutstandingRequests()

    /// - Parameter url: without a path, such as `http://127.0.0.1:30000`.
    public convenience init(
        url: String, client: HTTPClient, settings: InferenceSettings = .standard,
        capabilities: InferenceCapabilities = .sglang
    ) {
        self.init(ServerConnection(url: url, client: client, settings: settings), capabilities: capabilities)
    }

    init(_ server: ServerConnection, capabilities: InferenceCapabilities) {
        self.server = server
        self.capabilities = capabilities
        generation = server.post("/generate", [UInt8]())
        publications = PublicationGate(server: server.name)
    }

    public var name: String { server.name }
    private var settings: InferenceSettings { server.settings }

    public func generate(_ request: GenerationRequest) async throws -> Generation {
        try request.validate()
        if let refusal = capabilities.refusal(of: request.sampling) { throw refusal }
        return try await outstanding.running(request, vocabularySize: settings.vocabularySize) { entry in
            try await self.publications.generating { published in
                try await self.server.client.send(
                    retrying: self.settings.retry, timeouts: self.settings.timeouts,
                    make: { count in
                        let wireID = request.wireID(try: count)
                        try entry.willSend(wireID)
                        var generation = self.generation
                        generation.body = SGLangCompletion.body(
                            of: request, wireID: wireID, adapter: published.adapter)
                        return generation
                    },
                    reading: { response in
                        try SGLangCompletion.generation(
                            response.body, request: request, vocabularySize: self.settings.vocabularySize,
                            // What an answer says of an adapter is the version of the model under it.
                            version: published.adapter == nil ? nil : published.version)
                    })
            }
        }
    }

    public func abort(requestID: String) async throws {
        try await outstanding.abort(requestID, timeout: settings.abortTimeout) { wireID in
            _ = try await server.ask(server.post("/abort_request", ["rid": .string(wireID)]))
        }
    }

    public func abandon() { outstanding.giveUpAll() }

    public func health() async throws { _ = try await server.ask(server.get("/health")) }

    public func load() async throws -> ServerLoad? { capabilities.reportsLoad ? try await server.load() : nil }

    public func policyVersion() async throws -> PolicyVersion? {
        let published = publications.published
        if let adapter = published.adapter { return try await server.lists(adapter) ? published.version : nil }
        return try await server.policyVersion(at: "/get_weight_version")
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
            let request = server.post(path, body)
            let response = try await server.client.send(request, timeouts: timeouts)
            let reply = try? JSONDocument(parsing: response.body).root
            let words = reply?["message"]?.string ?? reply?["error_message"]?.string ?? response.excerpt()
            if response.isSuccess, reply?["success"]?.bool != false { return }
            let error = WhetError("\(refused): \(words)", at: name, remedy: "see the server's own log")
            if words.lowercased().contains("flush") { throw GarbledAnswer(error: error) }
            if response.isSuccess || response.status == 400 { throw error }
            throw HTTPError(.status(response), request: request.description)
        }
    }
}
