import Foundation
import Synchronization
import WhetCore
import WhetInference

/// Sends an episode's calls to the server, and can hold all of them: the scheduler interrupts a rollout, the program of
/// an agent only waits a little longer for its answer.
///
/// Keeps: after `pause` returns, nothing of the episode is at the server until `resume`; what was sampled before is
/// kept.
final class TurnScheduling: Sendable {
    private struct State {
        var isPaused = false
        var version: PolicyVersion?
        /// What is at the server, by the order of its call, and how to give it up.
        var sent: [Int: (id: String, giveUp: (@Sendable () -> Void)?)] = [:]
        /// What calls under way have so far, by their order.
        var turns: [Int: PolicyTurn] = [:]
    }

    /// A server that ends an answer so often in a row, unasked and without a token, has failed.
    private static let patience = 5

    private let server: any InferenceServer
    private let gate = Gate(isOpen: true)
    private let state: Mutex<State>

    /// - Parameter version: what the server must answer with; nil takes any.
    init(_ server: any InferenceServer, version: PolicyVersion?) {
        self.server = server
        state = Mutex(State(version: version))
    }

    /// What calls under way have so far, by their order.
    var turnsUnderWay: [Int: PolicyTurn] { state.withLock { $0.turns } }

    /// The whole answer to a call.
    ///
    /// - Throws: `CancellationError`; what the server throws; `WhetError` when it answers with other weights.
    func turn(_ first: GenerationRequest, order: Int) async throws -> PolicyTurn {
        var turn = PolicyTurn()
        var attempt = 0
        var fruitless = 0
        defer { state.withLock { $0.turns[order] = nil } }
        while let request = turn.request(first, attempt: attempt, drawsByPlace: server.capabilities.drawsByPlace) {
            let before = turn.spans.count
            let startedAt = Date().timeIntervalSince1970
            if let (generation, version) = try await send(request, order: order) {
                try turn.append(generation, to: request, from: version, server: server.name, since: startedAt)
                guard generation.finish == .abort else { return turn }
                state.withLock { $0.turns[order] = turn }
            }
            attempt += 1
            let isAsked = state.withLock { $0.isPaused }
            fruitless = turn.spans.count > before || isAsked ? 0 : fruitless + 1
            guard fruitless < Self.patience else {
                throw WhetError(
                    "the server aborted it \(fruitless) times in a row, unasked and without a token", at: request.id)
            }
        }
        turn.finish = .length
        return turn
    }

    /// - Returns: nil when the server did not give it back.
    private func send(_ request: GenerationRequest, order: Int) async throws -> (Generation, PolicyVersion?)? {
        let version = try await admit(request.id, order: order)
        defer { state.withLock { $0.sent[order] = nil } }
        // In a task of its own, so that a server that ignores an abort can be left alone without ending the call.
        let sending = Task { [server] in try await server.generate(request) }
        state.withLock { $0.sent[order]?.giveUp = { sending.cancel() } }
        do {
            let generation = try await withTaskCancellationHandler {
                try await sending.value
            } onCancel: {
                sending.cancel()
            }
            return (generation, version)
        } catch {
            try Task.checkCancellation()
            guard sending.isCancelled else { throw error }
            return nil
        }
    }

    /// Waits until calls may go on, and notes in one step that this one does.
    private func admit(_ id: String, order: Int) async throws -> PolicyVersion? {
        while true {
            await gate.wait()
            try Task.checkCancellation()
            let (isAdmitted, version) = state.withLock { state in
                if !state.isPaused { state.sent[order] = (id, nil) }
                return (!state.isPaused, state.version)
            }
            if isAdmitted { return version }
        }
    }

    /// Holds all calls; returns when nothing of them is at the server.
    func pause() async {
        state.withLock { $0.isPaused = true }
        gate.close()
        while true {
            let atServer = state.withLock { Array($0.sent.values) }
            if atServer.isEmpty { return }
            for (id, giveUp) in atServer {
                do { try await server.abort(requestID: id) } catch { giveUp?() }
            }
            // Again, because a request that is just being sent is not known to the client yet.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Lets calls go on, answered by these weights.
    func resume(_ version: PolicyVersion?) {
        state.withLock { state in
            state.isPaused = false
            state.version = version
        }
        gate.open()
    }
}
