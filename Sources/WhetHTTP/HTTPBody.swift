import Synchronization

/// An answer whose body is read while it comes.
public struct HTTPStream: Sendable {
    /// Of the answer, such as 200.
    public let status: Int
    /// Of the answer.
    public let headers: HTTPHeaders
    /// What follows the head.
    public let body: HTTPBody

    /// 200 to 299.
    public var isSuccess: Bool { 200..<300 ~= status }
}

/// The bytes of an answer in pieces, as they come. Read it once, from one task.
///
/// Keeps: at most about 1 MiB waits to be read; beyond it the server is held back. Letting go of the body before its
/// end, or cancelling the task that reads it, closes the request.
public struct HTTPBody: AsyncSequence, Sendable {
    let channel: BodyChannel

    /// Reads the body piece by piece.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let channel: BodyChannel

        /// - Returns: all that has come since the last call, at least one byte; nil at the end.
        /// - Throws: `HTTPError`.
        public mutating func next() async throws -> [UInt8]? { try await channel.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }

    /// The rest of the body in one piece.
    ///
    /// - Throws: `HTTPError`; `.tooLarge` beyond `limit` bytes.
    public func collect(limit: Int = 1 << 28) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self {
            bytes += chunk
            guard bytes.count <= limit else { throw channel.error(.tooLarge(limit: limit)) }
        }
        return bytes
    }
}

/// Between the loop's thread, which fills it, and the one task that reads it. Letting go of it closes the request.
final class BodyChannel: Sendable {
    private static let capacity = 1 << 20

    private struct State {
        var head: Result<(status: Int, headers: HTTPHeaders), HTTPError>?
        var headReader: CheckedContinuation<(status: Int, headers: HTTPHeaders), any Error>?
        var bytes: [UInt8] = []
        var end: Result<Void, HTTPError>?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var isPaused = false
    }

    private let state = Mutex(State())
    private let transfer: Transfer
    /// Held so that the client's thread lives as long as somebody reads.
    private let client: HTTPClient

    init(transfer: Transfer, client: HTTPClient) {
        self.transfer = transfer
        self.client = client
    }

    deinit { client.loop.submit(.cancel(transfer)) }

    func error(_ reason: HTTPError.Reason) -> HTTPError { HTTPError(reason, request: transfer.request.description) }

    // What the reader calls.

    func head() async throws -> (status: Int, headers: HTTPHeaders) {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state in
                    if state.head == nil { state.headReader = continuation }
                    return state.head
                }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            client.loop.submit(.cancel(transfer))
        }
    }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (ready, mustResume) = state.withLock { state -> (Result<[UInt8]?, HTTPError>?, Bool) in
                    guard state.bytes.isEmpty else {
                        defer { (state.bytes, state.isPaused) = ([], false) }
                        return (.success(state.bytes), state.isPaused)
                    }
                    if let end = state.end { return (end.map { nil }, false) }
                    state.reader = continuation
                    return (nil, false)
                }
                if mustResume { client.loop.submit(.resume(transfer)) }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            client.loop.submit(.cancel(transfer))
        }
    }
}

/// What the loop's thread fills a `BodyChannel` through: it does not keep the channel alive.
struct BodySink: Sendable {
    private weak let channel: BodyChannel?

    init(_ channel: BodyChannel) { self.channel = channel }

    func head(status: Int, headers: HTTPHeaders) { channel?.setHead(.success((status, headers))) }

    /// - Parameter isLast: taken in any case.
    /// - Returns: whether there was room; if not, nothing was taken, and the reader will ask to be given more.
    func offer(_ bytes: [UInt8], isLast: Bool = false) -> Bool { channel?.offer(bytes, isLast: isLast) ?? true }

    func finish(_ end: Result<Void, HTTPError>) {
        guard let channel else { return }
        if case .failure(let error) = end { channel.setHead(.failure(error)) }
        channel.setEnd(end)
    }
}

extension BodyChannel {
    /// Takes the first only.
    fileprivate func setHead(_ head: Result<(status: Int, headers: HTTPHeaders), HTTPError>) {
        let reader = state.withLock { state -> CheckedContinuation<(status: Int, headers: HTTPHeaders), any Error>? in
            guard state.head == nil else { return nil }
            state.head = head
            defer { state.headReader = nil }
            return state.headReader
        }
        reader?.resume(with: head)
    }

    fileprivate func offer(_ bytes: [UInt8], isLast: Bool) -> Bool {
        enum Outcome {
            case full, kept
            case handOver(CheckedContinuation<[UInt8]?, any Error>)
        }
        let outcome = state.withLock { state -> Outcome in
            if let reader = state.reader {
                state.reader = nil
                return .handOver(reader)
            }
            guard state.bytes.count + bytes.count <= BodyChannel.capacity || state.bytes.isEmpty || isLast else {
                state.isPaused = true
                return .full
            }
            state.bytes.append(contentsOf: bytes)
            return .kept
        }
        switch outcome {
        case .full: return false
        case .kept: return true
        case .handOver(let reader):
            reader.resume(returning: bytes)
            return true
        }
    }

    fileprivate func setEnd(_ end: Result<Void, HTTPError>) {
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(with: end.map { nil })
    }
}

extension HTTPStream {
    /// The whole answer in one piece.
    ///
    /// - Throws: `HTTPError`; `.tooLarge` beyond `limit` bytes.
    public func response(limit: Int = 1 << 28) async throws -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: try await body.collect(limit: limit))
    }
}
