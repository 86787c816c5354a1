import WhetCore
import WhetHTTP

/// Questions that tell servers apart, and what each can do.
///
/// Keeps: nothing that it asks changes the server: it reads, and samples a few tokens.
struct ServerProbe: Sendable {
    /// Without a slash at its end.
    let url: String
    let client: HTTPClient
    let settings: InferenceSettings

    init(url: String, client: HTTPClient, settings: InferenceSettings) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.client = client
        self.settings = settings
    }

    /// - Throws: as `InferenceServerKind.detect`.
    func kind() async throws -> InferenceServerKind {
        let owner = try await models().first?.owner
        if let kind = InferenceServerKind.all.first(where: { $0.owner != nil && $0.owner == owner }) { return kind }
        for kind in InferenceServerKind.all {
            if try await kind.answers(self) { return kind }
        }
        throw WhetError(
            "what answers there is no inference server that whet knows", at: url.withoutSecrets,
            expected: "\(InferenceServerKind.all.map(\.title).joined(separator: ", ")), with /v1/completions",
            remedy: "name its base address, without /v1")
    }

    func models() async throws -> [(name: String, owner: String)] {
        (try await json("/v1/models")?["data"]?.array ?? []).compactMap { model in
            model["id"]?.string.map { ($0, model["owned_by"]?.string ?? "") }
        }
    }

    /// - Parameter wanted: nil takes the first.
    /// - Throws: `WhetError` when the server does not have it, or has none.
    func model(named wanted: String?) async throws -> String {
        let names = try await models().map(\.name)
        guard let wanted else {
            guard let first = names.first else {
                throw WhetError(
                    "the server lists no model", at: url.withoutSecrets, expected: "one at /v1/models",
                    remedy: "inference.model: its name")
            }
            return first
        }
        guard names.isEmpty || names.contains(wanted) else {
            throw WhetError.unknownName(wanted, kind: "model", among: names, at: url.withoutSecrets)
        }
        return wanted
    }

    /// The answer to a GET; nil when the server does not know the path or answers something else than JSON.
    func json(_ path: String) async throws -> JSONValue? { try await json(get(path)) }

    /// A GET with the client's key.
    func get(_ path: String) -> HTTPRequest { HTTPRequest(.get, url + path, headers: settings.headers) }

    func post(_ path: String, _ body: [UInt8]) -> HTTPRequest {
        .post(url + path, json: body, headers: settings.headers)
    }

    func json(_ request: HTTPRequest) async throws -> JSONValue? {
        let response = try await send(request)
        return response.isSuccess ? try? JSONValue(parsing: response.body) : nil
    }

    /// Whether the server knows a path that takes POST: a GET of it is refused, but not as unknown.
    func hasRoute(_ path: String) async throws -> Bool { try await send(get(path)).status == 405 }

    /// Whatever the server answers, refusals included.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let timeouts = HTTPTimeouts(connect: settings.questionTimeout, idle: nil, total: settings.questionTimeout)
        let policy = RetryPolicy(maximumTries: 2, firstDelay: .milliseconds(50))
        do {
            return try await client.send(retrying: policy, timeouts: timeouts) { _ in request }
        } catch let error as HTTPError {
            guard case .status(let response) = error.reason else { throw error }
            return response
        }
    }
}
