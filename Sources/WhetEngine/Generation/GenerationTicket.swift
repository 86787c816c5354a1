import Synchronization

extension GenerationEngine {
    /// Stands for requests that came together; whoever holds it can call them off at any time, also before they are
    /// sent.
    public final class Ticket: Sendable {
        private let cancelled = Atomic(false)
        private let begun = Atomic(false)

        public init() {}

        var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

        /// Whether one of the requests has been let in, so that the others must be answered by the same version.
        var hasBegun: Bool { begun.load(ordering: .relaxed) }

        func begin() { begun.store(true, ordering: .relaxed) }

        func cancel() { cancelled.store(true, ordering: .releasing) }
    }
}
