import Foundation
import WhetCore
import WhetEnvironments
import WhetInference

/// Plays one task to its end, or to where it is interrupted: prompt, policy turn, environment's reply, …, score.
///
/// Keeps:
/// - every play ends in a rollout with one status; what fails gives a `failed` rollout with a reason and no score,
///   never a low one; only cancellation throws;
/// - an interrupted rollout goes on by ids, from exactly the tokens that it has, under the sampling parameters that it
///   began with; a turn's text is decoded once, from all of its tokens;
/// - an environment's reply that was taken up is never asked for again.
public struct EpisodePlayer: Sendable {
    public let server: any InferenceServer
    let environments: EnvironmentLookup
    public let format: ChatFormat
    /// Goes into request ids, so that nobody else's request is ever aborted.
    public let run: String
    /// Runs the programs of environments that have one; nil where there are none.
    let agents: (any AgentHost)?

    /// Finds an environment by the name that a task carries.
    public typealias EnvironmentLookup = @Sendable (String) -> (any Environment)?

    public init(
        server: any InferenceServer, environments: @escaping EnvironmentLookup, format: ChatFormat, run: String,
        agents: (any AgentHost)? = nil
    ) {
        self.server = server
        self.environments = environments
        self.format = format
        self.run = run
        self.agents = agents
    }

    /// Plays from the prompt.
    ///
    /// - Parameter version: what the server must answer with; nil takes any. A server that lost its weights is caught
    ///   here.
    public func play(_ plan: RolloutPlan, limits: EpisodeLimits, version: PolicyVersion?) async throws -> Rollout {
        try await play(Episode(plan: plan), limits: limits, version: version)
    }

    /// Plays on from where the episode is.
    public func play(_ episode: Episode, limits: EpisodeLimits, version: PolicyVersion?) async throws -> Rollout {
        guard let seconds = limits.seconds else { return try await playOn(episode, limits: limits, version: version) }
        return try await withThrowingTaskGroup(of: Rollout?.self) { group in
            group.addTask { try await playOn(episode, limits: limits, version: version) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            if let rollout = try await group.next() ?? nil { return rollout }
            return episode.rollout(.failed, reason: "it had not ended after \(seconds) s (rollout.timeout_seconds)")
        }
    }

    /// Says that these will not be played on: what an agent keeps of them ends.
    func discard(_ rollouts: [RolloutID]) async {
        for rollout in rollouts { await agents?.discard(rollout) }
    }

    /// Has an episode end soon with what it has: its `play` returns an aborted rollout, or a finished one if it was
    /// faster.
    ///
    /// A server that goes on regardless loses the request: what the episode had before it is kept.
    public func interrupt(_ episode: Episode) async {
        guard let id = episode.requestStop() else { return }
        // Again, because a request that is just being sent is not known to the client yet.
        while episode.isUnderWay(id) {
            do { try await server.abort(requestID: id) } catch { return episode.giveUp(id) }
            if episode.isUnderWay(id) { try? await Task.sleep(for: .milliseconds(2)) }
        }
    }

    private func playOn(_ episode: Episode, limits: EpisodeLimits, version: PolicyVersion?) async throws -> Rollout {
        do {
            let task = episode.plan.task
            guard let environment = environments(task.environment) else {
                throw WhetError("no environment is named \"\(task.environment)\"")
            }
            if let environment = environment as? AgentEnvironment {
                guard let agents else {
                    throw WhetError(
                        "this environment's tasks are solved by a program, and nobody here runs programs",
                        at: "environment \(environment.name)")
                }
                return try await agents.play(episode, in: environment, by: self, limits: limits, version: version)
            }
            let end = try await converse(episode, with: environment, limits: limits, version: version)
            if case .interrupted(let reason) = end { return episode.rollout(.aborted, reason: reason) }
            let score: Score
            do {
                guard let found = try await self.score(episode, after: end, in: environment) else {
                    return episode.rollout(.aborted, reason: "interrupted while it was judged")
                }
                score = found
            } catch let error as WhetError {
                // What cannot be scored because it was cut short is told with what cut it.
                guard let reason = end.reason else { throw error }
                throw WhetError("\(reason); \(error.sentence())", expected: error.expected, remedy: error.remedy)
            }
            guard score.reward.isFinite else { throw WhetError("the environment gave the reward \(score.reward)") }
            return episode.rollout(end.status, reason: end.reason, score: score)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            return episode.rollout(.failed, reason: "\(error)")
        }
    }

    /// - Returns: nil where the episode was stopped while somebody else, such as a judge, was being asked: it will be
    ///   asked when the episode goes on.
    private func score(
        _ episode: Episode, after end: End, in environment: any Environment
    ) async throws -> Score? {
        let (messages, task) = (episode.messages, episode.plan.task)
        // What ran out of tokens would be asked for another turn, and what is computed here takes no time.
        guard case .finished = end, !environment.computesHere else {
            return try await environment.score(messages, of: task)
        }
        return try await episode.untilStopped { try await environment.score(messages, of: task) }
    }

    private enum End {
        case finished
        case interrupted(String)
        case exhausted(String)

        var status: Rollout.Status {
            switch self {
            case .finished: .completed
            case .interrupted: .aborted
            case .exhausted: .truncated
            }
        }

        var reason: String? { if case .exhausted(let reason) = self { reason } else { nil } }
    }

    private func converse(
        _ episode: Episode, with environment: any Environment, limits: EpisodeLimits, version: PolicyVersion?
    ) async throws -> End {
        if episode.trajectory.spans.isEmpty { try episode.append(TokenSpan(.prompt, tokens: episode.plan.prompt)) }
        while true {
            if episode.awaitsReply {
                guard let reply = try await environment.reply(to: episode.messages, of: episode.plan.task) else {
                    return .finished
                }
                // A reply that nobody will answer is not part of the conversation that is scored.
                guard episode.turns < limits.maximumTurns else {
                    return .exhausted("the environment wanted more than \(limits.maximumTurns) turns")
                }
                let sampled = episode.openTurn.flatMap(\.tokens)
                let continuation = try format.continuation(
                    of: episode.messages, sampled: sampled, with: reply, tools: episode.plan.task.tools)
                try episode.append(TokenSpan(.environment, tokens: continuation))
                episode.append(reply)
            }
            let remaining = limits.remaining(after: episode.trajectory)
            guard remaining > 0 else {
                let turn = episode.turns + 1
                guard !episode.openTurn.isEmpty else {
                    let because = limits.crowding(of: episode.trajectory).map { ": \($0)" } ?? ""
                    return .exhausted("no tokens were left for turn \(turn)\(because)")
                }
                endTurn(of: episode)
                return .exhausted("the answer reached its last token in turn \(turn)")
            }
            switch try await generate(episode, budget: remaining, limits: limits, version: version) {
            case .abort: return .interrupted("interrupted after \(episode.trajectory.policyTokenCount) tokens")
            case .length:
                endTurn(of: episode)
                return .exhausted("the answer reached \(remaining) tokens")
            case .stop: endTurn(of: episode)
            }
        }
    }

    /// The policy has ended its turn: all its tokens together are what it said.
    private func endTurn(of episode: Episode) {
        episode.append([Message(.assistant, format.text(of: episode.openTurn.flatMap(\.tokens)))])
    }
}

extension EpisodePlayer {
    /// Asks the server for a policy turn, or for the rest of one, and appends what it sampled.
    private func generate(
        _ episode: Episode, budget: Int, limits: EpisodeLimits, version: PolicyVersion?
    ) async throws -> FinishReason {
        var sampling = limits.sampling
        sampling.maximumNewTokens = budget
        let begun = episode.openTurn
        try check(sampling, continues: begun, of: episode)
        let turn = episode.turns
        let resumes = episode.resumes
        let request = GenerationRequest(
            id: "\(run)-\(episode.plan.id)-\(turn)" + (resumes == 0 ? "" : "-\(resumes)"),
            tokens: episode.trajectory.tokens,
            sampling: sampling, seed: seed(of: episode, turn: turn, segment: begun.count),
            affinity: "\(run)-\(episode.plan.id)")
        let startedAt = Date().timeIntervalSince1970
        guard let generation = try await send(request, of: episode) else { return .abort }
        // Aborted before its first token: there is nothing whose version matters.
        if generation.finish == .abort, generation.tokens.isEmpty { return .abort }
        try episode.append(
            TokenSpan(generation, to: request, from: version, server: server.name),
            times: startedAt...max(startedAt, Date().timeIntervalSince1970))
        return generation.finish
    }

    /// - Returns: nil when the episode was stopped before the request was sent, or the server did not give it back.
    private func send(_ request: GenerationRequest, of episode: Episode) async throws -> Generation? {
        // In a task of its own, so that a server that ignores an abort can be left alone without ending the play.
        guard episode.willSend(request.id) else { return nil }
        defer { episode.hasReturned() }
        let server = server
        let sending = Task { try await server.generate(request) }
        episode.isSent { sending.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await sending.value
            } onCancel: {
                sending.cancel()
            }
        } catch {
            if Task.isCancelled || !(episode.isStopRequested && sending.isCancelled) { throw error }
            return nil
        }
    }

    /// Where a server draws by a token's place, the same seed makes a resumed turn what an uninterrupted one would have
    /// been; elsewhere the same seed would repeat the draws of the beginning, so each segment has its own.
    private func seed(of episode: Episode, turn: Int, segment: Int) -> UInt64 {
        let indices = segment == 0 || server.capabilities.drawsByPlace ? [turn] : [turn, segment]
        return RandomStream.key(seed: episode.plan.seed, purpose: "turn", indices)
    }

    /// One turn is one distribution: its later tokens are sampled as its first were.
    private func check(_ sampling: SamplingParameters, continues spans: [TokenSpan], of episode: Episode) throws {
        guard var first = spans.first?.policy?.sampling else { return }
        first.maximumNewTokens = sampling.maximumNewTokens
        guard first != sampling else { return }
        throw WhetError(
            "the rollout was begun under other sampling parameters", at: "rollout \(episode.plan.id)",
            expected: "\(first)", remedy: "resume with the recipe's first `rollout` section, or start a new run")
    }
}
