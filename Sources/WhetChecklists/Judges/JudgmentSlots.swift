import Synchronization

/// Lets a bounded number of tasks through at a time; the others wait in the order in which they came.
///
/// Keeps: who is cancelled while it waits takes no place; letting one through costs the same however many wait.
final class JudgmentSlots: Sendable {
    private struct State {
        var free: Int
        var nextTicket = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        /// Tickets in the order in which they began to wait, from `first` on; those that gave up are still among them.
        var queue: [Int] = []
        var first = 0

        mutating func takeFirst() -> CheckedContinuation<Void, any Error>? {
            while first < queue.count {
                defer { first += 1 }
                if let continuation = waiting.removeValue(forKey: queue[first]) { return continuation }
            }
            (queue, first) = ([], 0)
            return nil
        }
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// - Throws: `CancellationError`.
    func enter() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isFree = state.withLock { state in
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.waiting[ticket] = continuation
                    state.queue.append(ticket)
                    return false
                }
                if isFree { return continuation.resume() }
                // A task that was cancelled before it came here has called `giveUp` in vain.
                if Task.isCancelled { giveUp(ticket) }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    func leave() {
        let next = state.withLock { state in
            let next = state.takeFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }

    private func giveUp(_ ticket: Int) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
    }
}
