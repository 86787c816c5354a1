import Synchronization
import WhetCore

extension GenerationEngine {
    /// What comes of a batch while it is being sampled. Tokens that came faster than they were fetched come together.
    public final class Stream: Sendable {
        /// One thing that happened to the request at `index` of the batch.
        public struct Event: Sendable {
            /// What happened.
            public enum Kind: Sendable {
                case sampled([SampledToken])
                case finished(Output)
            }

            /// Which request of the batch.
            public let index: Int
            /// What happened to it.
            public let kind: Kind
        }

        private struct State {
            var sampled: [[SampledToken]]
            var finished: [(index: Int, output: Output)] = []
            var open: Int
            var error: (any Error)?
            var reader: CheckedContinuation<Void, Never>?

            var hasNews: Bool {
                open == 0 || error != nil || !finished.isEmpty || sampled.contains { !$0.isEmpty }
            }
        }

        private let state: Mutex<State>

        init(count: Int) {
            state = Mutex(State(sampled: Array(repeating: [], count: count), open: count))
        }

        /// Everything that has happened since the last call; waits until there is something. Nil after the end.
        ///
        /// - Throws: `Refusal`, or `WhetError` when a request failed. For one reader only.
        public func next() async throws -> [Event]? {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if !state.hasNews { state.reader = continuation }
                    return state.hasNews
                }
                if isDue { continuation.resume() }
            }
            return try state.withLock { state in
                if let error = state.error { throw error }
                var events: [Event] = []
                for index in state.sampled.indices where !state.sampled[index].isEmpty {
                    events.append(Event(index: index, kind: .sampled(state.sampled[index])))
                    state.sampled[index] = []
                }
                events += state.finished.map { Event(index: $0.index, kind: .finished($0.output)) }
                state.finished = []
                return events.isEmpty ? nil : events
            }
        }

        /// Called on the engine's thread.
        func take(_ event: Submission.Event, of index: Int) {
            let reader = state.withLock { state in
                switch event {
                case .sampled(let token): state.sampled[index].append(token)
                case .finished(let output):
                    state.finished.append((index, output))
                    state.open -= 1
                case .failed(let error):
                    state.error = state.error ?? error
                    state.open -= 1
                }
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume()
        }
    }
}
