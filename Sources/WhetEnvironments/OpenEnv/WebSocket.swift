import Foundation
import Synchronization
import WhetCore
import WhetProcess

/// A connection on which messages are exchanged in turn: one is sent, one comes back (RFC 6455). Plain TCP only.
///
/// Keeps: it runs on a thread of its own, so that no cooperative thread waits; whatever goes wrong ends it, and then
/// everything on it fails with that reason.
final class WebSocket: Sendable {
    struct Limits: Sendable {
        var connect: Duration = .seconds(10)
        var messageBytes = 1 << 26
    }

    fileprivate struct State {
        var unsent: [[UInt8]] = []
        /// Came without being waited for.
        var received: [[UInt8]] = []
        var reader: CheckedContinuation<[UInt8], any Error>?
        var deadline: ContinuousClock.Instant?
        var isToClose = false
        var end: WhetError?
    }

    let url: WebSocketURL
    private let state = Mutex(State())
    private let bell = Bell()

    /// Connects in the background.
    init(_ url: WebSocketURL, limits: Limits = Limits()) {
        self.url = url
        let thread = Thread { [self] in
            var loop = WebSocketLoop(self, limits: limits)
            loop.run()
        }
        thread.name = "whet websocket"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Sends a message and waits for one. Not for several tasks at a time.
    ///
    /// - Throws: `WhetError` when the connection fails, or nothing comes in time, which ends it; `CancellationError`.
    func exchange(_ message: [UInt8], limit: Duration) async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state -> Result<[UInt8], any Error>? in
                    // What it said before it ended tells more than that it did.
                    if !state.received.isEmpty { return .success(state.received.removeFirst()) }
                    if let end = state.end { return .failure(end) }
                    guard state.reader == nil else {
                        return .failure(WhetError("two messages are sent at a time", at: url.description))
                    }
                    state.unsent.append(message)
                    state.reader = continuation
                    state.deadline = .now.advanced(by: limit)
                    return nil
                }
                if let known { continuation.resume(with: known) } else { bell.ring() }
            }
        } onCancel: {
            close()
        }
    }

    /// Ends it; whoever waits gets an error.
    func close() {
        state.withLock { $0.isToClose = true }
        bell.ring()
    }
}

// MARK: For its thread

extension WebSocket {
    fileprivate var bellDescriptor: Int32 { bell.descriptor }
    fileprivate func silenceBell() { bell.silence() }

    fileprivate func collect() -> (unsent: [[UInt8]], deadline: ContinuousClock.Instant?, isToClose: Bool) {
        state.withLock { state in
            defer { state.unsent = [] }
            return (state.unsent, state.deadline, state.isToClose)
        }
    }

    fileprivate func deliver(_ message: [UInt8]) {
        let reader = state.withLock { state -> CheckedContinuation<[UInt8], any Error>? in
            state.deadline = nil
            guard let reader = state.reader else {
                // Nobody asked: the first may say why the server will end it, more are not kept.
                if state.received.isEmpty { state.received.append(message) }
                return nil
            }
            state.reader = nil
            return reader
        }
        reader?.resume(returning: message)
    }

    fileprivate func end(_ error: WhetError) {
        let reader = state.withLock { state in
            state.end = error
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(throwing: error)
    }
}

/// The thread of one connection. Everything here is touched by that thread alone.
private struct WebSocketLoop {
    private let owner: WebSocket
    private let limits: WebSocket.Limits
    private var connection: Int32 = -1
    private var reader: WebSocketReader
    private var unsent: [UInt8] = []

    private struct Failure: Error {
        let reason: String
    }

    init(_ owner: WebSocket, limits: WebSocket.Limits) {
        self.owner = owner
        self.limits = limits
        reader = WebSocketReader(limit: limits.messageBytes)
    }

    mutating func run() {
        var reason: String
        do {
            let deadline = ContinuousClock.now.advanced(by: limits.connect)
            connection = try connected(by: deadline)
            try handleEvents(try shakeHands(by: deadline))
            while true { try turn() }
        } catch let failure as Failure {
            reason = failure.reason
        } catch let broken as WebSocketReader.Broken {
            reason = broken.reason
        } catch {
            reason = "\(error)"
        }
        if connection >= 0 { Foundation.close(connection) }
        owner.end(WhetError(reason, at: owner.url.description))
    }

    /// One round: sends, waits, reads.
    private mutating func turn() throws {
        let (more, deadline, isToClose) = owner.collect()
        for message in more { unsent += frame(.text, message) }
        if isToClose {
            // Politely, but without waiting for an answer.
            unsent += frame(.close, [0x03, 0xE8])
            try send()
            throw Failure(reason: "the connection was closed")
        }
        if let deadline, deadline <= .now { throw Failure(reason: "the server did not answer in time") }
        try wait(until: deadline)
        try send()
        if let bytes = try receive() { try handleEvents(bytes) }
    }

    private mutating func handleEvents(_ bytes: [UInt8]) throws {
        for event in try reader.events(with: bytes) {
            switch event {
            case .message(let message): owner.deliver(message)
            case .ping(let payload): unsent += frame(.pong, payload)
            case .close(let reason):
                throw Failure(reason: "the server closed the connection" + (reason.isEmpty ? "" : ": \(reason)"))
            }
        }
    }

    private func frame(_ kind: WebSocketFrame.Kind, _ payload: [UInt8]) -> [UInt8] {
        WebSocketFrame.bytes(kind, payload, mask: .random(in: 0 ... .max))
    }

    private func failure(_ code: Int32) -> Failure { Failure(reason: String(cString: strerror(code))) }

    private func wait(until deadline: ContinuousClock.Instant?) throws {
        var polled = [
            pollfd(fd: connection, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0),
            pollfd(fd: owner.bellDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polled, 2, ContinuousClock.Instant.pollMilliseconds(until: deadline))
        if polled[1].revents != 0 { owner.silenceBell() }
    }

    private mutating func send() throws {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                throw failure(errno)
            }
            unsent.removeFirst(count)
        }
    }

    /// - Returns: nil when nothing is there.
    private func receive() throws -> [UInt8]? {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            let received = recv(connection, buffer.baseAddress, buffer.count, 0)
            if received < 0 { code = errno }
            count = max(0, received)
        }
        if code == EAGAIN || code == EINTR { return nil }
        guard code == 0 else { throw failure(code) }
        guard !bytes.isEmpty else { throw Failure(reason: "the server closed the connection") }
        return bytes
    }
}

// MARK: The start of a connection

extension WebSocketLoop {
    private func connected(by deadline: ContinuousClock.Instant) throws -> Int32 {
        guard owner.bellDescriptor >= 0 else { throw failure(EMFILE) }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(owner.url.host, String(owner.url.port), &hints, &list)
        guard code == 0 else { throw Failure(reason: "could not connect: \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        var last = failure(ECONNREFUSED)
        var next = list
        while let address = next?.pointee {
            do {
                return try connected(to: address, by: deadline)
            } catch let failure as Failure {
                last = failure
            }
            next = address.ai_next
        }
        throw Failure(reason: "could not connect: \(last.reason)")
    }

    private func connected(to address: addrinfo, by deadline: ContinuousClock.Instant) throws -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, flags, address.ai_protocol)
        guard descriptor >= 0 else { throw failure(errno) }
        var code = Foundation.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno
        if code == EINPROGRESS {
            var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let isReady = poll(&polled, 1, ContinuousClock.Instant.pollMilliseconds(until: deadline)) > 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            code = isReady ? 0 : ETIMEDOUT
            if isReady { getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) }
        }
        guard code == 0 else {
            Foundation.close(descriptor)
            throw failure(code)
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// - Returns: what came after the server's answer.
    private mutating func shakeHands(by deadline: ContinuousClock.Instant) throws -> [UInt8] {
        let key = Data((0..<16).map { _ in UInt8.random(in: 0 ... .max) }).base64EncodedString()
        unsent = Array(owner.url.upgradeRequest(key: key).utf8)
        var answer: [UInt8] = []
        while true {
            if ContinuousClock.now >= deadline { throw Failure(reason: "the server did not answer in time") }
            if owner.collectClosing() { throw Failure(reason: "the connection was closed") }
            try wait(until: deadline)
            try send()
            answer += try receive() ?? []
            if let end = answer.firstPlace(of: "\r\n\r\n".utf8) {
                if let refusal = WebSocketURL.refusal(of: Array(answer[..<end.lowerBound]), key: key) {
                    throw Failure(reason: refusal)
                }
                return Array(answer[end.upperBound...])
            }
            guard answer.count < 1 << 16 else { throw Failure(reason: "the server's answer is not HTTP") }
        }
    }
}

extension WebSocket {
    /// Whether it is to be closed; what waits to be sent is left where it is.
    fileprivate func collectClosing() -> Bool { state.withLock { $0.isToClose } }
}
