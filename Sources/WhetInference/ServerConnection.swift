import WhetCore
import WhetHTTP

/// Where a server is and how it is asked about itself: what clients of all kinds have in common with the probe that
/// tells the kinds apart.
struct ServerConnection: Sendable {
    /// Without a slash at its end.
    let url: String
    /// For people: the URL without secrets.
    let name: String
    let client: HTTPClient
    let settings: InferenceSettings

    init(url: String, client: HTTPClient, settings: InferenceSettings) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        name = self.url.withoutSecrets
        self.client = client
        self.settings = settings
    }

    // Requests of a path below the URL, with the client's key.

    func get(_ path: String) -> HTTPRequest { HTTPRequest(.get, url + path, headers: settings.headers) }

    func post(_ path: String, _ body: [UInt8]) -> HTTPRequest {
        .post(url + path, json: body, headers: settings.headers)
    }

    func post(_ path: String, _ body: JSONValue) -> HTTPRequest { post(path, JSONText(body).bytes) }

    /// Sends what is answered at once: a question, or an order that takes no time.
    ///
    /// - Throws: `HTTPError`, also for a status that is no success or when `InferenceSettings.questionTimeout` runs
    ///   out.
    func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        let policy = RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50), deadline: settings.questionTimeout)
        return try await client.send(retrying: policy, timeouts: timeouts) { _ in request }
    }

    /// Which weights the server says at `path` that it has; nil if they are not numbered by whet.
    func policyVersion(at path: String) async throws -> PolicyVersion? {
        let reply = try JSONDocument(parsing: try await ask(get(path)).body)
        return PolicyVersion(weightVersion: reply.root["weight_version"]?.string)
    }

    /// Whether a model, or an adapter, is among those that the server lists.
    func lists(_ model: String) async throws -> Bool {
        let reply = try JSONDocument(parsing: try await ask(get("/v1/models")).body)
        return (reply.root["data"]?.elements ?? []).contains { $0["id"]?.string == model }
    }

    /// How busy the server says it is; nil if it does not tell.
    func load() async throws -> ServerLoad? { ServerLoad(metrics: try await ask(get("/metrics")).text) }
}
