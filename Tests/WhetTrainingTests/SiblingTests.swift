import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts
import WhetStore

@testable import WhetTraining

/// Answers every task in several conversations, as agents do: so many as the member's number says.
struct SeveralConversations: AgentHost {
    func play(
        _ episode: Episode, in environment: AgentEnvironment, by player: EpisodePlayer, limits: EpisodeLimits,
        version: PolicyVersion?
    ) async throws -> Rollout {
        let plan = episode.plan
        var rollout = episode.rollout(.failed, reason: nil)
        do {
            for number in 0...plan.id.member {
                let request = GenerationRequest(
                    id: "\(player.run)-\(plan.id)-\(number)-\(episode.resumes)", tokens: plan.prompt,
                    sampling: limits.sampling, seed: plan.seed &+ UInt64(number))
                let generation = try await player.server.generate(request)
                var trajectory = TokenTrajectory()
                try trajectory.append(TokenSpan(.prompt, tokens: plan.prompt))
                let policy = TokenSpan.Policy(
                    behaviorLogProbabilities: generation.logProbabilities,
                    version: try #require(generation.version ?? version),
                    sampling: limits.sampling, requestID: request.id, server: player.server.name)
                try trajectory.append(TokenSpan(.policy(policy), tokens: generation.tokens))
                if number == 0 { rollout.trajectory = trajectory } else { rollout.siblings.append(trajectory) }
                rollout.messages = plan.task.messages + [Message(.assistant, player.format.text(of: generation.tokens))]
            }
            rollout.score = try await environment.score(rollout.messages, of: plan.task)
            rollout.status = .completed
        } catch {
            if Task.isCancelled { throw CancellationError() }
            rollout.reason = "\(error)"
        }
        return rollout
    }

    func discard(_ rollout: RolloutID) async {}
}

@Suite("Rollouts that are not trained on")
struct UntrainedTests {
    @Test("what could not be judged is in no batch and no baseline (trap 24)")
    func leavesOutUnjudged() async throws {
        let run = try TinyRun(settings: ["rollout.failed_share_allowed=0.9"], scoring: .sometimes)
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let stored = try await store.rollouts(RolloutFilter(run: TinyRun.id, purpose: .training)).map(\.rollout)
        let failed = stored.filter { $0.status == .failed }
        #expect(!failed.isEmpty && failed.allSatisfy { $0.score == nil && $0.reason?.contains("silent") == true })
        for step in try await store.steps(of: TinyRun.id) where step.kind == .training {
            let own = stored.filter { ($0.id.group.index / 3) + 1 == step.step && $0.score != nil }
            let tokens = own.reduce(0) { $0 + $1.policyTokenCount }
            #expect(step.metrics["train/tokens"] == Double(tokens))
            let mean = own.compactMap(\.score?.reward).reduce(0, +) / Double(own.count)
            #expect(abs((step.metrics["reward/mean"] ?? -1) - mean) < 1e-12)
        }
        try await store.close()
    }

    @Test("what is too old is not trained on, whole rollouts and whole steps included (trap 31)")
    func skipsMasked() async throws {
        let run = try TinyRun(
            settings: [
                "rollout.scheduling.mode=asynchronous", "rollout.scheduling.maximum_staleness=0",
                "rollout.scheduling.excess=mask", "inference.concurrency=36", "trainer.mini_batches=2",
            ], scoring: .words)
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let stored = try await store.rollouts(RolloutFilter(run: TinyRun.id, purpose: .training))
        for step in try await store.steps(of: TinyRun.id) where step.kind == .training {
            let spans = stored.filter { $0.step == step.step }.flatMap(\.rollout.trajectory.spans)
            let fresh = spans.filter { $0.policy?.version.number == step.step - 1 }
            #expect(step.metrics["train/tokens"] == Double(fresh.reduce(0) { $0 + $1.tokens.count }))
            #expect(step.metrics["train/loss"]?.isFinite == true)
        }
        try await store.close()
    }
}

/// Rollouts of several training samples: fan-out, as agents make it.
@Suite("Rollouts of several conversations (trap 23)")
struct SiblingTests {
    private func tiny(_ settings: [String] = []) throws -> TinyRun {
        try TinyRun(settings: settings, scoring: .words, agents: SeveralConversations())
    }

    @Test("are stored whole and trained on", arguments: ["synchronous", "april", "one_step_off", "asynchronous"])
    func trains(mode: String) async throws {
        let run = try tiny(["rollout.scheduling.mode=\(mode)"])
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let stored = try await store.rollouts(RolloutFilter(run: TinyRun.id, purpose: .training))
        #expect(stored.contains { $0.rollout.siblings.count == 3 })
        for stored in stored where stored.rollout.status == .completed {
            #expect(stored.rollout.siblings.count == stored.rollout.id.member)
        }
        let steps = try await store.steps(of: TinyRun.id).filter { $0.kind == .training }
        #expect(steps.count == 5)
        #expect(steps.allSatisfy { $0.metrics["train/loss"]?.isFinite == true })
        try await store.close()
    }

    @Test(
        "a run that broke off ends as one that never did",
        arguments: ["grpo", "spo", "reinforce_plus_plus", "dr_grpo", "gspo"], [6, 17, 31])
    func resumes(algorithm: String, scores: Int) async throws {
        let settings =
            ["algorithm=\(algorithm)"]
            + (algorithm == "spo" ? ["rollout.groups_per_step=12", "rollout.group_size=1"] : [])
        let (whole, broken) = (try tiny(settings), try tiny(settings))
        defer {
            whole.remove()
            broken.remove()
        }
        try await whole.train()
        do { try await broken.train(stopAfter: scores) } catch is WhetError {}
        try await broken.train()
        #expect(try broken.weights() == whole.weights())
    }

    @Test("each conversation gets its part of the rollout's credit")
    func splits() throws {
        func trajectory(_ prompt: Int, _ policy: Int, _ reply: Int) throws -> TokenTrajectory {
            var trajectory = TokenTrajectory()
            try trajectory.append(TokenSpan(.prompt, tokens: [Int32](repeating: 1, count: prompt)))
            func span(_ count: Int) -> TokenSpan {
                TokenSpan(
                    .policy(
                        .init(
                            behaviorLogProbabilities: [Float](repeating: -1, count: count), version: .initial,
                            sampling: SamplingParameters(), requestID: "r", server: "s")),
                    tokens: [Int32](repeating: 2, count: count))
            }
            try trajectory.append(span(policy))
            if reply > 0 {
                try trajectory.append(TokenSpan(.environment, tokens: [Int32](repeating: 3, count: reply)))
                try trajectory.append(span(1))
            }
            return trajectory
        }
        let task = PracticeTask(environment: "e", seed: 0, level: 0, messages: [], problem: .null)
        let rollout = Rollout(
            id: RolloutID(group: GroupID(0), member: 0), task: task, status: .completed, messages: [],
            trajectory: try trajectory(3, 2, 2), siblings: [try trajectory(1, 4, 0)],
            score: Score(reward: 1, isSolved: true), seed: 0, startedAt: 0, finishedAt: 0)
        #expect(rollout.creditedMask == [true, true, false, false, true, true, true, true, true])
        var samples = TrainingSample.samples(of: [rollout])
        let advantages = rollout.creditedMask.indices.map { rollout.creditedMask[$0] ? Double($0 + 1) : 0 }
        for place in samples.indices { samples[place].take(advantages) }
        #expect(samples.map(\.advantages) == [[0, 0, 0, 1, 2, 0, 0, 5], [0, 6, 7, 8, 9]])
        #expect(samples.map(\.owner) == [0, 0])
        for place in samples.indices { samples[place].take(nil) }
        #expect(samples.allSatisfy { !$0.mask.contains(true) })
    }
}
