import Foundation
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts

/// Plays one task by running an agent on it, whose model is the policy.
///
/// Keeps: every play ends in a rollout with one status; an agent that crashes, hangs, runs out of time or leaves no
/// readable score gives a `failed` rollout with a reason, never a low score; when `play` returns, nothing of the agent
/// runs on but what left its process group. Only cancellation throws.
public struct AgentPlayer: Sendable {
    let agent: AgentProgram
    let environment: any Environment
    let proxy: RecordingProxy
    let server: any InferenceServer
    let format: ChatFormat
    /// Goes into request ids, so that nobody else's request is ever aborted.
    let run: String
    private let syntax: ToolCallSyntax?

    /// - Parameter environment: sets the tasks; scores them where the agent's `scoring` says so.
    public init(
        agent: AgentProgram, environment: any Environment, proxy: RecordingProxy, server: any InferenceServer,
        format: ChatFormat, run: String
    ) {
        self.agent = agent
        self.environment = environment
        self.proxy = proxy
        self.server = server
        self.format = format
        self.run = run
        syntax = ToolCallSyntax(of: format)
    }

    /// - Parameters:
    ///   - limits: the tokens of all calls together, how many calls, and the policy's context.
    ///   - version: what the server must answer with; nil takes any.
    public func play(_ plan: RolloutPlan, limits: EpisodeLimits, version: PolicyVersion?) async throws -> Rollout {
        let startedAt = Date().timeIntervalSince1970
        let episode = RecordedEpisode(
            .init(
                server: server, format: format, syntax: syntax, limits: limits, authority: agent.authority,
                version: version, name: "\(run)-\(plan.id)", seed: plan.seed))
        let played: Result<AgentRun.Outcome, any Error>
        do {
            played = .success(
                try await proxy.withEpisode(episode) { url, token in
                    try await AgentRun(agent: agent, task: plan.task, url: url, token: token).play(episode)
                })
        } catch { played = .failure(error) }
        let record = await episode.close()
        if Task.isCancelled { throw CancellationError() }
        var rollout = Rollout(
            id: plan.id, task: plan.task, status: .failed, messages: plan.task.messages, trajectory: TokenTrajectory(),
            score: nil, seed: plan.seed, startedAt: startedAt, finishedAt: startedAt)
        do {
            let samples = try record.tree.samples()
            rollout.trajectory = samples.first ?? TokenTrajectory()
            rollout.siblings = Array(samples.dropFirst())
            if let transcript = try record.tree.transcript() { rollout.messages = transcript }
            if samples.isEmpty { try rollout.trajectory.append(TokenSpan(.prompt, tokens: plan.prompt)) }
            (rollout.status, rollout.reason, rollout.score) = try await judge(record, try played.get(), rollout)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            rollout.reason = "\(error)"
        }
        rollout.finishedAt = Date().timeIntervalSince1970
        return rollout
    }

    private func judge(
        _ record: RecordedEpisode.Record, _ outcome: AgentRun.Outcome, _ rollout: Rollout
    ) async throws -> (Rollout.Status, String?, Score?) {
        if let failure = record.failure { throw WhetError(failure) }
        if record.isAborted { return (.aborted, "aborted at the server; an agent begins again from its task", nil) }
        if record.tree.calls.isEmpty {
            let asked = record.refused > 0 ? "all \(record.refused) calls of the agent were refused" : "the agent asked nothing"
            throw WhetError("\(asked); \(outcome.reason)")
        }
        let score = try await score(outcome, rollout.messages, of: rollout.task, exhaustion: record.exhaustion)
        guard score.reward.isFinite else { throw WhetError("the reward is \(score.reward)", expected: "a finite number") }
        return (record.exhaustion == nil ? .completed : .truncated, record.exhaustion, score)
    }

    private func score(
        _ outcome: AgentRun.Outcome, _ messages: [Message], of task: PracticeTask, exhaustion: String?
    ) async throws -> Score {
        let status: Int32
        switch outcome.end {
        case .exited(let code): status = code
        // Whoever is stopped at its limits may not have had the time to end well.
        case .stopped where exhaustion != nil: status = -1
        case .stopped, .failed: throw WhetError("the agent failed: \(outcome.reason)")
        }
        switch agent.scoring {
        case .environment:
            guard status == 0 || exhaustion != nil else { throw WhetError("the agent failed: \(outcome.reason)") }
            return try await environment.score(messages, of: task)
        case .exitStatus(let unsolved):
            guard status == 0 || status == unsolved else {
                throw WhetError(
                    "the agent failed: \(outcome.reason)", expected: "exit status 0 (solved) or \(unsolved) (not solved)")
            }
            return Score(reward: status == 0 ? 1 : 0, isSolved: status == 0, reason: outcome.reason)
        case .rewardFile:
            guard status == 0 || exhaustion != nil else { throw WhetError("the agent failed: \(outcome.reason)") }
            guard let reward = outcome.reward else {
                throw WhetError(
                    "the agent wrote no reward; \(outcome.reason)", at: "WHET_REWARD",
                    expected: #"{"reward": 0.5, "solved": false}"#)
            }
            do { return try Score(programResult: JSONValue(parsing: reward)) } catch var error as WhetError {
                error.place = ["WHET_REWARD", error.place].compactMap { $0 }.joined(separator: ", ")
                throw error
            }
        }
    }
}
