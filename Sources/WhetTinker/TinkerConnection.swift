import Foundation
import WhetCore
import WhetHTTP

/// Where a service is that speaks the Tinker API, and how it is asked: JSON over HTTP below `/api/v1`.
///
/// Keeps: the key is in no message; what changes weights is not sent again unless the service knows repeats, or has
/// certainly not carried it out.
public struct TinkerConnection: Sendable {
    /// What becomes of a request whose answer was lost.
    public enum Repetition: Hashable, Sendable {
        /// It is sent again: a second one does no harm, or the service recognizes it.
        case allowed
        /// It fails with `TinkerLostAnswer`, because nobody knows whether it was carried out.
        case forbidden
    }

    /// How patient a client is.
    public struct Settings: Hashable, Sendable {
        /// Which failures are tried again, and when.
        public var retry: RetryPolicy
        /// Of one request. The service holds back an answer that is not ready for up to five minutes.
        public var timeouts: HTTPTimeouts
        /// How often a session says that it is still wanted. Services forget one that says nothing for minutes.
        public var heartbeat: Duration

        public init(
            retry: RetryPolicy = RetryPolicy(maximumTries: 8), timeouts: HTTPTimeouts = .standard,
            heartbeat: Duration = .seconds(10)
        ) {
            self.retry = retry
            self.timeouts = timeouts
            self.heartbeat = heartbeat
        }
    }

    /// Without a slash at its end, and without `/api/v1`.
    public let url: String
    /// For people: the URL without secrets.
    public let name: String
    /// How patient the client is.
    public let settings: Settings
    private let client: HTTPClient
    private let headers: HTTPHeaders

    /// - Parameter key: sent in the header that the hosted service asks for; nil for a service that wants none.
    public init(url: String, client: HTTPClient, key: String? = nil, settings: Settings = Settings()) {
        var url = url
        for ending in ["/", "/api/v1"] where url.hasSuffix(ending) { url.removeLast(ending.count) }
        self.url = url
        name = url.withoutSecrets
        self.client = client
        self.settings = settings
        headers = key.map { ["X-API-Key": $0] } ?? [:]
    }

    /// The answer to a POST of JSON.
    ///
    /// - Parameter route: such as `create_session`.
    /// - Throws: `TinkerRefusal` when the service refuses; `TinkerLostAnswer`; `HTTPError` when there is no answer.
    public func post(
        _ route: String, _ body: [UInt8], repetition: Repetition = .allowed
    ) async throws -> JSONDocument {
        try await send(.post("\(url)/api/v1/\(route)", json: body, headers: headers), route, repetition)
    }

    /// The same for a JSON value.
    public func post(
        _ route: String, _ body: JSONValue, repetition: Repetition = .allowed
    ) async throws -> JSONDocument {
        try await post(route, JSONText(body).bytes, repetition: repetition)
    }

    /// The answer to a GET.
    public func get(_ route: String) async throws -> JSONDocument {
        try await send(HTTPRequest(.get, "\(url)/api/v1/\(route)", headers: headers), route, .allowed)
    }

    private func send(
        _ request: HTTPRequest, _ route: String, _ repetition: Repetition
    ) async throws -> JSONDocument {
        do {
            return try await retrying(settings.retry, clock: ContinuousClock()) { _, remaining in
                do {
                    let response = try await client.send(request, timeouts: settings.timeouts.bounded(by: remaining))
                    guard response.isSuccess else {
                        throw HTTPError(.status(response), request: request.description)
                    }
                    do { return try JSONDocument(parsing: response.body) } catch { throw GarbledAnswer(error: error) }
                } catch {
                    guard repetition == .forbidden, error.leavesDoubt else { throw error }
                    throw TinkerLostAnswer(route: route, service: name, because: error.words)
                }
            }
        } catch let error as HTTPError {
            guard case .status(let response) = error.reason else { throw error }
            throw TinkerRefusal(response, route: route, service: name, tries: error.tries)
        }
    }
}

extension Error {
    /// Whether the request may have been carried out although there was no answer that says so.
    fileprivate var leavesDoubt: Bool {
        switch self {
        case is GarbledAnswer: true
        case let error as HTTPError:
            switch error.reason {
            case .idle, .deadline, .connectionCut, .invalidReply, .tooLarge: true
            // 429 and 503 refuse before anything is done.
            case .status(let response): response.status >= 500 && response.status != 503
            case .couldNotConnect, .untrusted, .invalidRequest, .tooManyOpenFiles, .cancelled, .clientClosed: false
            }
        default: false
        }
    }

    fileprivate var words: String {
        switch self {
        case let error as HTTPError: error.reason.words
        case let error as GarbledAnswer: "\(error.error)"
        default: "\(self)"
        }
    }
}
