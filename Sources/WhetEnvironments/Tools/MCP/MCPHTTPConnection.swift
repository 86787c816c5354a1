import Synchronization
import WhetCore
import WhetHTTP

/// An MCP server that is reached by HTTP, each request by itself ("streamable HTTP"): it answers with JSON or with a
/// stream of events in which the answer comes.
///
/// Keeps: a request is sent once; a server that forgot the session is not mistaken for one that failed.
final class MCPHTTPConnection: MCPConnection {
    private struct State {
        var nextID = 1
        var session: String?
        var version: String?
        var isOpen = true
    }

    private let url: String
    private let headers: HTTPHeaders
    private let client: HTTPClient
    private let maximumReplyBytes: Int
    private let state = Mutex(State())
    private static let endLimit = Duration.seconds(2)

    init(url: String, headers: HTTPHeaders, client: HTTPClient, maximumReplyBytes: Int) {
        self.url = url
        self.headers = headers
        self.client = client
        self.maximumReplyBytes = maximumReplyBytes
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func agree(on version: String) { state.withLock { $0.version = version } }

    func request(_ method: String, _ parameters: JSONValue, limit: Duration) async throws -> JSONValue {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let message = MCPMessage.request(id: id, method: method, parameters)
        do {
            return try await within(limit, of: place(method)) { try await self.answer(id, to: message, method) }.get()
        } catch let failure as ToolFailure where failure.kind == .timedOut {
            // So that it stops; whether it hears that changes nothing.
            let cancellation = MCPMessage.cancellation(of: id, because: "there was no answer in time")
            _ = try? await client.send(post(cancellation), timeouts: HTTPTimeouts(total: Self.endLimit))
            throw failure
        }
    }

    func notify(_ method: String) async throws {
        do {
            let response = try await client.send(
                post(MCPMessage.notification(method: method)), timeouts: HTTPTimeouts(total: .seconds(10)))
            guard response.isSuccess else { throw refusal(response, method) }
        } catch let error as HTTPError {
            throw failure(error, method)
        }
    }

    func close() async {
        let hadSession = state.withLock { state in
            state.isOpen = false
            return state.session != nil
        }
        guard hadSession else { return }
        // Servers may refuse it; they then end sessions by themselves.
        let request = HTTPRequest(.delete, url, headers: allHeaders)
        _ = try? await client.send(request, timeouts: HTTPTimeouts(total: Self.endLimit))
    }

    func kill() { state.withLock { $0.isOpen = false } }

    private func answer(
        _ id: Int, to message: JSONValue, _ method: String
    ) async throws -> Result<JSONValue, MCPFault> {
        do {
            let stream = try await client.stream(post(message), timeouts: HTTPTimeouts(idle: nil))
            guard stream.isSuccess else { throw refusal(try await stream.response(limit: 1 << 16), method) }
            if let session = stream.headers["Mcp-Session-Id"] { state.withLock { $0.session = session } }
            if stream.headers["Content-Type"]?.lowercased().hasPrefix("text/event-stream") == true {
                return try await answer(id, in: stream, method)
            }
            let body = try await stream.body.collect(limit: maximumReplyBytes)
            for message in try messages(body, method) {
                if let result = try await result(id, of: message, method) { return result }
            }
            throw ToolFailure(.garbled, "the server's reply holds no answer", at: place(method))
        } catch let error as HTTPError {
            throw failure(error, method)
        }
    }

    private func answer(
        _ id: Int, in stream: HTTPStream, _ method: String
    ) async throws -> Result<JSONValue, MCPFault> {
        var parser = ServerSentEventParser(limit: maximumReplyBytes)
        for try await bytes in stream.body {
            let events: [ServerSentEvent]
            do { events = try parser.push(bytes) } catch {
                throw ToolFailure(.tooLarge, "the server wrote more than \(maximumReplyBytes) bytes", at: place(method))
            }
            for event in events where event.name == "message" && !event.data.isEmpty {
                for message in try messages(Array(event.data.utf8), method) {
                    if let result = try await result(id, of: message, method) { return result }
                }
            }
        }
        throw ToolFailure(.died, "the server ended its stream before it answered", at: place(method))
    }

    /// The answer, if the message is that; anything else that the server wants is seen to.
    private func result(_ id: Int, of message: MCPMessage, _ method: String) async throws -> Result<
        JSONValue, MCPFault
    >? {
        switch message {
        case .notification: return nil
        case .request(let theirs, let wish):
            _ = try await client.send(
                post(MCPMessage.answer(id: theirs, method: wish)), timeouts: HTTPTimeouts(total: .seconds(10)))
            return nil
        case .answer(id, let result): return result
        case .answer(let other, _):
            throw ToolFailure(.garbled, "the server answered request \(other) instead of \(id)", at: place(method))
        }
    }

    private func messages(_ bytes: [UInt8], _ method: String) throws -> [MCPMessage] {
        do {
            return try MCPMessage.list(JSONValue(parsing: bytes))
        } catch {
            let words = String(decoding: bytes.prefix(120), as: UTF8.self)
            throw ToolFailure(.garbled, "the server wrote \(words.excerpt), which is no message", at: place(method))
        }
    }

    private var allHeaders: HTTPHeaders {
        let (session, version) = state.withLock { ($0.session, $0.version) }
        var headers = headers
        headers["Accept"] = "application/json, text/event-stream"
        headers["Mcp-Session-Id"] = session
        headers["MCP-Protocol-Version"] = version
        return headers
    }

    private func post(_ message: JSONValue) -> HTTPRequest { .post(url, json: message, headers: allHeaders) }

    private func place(_ method: String) -> String { "MCP server \(url.withoutSecrets), \(method)" }

    private func refusal(_ response: HTTPResponse, _ method: String) -> any Error {
        let isExpired = state.withLock { state in
            guard response.status == 404, state.session != nil else { return false }
            state.isOpen = false
            return true
        }
        if isExpired { return MCPSessionExpired() }
        let error = HTTPError(.status(response), request: "POST \(url.withoutSecrets)").whetError
        return ToolFailure(
            response.status < 500 ? .unavailable : .reported, error.problem, at: place(method), remedy: error.remedy)
    }

    private func failure(_ error: HTTPError, _ method: String) -> any Error {
        let kind: ToolFailure.Kind
        switch error.reason {
        case .cancelled: return CancellationError()
        case .couldNotConnect, .untrusted, .invalidRequest, .tooManyOpenFiles, .clientClosed, .status:
            kind = .unavailable
        case .idle, .deadline: kind = .timedOut
        case .connectionCut: kind = .died
        case .invalidReply: kind = .garbled
        case .tooLarge: kind = .tooLarge
        }
        return ToolFailure(kind, error.reason.words, at: place(method), remedy: error.whetError.remedy)
    }
}
