import Foundation
import Synchronization
import WhetCore

/// A rollout under way: what it has so far, and how to interrupt it.
///
/// Keeps: what is here is always a rollout that could be stored and resumed; a stop that was asked for before a request
/// is sent keeps it from being sent, one asked for later names the request to abort.
public final class Episode: Sendable {
    struct State: Sendable {
        var messages: [Message]
        var trajectory = TokenTrajectory()
        var spanTimes: [ClosedRange<Double>] = []
        var resumes = 0
        var isStopRequested = false
        /// The request that is under way, and how to give it up when the server will not.
        var requestID: String?
        var giveUp: (@Sendable () -> Void)?
        /// Told of a stop by whoever plays it in its own way.
        var stopped: (@Sendable () -> Void)?
    }

    public let plan: RolloutPlan
    public let startedAt: Double
    private let state: Mutex<State>

    /// From its prompt.
    public init(plan: RolloutPlan) {
        self.plan = plan
        startedAt = Date().timeIntervalSince1970
        state = Mutex(State(messages: plan.task.messages))
    }

    /// From where it was interrupted.
    public init(plan: RolloutPlan, resuming rollout: Rollout) {
        self.plan = plan
        startedAt = rollout.startedAt
        state = Mutex(
            State(
                messages: rollout.messages, trajectory: rollout.trajectory, spanTimes: rollout.spanTimes,
                resumes: rollout.resumes + 1))
    }

    var messages: [Message] { state.withLock { $0.messages } }
    var trajectory: TokenTrajectory { state.withLock { $0.trajectory } }
    /// How often it was interrupted before and goes on now.
    public var resumes: Int { state.withLock { $0.resumes } }
    var isStopRequested: Bool { state.withLock { $0.isStopRequested } }

    func append(_ span: TokenSpan, times: ClosedRange<Double>? = nil) throws {
        try state.withLock { state in
            try state.trajectory.append(span)
            if let times, !span.tokens.isEmpty { state.spanTimes.append(times) }
        }
    }

    func append(_ messages: [Message]) { state.withLock { $0.messages += messages } }

    /// The policy's tokens of the turn that has not ended; empty at a turn's beginning.
    var openTurn: [TokenSpan] {
        let spans = trajectory.spans
        return Array(spans[(spans.lastIndex { $0.policy == nil }.map { $0 + 1 } ?? 0)...])
    }

    /// How many turns the policy has ended.
    var turns: Int { messages.count { $0.role == .assistant } - plan.task.messages.count { $0.role == .assistant } }

    /// Whether the policy's last turn has ended, and the environment is to reply.
    var awaitsReply: Bool { turns > 0 && messages.last?.role == .assistant && !openTurn.isEmpty }

    /// Notes that a request is about to be sent.
    ///
    /// - Returns: false if it must not be.
    func willSend(_ id: String) -> Bool {
        state.withLock { state in
            guard !state.isStopRequested else { return false }
            state.requestID = id
            return true
        }
    }

    /// - Parameter giveUp: ends the wait for the request's answer.
    func isSent(giveUp: @escaping @Sendable () -> Void) { state.withLock { $0.giveUp = giveUp } }

    func hasReturned() {
        state.withLock { state in
            state.requestID = nil
            state.giveUp = nil
        }
    }

    func isUnderWay(_ id: String) -> Bool { state.withLock { $0.requestID == id } }

    func giveUp(_ id: String) { state.withLock { $0.requestID == id ? $0.giveUp : nil }?() }

    /// Asks the episode to stop where it is.
    ///
    /// - Returns: the request to abort at the server; nil if none is under way.
    func requestStop() -> String? {
        let (request, stopped) = state.withLock { state in
            state.isStopRequested = true
            return (state.requestID, state.stopped)
        }
        stopped?()
        return request
    }

    /// Has `body` called when a stop is asked for, at once if it was.
    public func whenStopped(_ body: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            state.stopped = body
            return state.isStopRequested
        }
        if isStopped { body() }
    }

    /// Does something that a stop cancels.
    ///
    /// - Returns: nil where it was stopped.
    func untilStopped<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        let task = Task { try await body() }
        whenStopped { task.cancel() }
        defer { state.withLock { $0.stopped = nil } }
        do {
            return try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
        } catch {
            if Task.isCancelled || !(isStopRequested && task.isCancelled) { throw error }
            return nil
        }
    }

    /// What it waits for, for a person.
    var whereabouts: String {
        state.withLock { state in
            let tokens = "\(state.trajectory.policyTokenCount) tokens so far"
            return state.requestID.map { "request \($0), \(tokens)" } ?? "at the environment, \(tokens)"
        }
    }

    /// What there is, as a rollout that ended so.
    public func rollout(_ status: Rollout.Status, reason: String?, score: Score? = nil) -> Rollout {
        let state = state.withLock { $0 }
        return Rollout(
            id: plan.id, task: plan.task, status: status, reason: reason, messages: state.messages,
            trajectory: state.trajectory, score: score, seed: plan.seed, startedAt: startedAt,
            finishedAt: Date().timeIntervalSince1970, resumes: state.resumes, spanTimes: state.spanTimes)
    }
}
