import WhetCore

/// Why a request failed.
///
/// Keeps: no secret: no header value, user, password or query of a URL.
public struct HTTPError: Error, Sendable, Hashable {
    /// What went wrong.
    public enum Reason: Error, Sendable, Hashable {
        /// No name, no route, nobody listening, or not within `HTTPTimeouts.connect`; in curl's words.
        case couldNotConnect(String)
        /// The server's certificate is not to be trusted, or none could be agreed upon.
        case untrusted(String)
        /// Connected, and then nothing came for this long.
        case idle(Duration)
        /// `HTTPTimeouts.total`, or the deadline of all tries, went by.
        case deadline(Duration)
        /// The connection ended in the middle of an answer; so many bytes of its body had come.
        case connectionCut(receivedBytes: Int)
        /// What came is not HTTP.
        case invalidReply(String)
        /// The server refused, or could not.
        case status(HTTPResponse)
        /// The body is larger than the client was told to take.
        case tooLarge(limit: Int)
        /// The request itself cannot be sent.
        case invalidRequest(String)
        /// The system gives no more sockets.
        case tooManyOpenFiles(limit: Int)
        /// The task that waited was cancelled; the request is closed.
        case cancelled
        /// The client was closed.
        case clientClosed
    }

    /// What went wrong, at the last try.
    public var reason: Reason
    /// Method and URL without secrets.
    public var request: String
    /// How many times it was tried.
    public var tries: Int

    public init(_ reason: Reason, request: String, tries: Int = 1) {
        self.reason = reason
        self.request = request
        self.tries = tries
    }
}

extension HTTPError.Reason {
    /// Whether the same request may well succeed later: a failing connection, 429, 5xx.
    public var isTransient: Bool {
        switch self {
        case .couldNotConnect, .idle, .connectionCut, .invalidReply: true
        case .status(let response): response.status == 429 || response.status >= 500
        case .untrusted, .deadline, .tooLarge, .invalidRequest, .tooManyOpenFiles, .cancelled, .clientClosed: false
        }
    }

    /// One sentence for a person.
    public var words: String {
        switch self {
        case .couldNotConnect(let why): "could not connect: \(why)"
        case .untrusted(let why): "the server's certificate is not trusted: \(why)"
        case .idle(let time): "the server was silent for \(time.words)"
        case .deadline(let time): "there was no answer within \(time.words)"
        case .connectionCut(0): "the server closed the connection before it answered"
        case .connectionCut(let count): "the connection was cut after \(count) bytes of the answer"
        case .invalidReply(let why): "the answer is not HTTP: \(why)"
        case .status(let response):
            "the server answered \(response.status)" + (response.body.isEmpty ? "" : ": \(response.excerpt())")
        case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .invalidRequest(let why): why
        case .tooManyOpenFiles(let limit): "the system allows this process no more than \(limit) open files"
        case .cancelled: "the request was cancelled"
        case .clientClosed: "the HTTP client was closed"
        }
    }

    var remedy: String? {
        switch self {
        case .couldNotConnect: "see that the server is running and listens at this address"
        case .idle: "raise the idle time-out, or look at what the server is doing"
        case .tooManyOpenFiles: "raise it (ulimit -n), or lower the number of requests in flight"
        case .status(let response) where response.status == 401 || response.status == 403: "look at the API key"
        default: nil
        }
    }
}

extension HTTPError: CustomStringConvertible {
    public var description: String { whetError.description }

    /// The error in words for a person, with what to do.
    public var whetError: WhetError {
        WhetError(
            reason.words + (tries > 1 ? " (tried \(tries) times)" : ""), at: request, remedy: reason.remedy)
    }
}
