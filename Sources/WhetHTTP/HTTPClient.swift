import WhetCore

/// Sends requests and gives answers, all on one thread of its own, however many are under way.
///
/// Connections are kept and used again. Cancelling a task closes its request at once. One call is one try: nothing is
/// ever sent twice behind the caller's back; `send(retrying:…)` tries again by a policy. Redirects are not followed.
/// The environment's proxies are used (`http_proxy`, `https_proxy`, `no_proxy`), but never for loopback.
///
///     let client = try HTTPClient()
///     let response = try await client.send(HTTPRequest(.get, "http://127.0.0.1:8000/health"))
///     print(response.status)
public final class HTTPClient: Sendable {
    /// The bounds of a client.
    public struct Configuration: Sendable {
        /// Requests to a host beyond this wait for their turn; the system's limit of open files is raised to fit.
        var maximumConnectionsPerHost = 16_384
        /// How many may be connecting to a host at a time: servers keep a queue of a few hundred, and a name that must
        /// be looked up costs a thread while it is.
        var maximumConnectingPerHost = 64
        /// An answer with more bytes fails; streams have no limit.
        var maximumReplyBytes = 1 << 28
        var userAgent = "whet"
        /// A connection that was not used for longer is not used again: what is between here and the server may have
        /// forgotten it without a word.
        var maximumIdleSeconds = 118

        public init() {}
    }

    let loop: EventLoop

    /// - Throws: `WhetError` when the system has no descriptors left.
    public init(_ configuration: Configuration = Configuration()) throws { loop = try EventLoop(configuration) }

    deinit { loop.submit(.close) }

    /// Sends a request once and waits for the whole answer, whatever its status.
    ///
    /// - Throws: `HTTPError` when there is no answer.
    public func send(_ request: HTTPRequest, timeouts: HTTPTimeouts = .standard) async throws -> HTTPResponse {
        let transfer = try transfer(request, timeouts)
        let loop = loop
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.deliver(to: continuation)
                loop.submit(.start(transfer))
            }
        } onCancel: {
            loop.submit(.cancel(transfer))
        }
    }

    /// Sends a request once and returns when the answer's head is there, whatever its status.
    ///
    /// - Throws: `HTTPError` when there is no answer.
    public func stream(_ request: HTTPRequest, timeouts: HTTPTimeouts = .standard) async throws -> HTTPStream {
        let transfer = try transfer(request, timeouts)
        let channel = BodyChannel(transfer: transfer, client: self)
        transfer.deliver(to: BodySink(channel))
        loop.submit(.start(transfer))
        let (status, headers) = try await channel.head()
        return HTTPStream(status: status, headers: headers, body: HTTPBody(channel: channel))
    }

    private func transfer(_ request: HTTPRequest, _ timeouts: HTTPTimeouts) throws(HTTPError) -> Transfer {
        do {
            return try Transfer(request, timeouts: timeouts, maximumBytes: loop.configuration.maximumReplyBytes)
        } catch {
            throw HTTPError(error, request: request.description)
        }
    }
}
