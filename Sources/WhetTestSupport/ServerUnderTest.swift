import WhetCore
import WhetHTTP

/// A server that a test speaks JSON with.
public protocol ServerUnderTest: Sendable {
    /// Without a slash at its end.
    var url: String { get }
    var client: HTTPClient { get }
}

extension ServerUnderTest {
    /// - Throws: `HTTPError` when there is no answer; whatever its status, an answer is returned.
    public func get(_ path: String) async throws -> (status: Int, text: String) {
        let response = try await client.send(HTTPRequest(.get, url + path))
        return (response.status, response.text)
    }

    /// - Throws: as `get`; `WhetError` when the answer is not JSON.
    public func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, json: JSONValue) {
        try await post(path, raw: JSONText(body).bytes)
    }

    /// The same with a body that need not be JSON.
    public func post(_ path: String, raw: [UInt8]) async throws -> (status: Int, json: JSONValue) {
        let response = try await client.send(HTTPRequest.post(url + path, json: raw))
        return (response.status, try JSONValue(parsing: response.body))
    }

    /// The data of each event of a streamed answer.
    ///
    /// - Throws: `HTTPError` when there is none, or it breaks off.
    public func events(_ path: String, _ body: JSONValue) async throws -> [String] {
        let stream = try await client.stream(.post(url + path, json: body))
        var events: [String] = []
        for try await event in stream.body.events { events.append(event.data) }
        return events
    }
}
