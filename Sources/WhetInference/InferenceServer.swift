import Foundation
import WhetCore
import WhetHTTP

/// A server that holds a policy and samples from it, token in, token out.
///
/// Keeps: what `generate` returns was checked (see `Generation`); one request never disturbs another's.
public protocol InferenceServer: Sendable {
    /// For people, and for the spans in the store: the URL without secrets.
    var name: String { get }

    var capabilities: InferenceCapabilities { get }

    /// Goes on from the request's tokens. Failures that may pass are tried again under a new request id.
    ///
    /// - Throws: `HTTPError` when the server cannot be reached or refuses; `WhetError` for an answer that makes no
    ///   sense.
    func generate(_ request: GenerationRequest) async throws -> Generation

    /// Has a request that is under way end soon, with what it has: its `generate` returns with `finish == .abort`.
    /// Returns once it has returned. Does nothing if no request of that id is under way.
    ///
    /// - Throws: `WhetError` when the server goes on regardless; its `generate` returns then all the same, with what
    ///   had been streamed.
    func abort(requestID: String) async throws

    /// Ends every `generate` under way at once, without asking the server: each returns as interrupted, with what had
    /// been streamed. For a server that does not answer any longer.
    func abandon()

    /// - Throws: when the server is not fit to serve.
    func health() async throws

    /// Which weights the server says it has; nil where it does not tell.
    func policyVersion() async throws -> PolicyVersion?

    /// How busy the server is; nil where it does not tell.
    func load() async throws -> ServerLoad?

    /// Has the server take up the weights in a directory that it can read. Waits for the generations under way (abort
    /// those that are not to hold it up), and holds back new ones; returns once the server says that it has that
    /// version.
    ///
    /// - Throws: when it does not.
    func publish(directory: URL, version: PolicyVersion) async throws

    /// The same with a LoRA adapter over the weights that the server has.
    func publish(adapter: URL, version: PolicyVersion) async throws

    /// The same with weights that the server's own trainer holds.
    func publish(remote: RemotePolicy, version: PolicyVersion) async throws
}

extension InferenceServer {
    public func abandon() {}

    public func load() async throws -> ServerLoad? { nil }

    public func publish(adapter: URL, version: PolicyVersion) async throws {
        throw WhetError("this server loads no LoRA adapter", at: name, expected: "vLLM or SGLang with LoRA")
    }

    public func publish(remote: RemotePolicy, version: PolicyVersion) async throws {
        throw WhetError(
            "this server does not hold the weights of \(remote.service)", at: name,
            expected: "the trainer's own service", remedy: "inference.kind: tinker, at the trainer's address")
    }

    /// Has the server take up what a trainer published.
    public func publish(_ publication: Publication, version: PolicyVersion) async throws {
        switch publication {
        case .directory(let directory): try await publish(directory: directory, version: version)
        case .adapter(let adapter): try await publish(adapter: adapter, version: version)
        case .remote(let remote): try await publish(remote: remote, version: version)
        }
    }
}

/// What clients of all kinds of servers have in common.
public struct InferenceSettings: Sendable {
    /// Of one try of a generation.
    public var timeouts: HTTPTimeouts
    /// Which failures are tried again, and when.
    public var retry: RetryPolicy
    /// Ids at or beyond it are refused; nil checks for negative ones only.
    public var vocabularySize: Int?
    /// The policy's own end of a text or turn, for servers that end nothing by themselves (the Tinker API); others know
    /// it from their model.
    public var endTokens: [Int32]
    /// Sent as a bearer token; never shown.
    var apiKey: String?
    /// How long taking up new weights may take.
    var publicationTimeout: Duration
    /// How long an aborted request may go on; it is aborted again and again within it.
    var abortTimeout: Duration
    /// How long a question about health or version may take.
    var questionTimeout: Duration
    /// Whether answers are streamed where they need not be: a server that dies leaves what it had streamed, and
    /// `HTTPTimeouts.idle` is then the longest wait for a token rather than for the whole answer. Costs the server an
    /// event a token.
    public var streams: Bool

    public init(
        timeouts: HTTPTimeouts = .standard, retry: RetryPolicy = .standard, vocabularySize: Int? = nil,
        endTokens: [Int32] = [], apiKey: String? = nil, publicationTimeout: Duration = .seconds(600), abortTimeout: Duration = .seconds(30),
        questionTimeout: Duration = .seconds(10), streams: Bool = false
    ) {
        self.timeouts = timeouts
        self.retry = retry
        self.vocabularySize = vocabularySize
        self.endTokens = endTokens
        self.apiKey = apiKey
        self.publicationTimeout = publicationTimeout
        self.abortTimeout = abortTimeout
        self.questionTimeout = questionTimeout
        self.streams = streams
    }

    /// Six tries, 600 s of silence.
    public static let standard = InferenceSettings()

    var headers: HTTPHeaders {
        apiKey.map { ["Authorization": "Bearer \($0)"] } ?? [:]
    }
}
