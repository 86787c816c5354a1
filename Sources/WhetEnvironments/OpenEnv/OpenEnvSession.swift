import WhetCore
import WhetHTTP

/// One episode's place on a server.
protocol OpenEnvSession: Sendable {
    /// - Throws: `OpenEnvSessionLost` when it can be taken up on another session, `WhetError` when it cannot.
    func reset(_ data: JSONObject) async throws -> OpenEnvObservation
    func step(_ action: JSONValue) async throws -> OpenEnvObservation
    func close()
}

/// A session is gone or in an unknown state, by no fault of what was asked.
struct OpenEnvSessionLost: Error {
    let error: WhetError
}

/// By plain HTTP: `POST /reset` and `POST /step`. The server itself is the session, so it can have but one.
///
/// (The servers of openenv-core make a new environment for every such request, so for them only episodes of one step
/// that need no reset work; they keep sessions on WebSockets.)
struct OpenEnvHTTPSession: OpenEnvSession {
    let client: HTTPClient
    let url: String
    let limit: Duration

    func reset(_ data: JSONObject) async throws -> OpenEnvObservation { try await post("/reset", .object(data)) }

    func step(_ action: JSONValue) async throws -> OpenEnvObservation { try await post("/step", ["action": action]) }

    func close() {}

    private func post(_ path: String, _ body: JSONValue) async throws -> OpenEnvObservation {
        let request = HTTPRequest.post(url + path, json: body)
        let response: HTTPResponse
        do {
            // Once: nobody knows whether a step that failed was taken.
            response = try await client.send(request, timeouts: HTTPTimeouts(total: limit))
        } catch let error as HTTPError {
            if error.reason == .cancelled { throw CancellationError() }
            throw OpenEnvSessionLost(error: error.whetError)
        }
        guard response.isSuccess else {
            throw WhetError(
                "the server answered \(response.status): \(response.excerpt())", at: request.description,
                remedy: response.status == 422
                    ? "see that the settings reset and action fit the server's schema (GET /schema)" : nil)
        }
        do {
            return try OpenEnvObservation(json: JSONValue(parsing: response.body))
        } catch let error as WhetError {
            throw error.within(request.description)
        }
    }
}

/// By a WebSocket at `/ws`, each with an environment of its own.
struct OpenEnvSocketSession: OpenEnvSession {
    let socket: WebSocket
    let limit: Duration

    func reset(_ data: JSONObject) async throws -> OpenEnvObservation {
        try await exchange(["type": "reset", "data": .object(data)])
    }

    func step(_ action: JSONValue) async throws -> OpenEnvObservation {
        try await exchange(["type": "step", "data": action])
    }

    func close() { socket.close() }

    private func exchange(_ message: JSONValue) async throws -> OpenEnvObservation {
        let bytes: [UInt8]
        do {
            bytes = try await socket.exchange(Array(message.text().utf8), limit: limit)
        } catch let error as WhetError {
            throw OpenEnvSessionLost(error: error)
        }
        do {
            let answer = try JSONValue(parsing: bytes)
            if answer["type"]?.string == "error" { throw Self.failure(answer["data"] ?? .null) }
            guard answer["type"]?.string == "observation", let data = answer["data"] else {
                throw WhetError(
                    "the server answered \(answer.excerpt)", expected: #"{"type": "observation", "data": …}"#)
            }
            return try OpenEnvObservation(json: data)
        } catch let error as WhetError {
            throw error.within(socket.url.description)
        }
    }

    private static func failure(_ data: JSONValue) -> WhetError {
        let code = data["code"]?.string ?? "no code"
        let error = WhetError("the server reports an error: \(data["message"]?.string ?? data.excerpt) (\(code))")
        var explained = error
        switch code {
        case "CAPACITY_REACHED":
            explained.remedy = "lower the setting sessions, or start the server with more (max_concurrent_envs)"
        case "VALIDATION_ERROR":
            explained.remedy = "see that the settings reset and action fit the server's schema (GET /schema)"
        default: break
        }
        return explained
    }
}
