import Synchronization
import WhetCore

/// Lets many generations or one publication of weights through, never both: every generation has one version.
///
/// Keeps: a publication that waits holds back new generations, so it is not put off for ever.
final class PublicationGate: Sendable {
    private struct State {
        var version: PolicyVersion?
        var generating = 0
        var publication: Latch?
        var lastHasLeft: Latch?
    }

    private let state = Mutex(State())

    /// Runs `body` with the version that was published last; nil before the first.
    func generating<Value>(_ body: (PolicyVersion?) async throws -> Value) async throws -> Value {
        while true {
            let (publication, version) = state.withLock { state -> (Latch?, PolicyVersion?) in
                if state.publication == nil { state.generating += 1 }
                return (state.publication, state.version)
            }
            guard let publication else {
                defer { leave() }
                return try await body(version)
            }
            await publication.wait()
            try Task.checkCancellation()
        }
    }

    private func leave() {
        let last = state.withLock { state -> Latch? in
            state.generating -= 1
            return state.generating == 0 ? state.lastHasLeft : nil
        }
        last?.open()
    }

    /// Waits for the generations under way, then runs `body`; if it succeeds, `version` holds from then on.
    ///
    /// - Throws: what `body` throws: it is not known then which weights the server has, and generations have no
    ///   version.
    func publishing(_ version: PolicyVersion, _ body: () async throws -> Void) async throws {
        let publication = Latch()
        let lastHasLeft = Latch()
        while let other = state.withLock({ state -> Latch? in
            defer { if state.publication == nil { state.publication = publication } }
            return state.publication
        }) {
            await other.wait()
            try Task.checkCancellation()
        }
        defer {
            state.withLock { $0.publication = nil }
            publication.open()
        }
        let mustWait = state.withLock { state in
            state.lastHasLeft = lastHasLeft
            return state.generating > 0
        }
        if mustWait { await lastHasLeft.wait() }
        try Task.checkCancellation()
        state.withLock { $0.version = nil }
        try await body()
        state.withLock { $0.version = version }
    }
}
