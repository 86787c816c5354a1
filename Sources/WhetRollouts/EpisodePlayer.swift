import Foundation
import WhetCore
import WhetEnvironments
import WhetInference

/// Plays one task to its end: prompt, policy turn, environment's reply, …, score.
///
/// Keeps: every play ends in a rollout with one status; what fails gives a `failed` rollout with a reason and no score,
/// never a low one. Only cancellation throws.
public struct EpisodePlayer: Sendable {
    let server: any InferenceServer
    let environments: EnvironmentLookup
    let format: ChatFormat
    /// Goes into request ids, so that nobody else's request is ever aborted.
    let run: String

    /// Finds an environment by the name that a task carries.
    public typealias EnvironmentLookup = @Sendable (String) -> (any Environment)?

    public init(server: any InferenceServer, environments: @escaping EnvironmentLookup, format: ChatFormat, run: String) {
        self.server = server
        self.environments = environments
        self.format = format
        self.run = run
    }

    /// - Parameter version: what the server must answer with; nil takes any. A server that lost its weights is caught here.
    public func play(_ plan: RolloutPlan, limits: EpisodeLimits, version: PolicyVersion?) async throws -> Rollout {
        var episode = Episode(plan: plan)
        do {
            guard let environment = environments(plan.task.environment) else {
                throw WhetError("no environment is named \"\(plan.task.environment)\"")
            }
            let end = try await converse(&episode, with: environment, limits: limits, version: version)
            if case .aborted = end { return episode.rollout(.aborted, reason: "aborted at the server") }
            let score = try await environment.score(episode.messages, of: plan.task)
            guard score.reward.isFinite else { throw WhetError("the environment gave the reward \(score.reward)") }
            return episode.rollout(end.status, reason: end.reason, score: score)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            return episode.rollout(.failed, reason: "\(error)")
        }
    }

    private enum End {
        case finished
        case aborted
        case exhausted(String)

        var status: Rollout.Status {
            switch self {
            case .finished: .completed
            case .aborted: .aborted
            case .exhausted: .truncated
            }
        }

        var reason: String? { if case .exhausted(let reason) = self { reason } else { nil } }
    }

    private func converse(
        _ episode: inout Episode, with environment: any Environment, limits: EpisodeLimits, version: PolicyVersion?
    ) async throws -> End {
        try episode.trajectory.append(TokenSpan(.prompt, tokens: episode.plan.prompt))
        for turn in 0..<limits.maximumTurns {
            let remaining = limits.remaining(after: episode.trajectory)
            guard remaining > 0 else { return .exhausted("no tokens were left for turn \(turn + 1)") }
            let generation = try await generate(&episode, turn: turn, budget: remaining, limits: limits, version: version)
            switch generation.finish {
            case .abort: return .aborted
            case .length: return .exhausted("the answer reached \(remaining) tokens")
            case .stop: break
            }
            guard let reply = try await environment.reply(to: episode.messages, of: episode.plan.task) else {
                return .finished
            }
            // A reply that nobody will answer is not part of the conversation that is scored.
            guard turn + 1 < limits.maximumTurns else { break }
            let continuation = try format.continuation(of: episode.messages, sampled: generation.tokens, with: reply)
            try episode.trajectory.append(TokenSpan(.environment, tokens: continuation))
            episode.messages += reply
        }
        return .exhausted("the environment wanted more than \(limits.maximumTurns) turns")
    }

    /// One policy turn: asks the server, and appends what it sampled.
    private func generate(
        _ episode: inout Episode, turn: Int, budget: Int, limits: EpisodeLimits, version: PolicyVersion?
    ) async throws -> Generation {
        var sampling = limits.sampling
        sampling.maximumNewTokens = budget
        let request = GenerationRequest(
            id: "\(run)-\(episode.plan.id)-\(turn)", tokens: episode.trajectory.tokens, sampling: sampling,
            seed: RandomStream.key(seed: episode.plan.seed, purpose: "turn", [turn]))
        let generation = try await server.generate(request)
        guard let sampledBy = generation.version ?? version else {
            throw WhetError("the server does not say which policy version sampled", at: request.id)
        }
        if let version, sampledBy != version {
            throw WhetError("the server answered with policy version \(sampledBy), not \(version)", at: request.id)
        }
        let policy = TokenSpan.Policy(
            behaviorLogProbabilities: generation.logProbabilities, version: sampledBy, sampling: sampling,
            requestID: request.id, server: server.name)
        try episode.trajectory.append(TokenSpan(.policy(policy), tokens: generation.tokens))
        episode.messages.append(Message(.assistant, format.text(of: generation.tokens)))
        return generation
    }
}

/// A play under way.
private struct Episode {
    let plan: RolloutPlan
    let startedAt = Date().timeIntervalSince1970
    var messages: [Message]
    var trajectory = TokenTrajectory()

    init(plan: RolloutPlan) {
        self.plan = plan
        messages = plan.task.messages
    }

    func rollout(_ status: Rollout.Status, reason: String?, score: Score? = nil) -> Rollout {
        Rollout(
            id: plan.id, task: plan.task, status: status, reason: reason, messages: messages, trajectory: trajectory,
            score: score, seed: plan.seed, startedAt: startedAt, finishedAt: Date().timeIntervalSince1970)
    }
}
