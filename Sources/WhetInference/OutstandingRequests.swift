import Synchronization
import WhetCore

/// The requests of one client that are under way, by the id their caller gave them.
///
/// Keeps: an abort between two tries, or before the first, prevents the next; only what is here is ever aborted.
final class OutstandingRequests: Sendable {
    final class Entry: Sendable {
        private struct State {
            var wireID: String?
        }

        let isAborted = Latch()
        let hasEnded = Latch()
        private let state = Mutex(State())

        /// The id of the try that was sent last; nil before the first.
        var wireID: String? { state.withLock { $0.wireID } }

        /// Notes that a try is about to be sent.
        ///
        /// - Throws: `AbortedBeforeSending` if it must not be.
        func willSend(_ wireID: String) throws {
            state.withLock { $0.wireID = wireID }
            // Looked at after the note: whoever aborts from here on sees the id and sends an abort for it.
            if isAborted.isOpen { throw AbortedBeforeSending() }
        }
    }

    struct AbortedBeforeSending: Error {}

    private let entries = Mutex<[String: Entry]>([:])

    /// Runs `body` under an id.
    ///
    /// - Throws: `WhetError` if the id is taken; what `body` throws.
    func tracking<Value>(_ id: String, _ body: (Entry) async throws -> Value) async throws -> Value {
        let entry = Entry()
        let isNew = entries.withLock { entries in
            guard entries[id] == nil else { return false }
            entries[id] = entry
            return true
        }
        guard isNew else { throw WhetError("a request of this id is already under way", at: id) }
        defer {
            entries.withLock { $0[id] = nil }
            entry.hasEnded.open()
        }
        return try await body(entry)
    }

    /// Aborts a request, and again until it has ended, because a server may lose an abort that overtakes its request.
    ///
    /// - Parameter send: tells the server; its failures are passed over, since only the end of the request counts.
    /// - Throws: `WhetError` when it has not ended within `timeout`.
    func abort(_ id: String, timeout: Duration, send: (_ wireID: String) async throws -> Void) async throws {
        guard let entry = entries.withLock({ $0[id] }) else { return }
        entry.isAborted.open()
        let end = ContinuousClock.now + timeout
        var pause = Duration.milliseconds(100)
        var lastFailure: (any Error)?
        while ContinuousClock.now < end {
            if let wireID = entry.wireID, !entry.hasEnded.isOpen {
                do { try await send(wireID) } catch { lastFailure = error }
            }
            if await entry.hasEnded.opens(within: min(pause, end - .now)) { return }
            try Task.checkCancellation()
            pause = min(pause * 2, .seconds(3))
        }
        throw WhetError(
            "the server did not end an aborted request within \(timeout)", at: id,
            expected: lastFailure.map { "an answer to the abort, not: \($0)" },
            remedy: "cancel the call; what had come is kept where it was streamed")
    }
}
