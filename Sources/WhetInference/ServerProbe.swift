import WhetCore
import WhetHTTP

/// Questions that tell servers apart, and what each can do.
///
/// Keeps: nothing that it asks changes the server: it reads, and samples a few tokens.
struct ServerProbe: Sendable {
    let server: ServerConnection

    /// - Throws: as `InferenceServerKind.detect`.
    func kind() async throws -> InferenceServerKind {
        let owner = try await models().first?.owner
        if let kind = InferenceServerKind.all.first(where: { $0.owner != nil && $0.owner == owner }) { return kind }
        for kind in InferenceServerKind.all {
            if try await kind.answers(self) { return kind }
        }
        throw WhetError(
            "what answers there is no inference server that whet knows", at: server.name,
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
                    "the server lists no model", at: server.name, expected: "one at /v1/models",
                    remedy: "inference.model: its name")
            }
            return first
        }
        guard names.isEmpty || names.contains(wanted) else {
            throw WhetError.unknownName(wanted, kind: "model", among: names, at: server.name)
        }
        return wanted
    }

    /// The answer to a GET; nil when the server does not know the path or answers something else than JSON.
    func json(_ path: String) async throws -> JSONValue? { try await json(server.get(path)) }

    func json(_ request: HTTPRequest) async throws -> JSONValue? {
        let response = try await send(request)
        return response.isSuccess ? try? JSONValue(parsing: response.body) : nil
    }

    /// Whether the server knows a path that takes POST: a GET of it is refused, but not as unknown.
    func hasRoute(_ path: String) async throws -> Bool { try await send(server.get(path)).status == 405 }

    /// Whatever the server answers, refusals included.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do { return try await server.ask(request) } catch let error as HTTPError {
            guard case .status(let response) = error.reason else { throw error }
            return response
        }
    }
}
