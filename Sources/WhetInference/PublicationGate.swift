import Synchronization
import WhetCore

/// Lets many generations or one publication of weights through, never both: every generation has one version.
///
/// Keeps: a publication that waits holds back new generations, so it is not put off for ever; after one that failed on a
/// server that does not say which weights it has, nothing is generated until one succeeds.
final class PublicationGate: Sendable {
    /// What generations sample from.
    struct Published: Sendable {
        /// nil before the first publication.
        var version: PolicyVersion?
        /// The name of the adapter that is laid over the model; nil for the model alone.
        var adapter: String?
    }

    private struct State {
        var published = Published()
        var isUnknown = false
        var generating = 0
        var publication: Gate?
        var lastHasLeft: Gate?
    }

    private let server: String
    private let state = Mutex(State())

    init(server: String) { self.server = server }

    var published: Published { state.withLock { $0.published } }

    /// Runs `body` with what was published last.
    ///
    /// - Throws: `UnknownWeights` after a publication that failed; what `body` throws.
    func generating<Value>(_ body: (Published) async throws -> Value) async throws -> Value {
        while true {
            let (publication, published) = try state.withLock { state -> (Gate?, Published) in
                if state.publication == nil {
                    if state.isUnknown { throw UnknownWeights(server: server) }
                    state.generating += 1
                }
                return (state.publication, state.published)
            }
            guard let publication else {
                defer { leave() }
                return try await body(published)
            }
            await publication.wait()
            try Task.checkCancellation()
        }
    }

    private func leave() {
        let last = state.withLock { state -> Gate? in
            state.generating -= 1
            return state.generating == 0 ? state.lastHasLeft : nil
        }
        last?.open()
    }

    /// Waits for the generations under way, then runs `body`; if it succeeds, what was published holds from then on.
    ///
    /// - Parameter answersTell: whether the server's answers say which weights sampled them; then a failure leaves it
    ///   of use.
    /// - Throws: what `body` throws.
    func publishing(
        _ published: Published, answersTell: Bool, _ body: (_ before: Published) async throws -> Void
    ) async throws {
        let publication = Gate()
        let lastHasLeft = Gate()
        while let other = state.withLock({ state -> Gate? in
            defer { if state.publication == nil { state.publication = publication } }
            return state.publication
        }) {
            await other.wait()
            try Task.checkCancellation()
        }
        defer {
            state.withLock { state in
                state.publication = nil
                state.lastHasLeft = nil
            }
            publication.open()
        }
        let mustWait = state.withLock { state in
            state.lastHasLeft = lastHasLeft
            return state.generating > 0
        }
        if mustWait { await lastHasLeft.wait() }
        try Task.checkCancellation()
        let before = state.withLock { state in
            state.isUnknown = !answersTell
            return state.published
        }
        try await body(before)
        state.withLock { state in
            state.published = published
            state.isUnknown = false
        }
    }
}

/// A publication failed half-way, or the server was started again, and its answers do not say which weights sampled
/// them.
struct UnknownWeights: Error, CustomStringConvertible {
    let server: String
    var because = "a publication failed"

    var description: String {
        WhetError(
            "it is not known which weights the server has, because \(because)", at: server,
            expected: "a publication that succeeds", remedy: "see why it failed; the server's own log says more"
        ).description
    }
}
