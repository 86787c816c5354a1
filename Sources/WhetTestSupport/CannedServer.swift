import Foundation
import Synchronization
import WhetCore

/// A small, fast HTTP/1.1 server on loopback that answers by script and misbehaves on demand: for tests and benchmarks.
///
/// It runs on one thread of its own until it is let go of (Swift lets go of an array after its last use, not at the
/// end of the scope: use it once more there). Connections are kept, requests may be pipelined, bodies need a
/// Content-Length. What it answers depends on the requests alone.
///
///     let server = try CannedServer { _ in .json(#"{"status": "fine"}"#) }
///     let response = try await client.send(HTTPRequest(.get, server.url + "/health"))
public final class CannedServer: Sendable {
    /// What has happened so far.
    public struct Counts: Hashable, Sendable {
        /// Connections that were accepted, and those of them that are still open.
        public var connections = 0
        public var openConnections = 0
        /// Requests that were read whole.
        public var requests = 0
        /// Replies whose script ended.
        public var replies = 0
        /// Connections that the client closed while its request was being answered.
        public var closedEarly = 0
    }

    public let port: Int
    public var url: String { "http://127.0.0.1:\(port)" }
    private let engine: CannedServerEngine

    /// - Parameters:
    ///   - port: 0 takes any that is free.
    ///   - records: whether `requests` is filled; not for long benchmarks.
    ///   - answer: called on the server's thread for each request.
    /// - Throws: `WhetError` when the port is taken.
    public init(
        port: Int = 0, records: Bool = true, answer: @escaping @Sendable (ReceivedRequest) -> CannedReply
    ) throws {
        engine = try CannedServerEngine(port: port, records: records, answer: answer)
        self.port = engine.port
        engine.start()
    }

    /// Answers the n-th request with the n-th reply, and all later ones with the last.
    public convenience init(replies: CannedReply...) throws {
        precondition(!replies.isEmpty, "a server needs something to say")
        try self.init { replies[min($0.index, replies.count - 1)] }
    }

    deinit { engine.stop() }

    public var counts: Counts { engine.ledger.counts }

    /// The requests so far, in the order in which they came.
    public var requests: [ReceivedRequest] { engine.ledger.requests }

    /// Returns as soon as the counts are such.
    @discardableResult
    public func until(_ condition: @escaping @Sendable (Counts) -> Bool) async -> Counts {
        await engine.ledger.until(condition)
    }
}

/// The counts of a server and those who wait for them to change.
final class CannedServerLedger: Sendable {
    private struct State {
        var counts = CannedServer.Counts()
        var requests: [ReceivedRequest] = []
        var waiting:
            [(
                condition: @Sendable (CannedServer.Counts) -> Bool,
                continuation: CheckedContinuation<CannedServer.Counts, Never>
            )] = []
    }

    private let state = Mutex(State())

    var counts: CannedServer.Counts { state.withLock { $0.counts } }
    var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    func record(_ request: ReceivedRequest?, _ change: (inout CannedServer.Counts) -> Void) {
        state.withLock { state in
            if let request { state.requests.append(request) }
            change(&state.counts)
            guard !state.waiting.isEmpty else { return }
            let counts = state.counts
            state.waiting.removeAll { waiting in
                guard waiting.condition(counts) else { return false }
                waiting.continuation.resume(returning: counts)
                return true
            }
        }
    }

    func until(_ condition: @escaping @Sendable (CannedServer.Counts) -> Bool) async -> CannedServer.Counts {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if condition(state.counts) {
                    continuation.resume(returning: state.counts)
                } else {
                    state.waiting.append((condition, continuation))
                }
            }
        }
    }
}
