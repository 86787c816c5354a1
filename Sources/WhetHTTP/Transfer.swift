/// One try of one request, from the call to its end.
///
/// Keeps: it finishes once; after `submit` only the loop's thread touches what is `var`.
final class Transfer: LoopTimer, @unchecked Sendable {
    // Unchecked because the loop's thread owns it: the call that made it lets go when it submits it.
    enum Phase {
        /// Submitted, or in its host's queue for a connection.
        case waiting
        case running(Slot)
        case finished
    }

    let request: HTTPRequest
    let endpoint: HTTPEndpoint
    let timeouts: HTTPTimeouts
    var phase = Phase.waiting

    /// Who is told: a call that waits for the whole answer, or the reader of a stream.
    private var continuation: CheckedContinuation<HTTPResponse, any Error>?
    private var sink: BodySink?
    private(set) var isStream = false

    /// Set by callbacks from within curl, which cannot finish a transfer themselves.
    var failure: HTTPError.Reason?
    var isPaused = false
    var isCancelled = false
    private(set) var isConnected = false

    private let maximumBytes: Int
    private var head: [UInt8] = []
    private var status = 0
    private var hasWholeHead = false
    private var body: [UInt8] = []
    /// What came in for the reader of a stream and was not handed over yet: one hand-over for many small pieces.
    private var pending: [UInt8] = []
    /// Whether it stands in the loop's list of transfers that have something to hand over.
    var isUnflushed = false
    private var receivedBytes = 0
    private let submitted = monotonicNanoseconds()
    private var lastByte: Int64 = 0

    /// - Throws: `HTTPError.Reason.invalidRequest`.
    init(_ request: HTTPRequest, timeouts: HTTPTimeouts, maximumBytes: Int) throws(HTTPError.Reason) {
        self.request = request
        self.timeouts = timeouts
        self.maximumBytes = maximumBytes
        endpoint = try HTTPEndpoint(url: request.url)
        if let fault = request.headers.fault { throw .invalidRequest(fault) }
    }

    /// Before it is submitted: who waits.
    func deliver(to continuation: CheckedContinuation<HTTPResponse, any Error>) { self.continuation = continuation }
    func deliver(to sink: BodySink) {
        self.sink = sink
        isStream = true
    }

    // MARK: Time

    /// When it must have moved on, or has failed.
    var nextDeadline: Int64? {
        let total = timeouts.total.map { submitted.addingClamped($0.nanoseconds) }
        let idle = isConnected && !isPaused ? timeouts.idle.map { lastByte.addingClamped($0.nanoseconds) } : nil
        guard let total, let idle else { return total ?? idle }
        return min(total, idle)
    }

    /// What a passed deadline means; nil when the time was extended since.
    func expiry(at now: Int64) -> HTTPError.Reason? {
        if let total = timeouts.total, submitted.addingClamped(total.nanoseconds) <= now { return .deadline(total) }
        if let next = nextDeadline, next <= now, let idle = timeouts.idle { return .idle(idle) }
        return nil
    }

    override func fire(on loop: EventLoop) { loop.deadlinePassed(of: self) }

    // MARK: What comes in

    func connected(at now: Int64) {
        isConnected = true
        lastByte = now
    }

    func resumed(at now: Int64) {
        isPaused = false
        lastByte = now
    }

    /// One line of the answer's head, or of its trailers, which are ignored.
    func receive(headerLine line: UnsafeRawBufferPointer, at now: Int64) {
        lastByte = now
        if line.starts(with: "HTTP/".utf8), status < 200 {
            head.removeAll(keepingCapacity: true)
            hasWholeHead = false
            status = Transfer.status(of: line)
        } else if line.first == 0x0D || line.first == 0x0A {
            // The end of a head; a status below 200 announces another.
            hasWholeHead = true
            if status >= 200, receivedBytes == 0 { sink?.head(status: status, headers: HTTPHeaders(head: head)) }
            return
        }
        if receivedBytes == 0 {
            if head.isEmpty { head.reserveCapacity(256) }
            head.append(contentsOf: line)
        }
    }

    /// The number in a status line: "HTTP/1.1 200 OK"; 0 where there is none.
    private static func status(of line: UnsafeRawBufferPointer) -> Int {
        let rest = line.drop { $0 != UInt8(ascii: " ") }.drop { $0 == UInt8(ascii: " ") }
        return rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.prefix(9).reduce(0) {
            10 * $0 + Int($1 - UInt8(ascii: "0"))
        }
    }

    enum Reception { case taken, full, refused }

    func receive(_ bytes: UnsafeRawBufferPointer, at now: Int64) -> Reception {
        lastByte = now
        if isStream {
            guard pending.count < Transfer.batch || flush() else {
                isPaused = true
                return .full
            }
            pending.append(contentsOf: bytes)
        } else {
            guard receivedBytes + bytes.count <= maximumBytes else {
                failure = .tooLarge(limit: maximumBytes)
                return .refused
            }
            body.append(contentsOf: bytes)
        }
        receivedBytes += bytes.count
        return .taken
    }

    /// The most bytes that are gathered before they are handed over, give or take one piece.
    private static let batch = 1 << 16

    /// Hands over what was gathered for the reader of a stream.
    ///
    /// - Returns: whether there was room.
    @discardableResult
    func flush(isLast: Bool = false) -> Bool {
        guard let sink, !pending.isEmpty else { return true }
        guard sink.offer(pending, isLast: isLast) else { return false }
        pending = []
        return true
    }

    // MARK: The end

    /// - Parameter reason: nil when the answer came whole.
    func finish(_ reason: HTTPError.Reason?) {
        if case .finished = phase { return }
        phase = .finished
        flush(isLast: true)
        // curl is content with a head that breaks off.
        let reason = reason ?? (hasWholeHead ? nil : .connectionCut(receivedBytes: 0))
        let error = reason.map { reason -> HTTPError in
            var reason = reason
            if case .connectionCut = reason { reason = .connectionCut(receivedBytes: receivedBytes) }
            return HTTPError(reason, request: request.description)
        }
        if let error {
            continuation?.resume(throwing: error)
            sink?.finish(.failure(error))
        } else {
            continuation?.resume(returning: HTTPResponse(status: status, head: head, body: body))
            sink?.finish(.success(()))
        }
        continuation = nil
        sink = nil
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
