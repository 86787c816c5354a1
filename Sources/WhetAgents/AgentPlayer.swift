import Foundation
import Synchronization
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts
import WhetText

/// Runs agents on tasks, with the policy as their model: as many at a time as the environment's file allows.
///
///     try await AgentPlayer.withPlayer { agents in
///         let player = EpisodePlayer(…, agents: agents)
///         …
///     }
///
/// Keeps: every play ends in a rollout with one status; an agent that crashes, hangs, runs out of time or leaves no
/// readable score gives a `failed` rollout with a reason, never a low score; an interrupted agent lives on and waits
/// for its answers; when `withPlayer` ends, nothing of the agents runs on but what left their process groups.
public final class AgentPlayer: AgentHost {
    private let proxy: RecordingProxy
    private let begun: AsyncStream<AgentSession>.Continuation
    /// Interrupted ones, by their rollout.
    private let waiting = Mutex<[RolloutID: AgentSession]>([:])
    private let turnstiles = Mutex<[Lane: Turnstile]>([:])

    /// Programs that share places. Interrupted ones of the training, which wait for its next step, hold up no
    /// evaluation.
    private struct Lane: Hashable {
        let agent: AgentProgram
        let purpose: GroupID.Purpose
    }

    private init(_ proxy: RecordingProxy, begun: AsyncStream<AgentSession>.Continuation) {
        self.proxy = proxy
        self.begun = begun
    }

    /// Serves agents while `body` runs; kills what is left of them at its end.
    ///
    /// - Throws: `WhetError` when no port can be had; what `body` throws.
    public static func withPlayer<Result: Sendable>(
        _ body: (AgentPlayer) async throws -> Result
    ) async throws -> Result {
        try await RecordingProxy.withProxy { proxy in
            let (sessions, begun) = AsyncStream<AgentSession>.makeStream()
            let player = AgentPlayer(proxy, begun: begun)
            // Left by cancelling it, which kills the programs, and waiting for them.
            async let _ = player.run(sessions)
            return try await body(player)
        }
    }

    private func run(_ sessions: AsyncStream<AgentSession>) async {
        await withDiscardingTaskGroup { group in
            for await session in sessions {
                let turnstile = turnstile(of: Lane(agent: session.agent, purpose: session.plan.id.group.purpose))
                group.addTask { await session.run(on: self.proxy, in: turnstile) }
            }
        }
    }

    private func turnstile(of lane: Lane) -> Turnstile {
        turnstiles.withLock { turnstiles in
            let turnstile = turnstiles[lane] ?? Turnstile(places: lane.agent.workers)
            turnstiles[lane] = turnstile
            return turnstile
        }
    }

    // MARK: AgentHost

    public func play(
        _ episode: Episode, in environment: AgentEnvironment, by player: EpisodePlayer, limits: EpisodeLimits,
        version: PolicyVersion?
    ) async throws -> Rollout {
        let id = episode.plan.id
        var left = waiting.withLock { $0.removeValue(forKey: id) }
        if episode.resumes == 0 {
            // It was dropped and begins again.
            await left?.end()
            left = nil
        }
        let session = try left ?? begin(episode, in: environment, by: player, limits: limits, version: version)
        if let ending = try await session.play(episode, version: version) {
            return try await rollout(of: episode, in: environment, ending)
        }
        do {
            var rollout = try session.recorder.recordSoFar.rollout(of: episode)
            rollout.status = .aborted
            rollout.reason = "interrupted after \(rollout.policyTokenCount) tokens; its program waits"
            waiting.withLock { $0[id] = session }
            return rollout
        } catch {
            await session.end()
            throw error
        }
    }

    public func discard(_ rollout: RolloutID) async {
        await waiting.withLock { $0.removeValue(forKey: rollout) }?.end()
    }

    private func begin(
        _ episode: Episode, in environment: AgentEnvironment, by player: EpisodePlayer, limits: EpisodeLimits,
        version: PolicyVersion?
    ) throws -> AgentSession {
        let name = "\(player.run)-\(episode.plan.id)" + (episode.resumes == 0 ? "" : "-\(episode.resumes)")
        let recorder = RecordedEpisode(
            .init(
                server: player.server, format: player.format, syntax: ToolCallSyntax(of: player.format.template),
                limits: limits, authority: environment.agent.authority, name: name, seed: episode.plan.seed),
            version: version)
        let session = AgentSession(environment.agent, on: episode.plan, recorder: recorder)
        // Nobody runs it any more where the player is being left.
        if case .terminated = begun.yield(session) { throw CancellationError() }
        return session
    }

    // MARK: What comes of it

    private func rollout(
        of episode: Episode, in environment: AgentEnvironment, _ ending: AgentSession.Ending
    ) async throws -> Rollout {
        var rollout = try ending.record.rollout(of: episode)
        do {
            let outcome = try ending.outcome.get()
            rollout.score = try await judge(ending.record, outcome, rollout, in: environment)
            rollout.reason = ending.record.exhaustion
            rollout.status = rollout.reason == nil ? .completed : .truncated
        } catch {
            if Task.isCancelled { throw CancellationError() }
            rollout.reason = "\(error)"
        }
        rollout.finishedAt = Date().timeIntervalSince1970
        return rollout
    }

    private func judge(
        _ record: RecordedEpisode.Record, _ outcome: AgentRun.Outcome, _ rollout: Rollout,
        in environment: AgentEnvironment
    ) async throws -> Score {
        if let failure = record.failure { throw WhetError(failure) }
        if record.tree.calls.isEmpty {
            let asked =
                record.refused > 0 ? "all \(record.refused) calls of the agent were refused" : "the agent asked nothing"
            throw WhetError("\(asked); \(outcome.reason)")
        }
        let score = try await score(outcome, rollout, in: environment, exhaustion: record.exhaustion)
        guard score.reward.isFinite else {
            throw WhetError("the reward is \(score.reward)", expected: "a finite number")
        }
        return score
    }

    private func score(
        _ outcome: AgentRun.Outcome, _ rollout: Rollout, in environment: AgentEnvironment, exhaustion: String?
    ) async throws -> Score {
        let status: Int32
        switch outcome.end {
        case .exited(let code): status = code
        // Whoever is stopped at its limits may not have had the time to end well.
        case .stopped where exhaustion != nil: status = -1
        case .stopped, .failed: throw WhetError("the agent failed: \(outcome.reason)")
        }
        switch environment.agent.scoring {
        case .environment:
            guard status == 0 || exhaustion != nil else { throw WhetError("the agent failed: \(outcome.reason)") }
            return try await environment.base.score(rollout.messages, of: rollout.task)
        case .exitStatus(let unsolved):
            guard status == 0 || status == unsolved else {
                throw WhetError(
                    "the agent failed: \(outcome.reason)",
                    expected: "exit status 0 (solved) or \(unsolved) (not solved)")
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

extension RecordedEpisode.Record {
    /// A failed rollout until somebody judges it.
    fileprivate func rollout(of episode: Episode) throws -> Rollout {
        let plan = episode.plan
        var samples = try tree.samples()
        if samples.isEmpty {
            samples = [CallTree.Sample()]
            try samples[0].trajectory.append(TokenSpan(.prompt, tokens: plan.prompt))
        }
        return Rollout(
            id: plan.id, task: plan.task, status: .failed, messages: try tree.transcript() ?? plan.task.messages,
            trajectory: samples[0].trajectory, siblings: samples.dropFirst().map(\.trajectory), score: nil,
            seed: plan.seed, startedAt: episode.startedAt, finishedAt: Date().timeIntervalSince1970,
            resumes: episode.resumes, spanTimes: samples.flatMap(\.times))
    }
}
