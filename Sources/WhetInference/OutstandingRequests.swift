import Synchronization
import WhetCore

/// The requests of one client that are under way, by the id their caller gave them.
///
/// Keeps: an abort between two tries, or before the first, prevents the next; only what is here is ever aborted; a
/// request that ended by itself while it was given up counts as ended by itself.
final class OutstandingRequests: Sendable {
    final class Entry: Sendable {
        private struct State {
            var wireID: String?
            var held: HeldCompletion?
            var isAborted = false
            var isGivenUp = false
            /// What asks the server, while it does.
            var asking: Task<Generation, any Error>?
        }

        let hasEnded = Gate()
        private let state = Mutex(State())

        /// The id of the try that was sent last; nil before the first.
        var wireID: String? { state.withLock { $0.wireID } }

        /// What a stream has brought so far.
        var held: HeldCompletion? { state.withLock { $0.held } }

        /// Whether its caller wants it to end.
        var isAborted: Bool { state.withLock { $0.isAborted } }

        func abort() { state.withLock { $0.isAborted = true } }

        /// Nobody waits for the server any longer.
        func giveUp() {
            let asking = state.withLock { state in
                state.isGivenUp = true
                return state.asking
            }
            asking?.cancel()
        }

        /// Notes that a try is about to be sent.
        ///
        /// - Parameter held: filled by its stream, if it is one.
        /// - Throws: `AbortedBeforeSending` if it must not be.
        func willSend(_ wireID: String, filling held: HeldCompletion? = nil) throws {
            // Whoever aborts after this sees the id and sends an abort for it.
            let isAborted = state.withLock { state in
                state.wireID = wireID
                state.held = held
                return state.isAborted
            }
            if isAborted { throw AbortedBeforeSending() }
        }

        /// Runs `body` until it ends or this is given up; then it is cancelled.
        ///
        /// - Returns: nil if it was given up.
        fileprivate func unlessGivenUp(
            _ body: @escaping @Sendable () async throws -> Generation
        ) async throws -> Generation? {
            let asking = Task { try await body() }
            let isGivenUp = state.withLock { state in
                state.asking = asking
                return state.isGivenUp
            }
            if isGivenUp { asking.cancel() }
            // What ended just now by itself counts, given up or not.
            let end = await withTaskCancellationHandler { await asking.result } onCancel: { asking.cancel() }
            let wasGivenUp = state.withLock { state in
                state.asking = nil
                return state.isGivenUp
            }
            do { return try end.get() } catch {
                guard wasGivenUp else { throw error }
                return nil
            }
        }
    }

    struct AbortedBeforeSending: Error {}

    private let entries = Mutex<[String: Entry]>([:])

    /// Runs a request.
    ///
    /// - Parameter body: asks the server.
    /// - Returns: what `body` returns; if it was aborted before it was sent or given up, what its stream had brought.
    /// - Throws: `WhetError` if the id is taken; what `body` throws.
    func running(
        _ request: GenerationRequest, vocabularySize: Int?,
        _ body: @escaping @Sendable (Entry) async throws -> Generation
    ) async throws -> Generation {
        let entry = Entry()
        let isNew = entries.withLock { entries in
            guard entries[request.id] == nil else { return false }
            entries[request.id] = entry
            return true
        }
        guard isNew else { throw WhetError("a request of this id is already under way", at: request.id) }
        defer {
            entries.withLock { $0[request.id] = nil }
            entry.hasEnded.open()
        }
        var generation: Generation
        do {
            generation =
                try await entry.unlessGivenUp { try await body(entry) }
                ?? entry.held?.generation(request, vocabularySize: vocabularySize)
                ?? Generation(abortedBeforeStart: request)
        } catch is AbortedBeforeSending {
            generation = Generation(abortedBeforeStart: request)
        }
        generation.wasInterrupted = generation.finish == .abort && !entry.isAborted
        return generation
    }

    /// Ends every call at once, without asking the server.
    func giveUpAll() {
        for entry in entries.withLock({ Array($0.values) }) { entry.giveUp() }
    }

    /// Aborts a request by no longer listening to it.
    func close(_ id: String) async {
        guard let entry = entries.withLock({ $0[id] }) else { return }
        entry.abort()
        entry.giveUp()
        await entry.hasEnded.wait()
    }

    /// Aborts a request, and again until it has ended, because a server may lose an abort that overtakes its request.
    ///
    /// - Parameter send: tells the server; its failures are passed over, since only the end of the request counts.
    /// - Throws: `WhetError` when it has not ended within `timeout`; it is given up then.
    func abort(_ id: String, timeout: Duration, send: (_ wireID: String) async throws -> Void) async throws {
        guard let entry = entries.withLock({ $0[id] }) else { return }
        entry.abort()
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
        entry.giveUp()
        throw WhetError(
            "the server did not end an aborted request within \(timeout), so nobody listens to it any longer", at: id,
            expected: lastFailure.map { "an answer to the abort, not: \($0)" },
            remedy: "go on from what had come; look at whether the server is well")
    }
}
