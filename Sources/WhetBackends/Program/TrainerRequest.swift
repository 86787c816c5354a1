import Synchronization
import WhetCore

/// A request that was sent to a trainer, and in time its answer.
final class TrainerRequest: Sendable {
    let id: Int
    let method: String

    private struct State {
        var outcome: Result<JSONValue, any Error>?
        var continuation: CheckedContinuation<JSONValue, any Error>?
    }

    private let state = Mutex(State())

    init(id: Int, method: String) {
        self.id = id
        self.method = method
    }

    /// The first outcome counts.
    func finish(_ outcome: Result<JSONValue, any Error>) {
        let continuation = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: outcome)
    }

    /// Waits for the answer; one caller, once.
    ///
    /// - Throws: `TrainerRefusal`, `TrainerDeath`; `CancellationError`, whatever the trainer then does.
    func result() async throws -> JSONValue {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state in
                    if state.outcome == nil { state.continuation = continuation }
                    return state.outcome
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }
}
