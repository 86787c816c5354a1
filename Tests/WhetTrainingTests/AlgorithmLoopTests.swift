import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetStore

@testable import WhetTraining

/// Each part of an algorithm that the loop brings, on a tiny policy whose words decide its rewards.
@Suite("Algorithms in the loop")
struct AlgorithmLoopTests {
    /// Settings that turn one part of the loop on.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let settings: [String]
        var testDescription: String { name }
    }

    private static let single = ["rollout.group_size=1", "rollout.groups_per_step=6"]
    static let cases: [Case] = [
        Case(name: "spo", settings: ["algorithm=spo", "rollout.prompts=8", "algorithm.offline_samples=2"] + single),
        Case(
            name: "spo from the prior",
            settings: ["algorithm=spo", "rollout.prompts=9", "algorithm.offline_samples=0"] + single),
        Case(name: "a pool of prompts", settings: ["rollout.prompts=5"]),
        Case(name: "dynamic sampling", settings: ["algorithm=dapo", "algorithm.dynamic_sampling_limit=3"]),
        Case(name: "token importance", settings: ["algorithm=grpo", "algorithm.importance_sampling=token"]),
        Case(
            name: "masked sequences",
            settings: [
                "algorithm=grpo", "algorithm.importance_sampling=sequence", "algorithm.importance_mode=mask",
                "algorithm.veto=0.0001",
            ]),
        Case(name: "KL in the loss", settings: ["algorithm=grpo", "algorithm.kl_coefficient=0.1"]),
        Case(
            name: "KL in the reward",
            settings: ["algorithm=reinforce_plus_plus", "algorithm.kl_coefficient=0.1", "algorithm.kl_in=reward"]),
        Case(
            name: "replay",
            settings: [
                "replay.groups_per_step=2", "replay.maximum_age=2", "algorithm=grpo", "algorithm.max_staleness=1",
            ]),
        Case(
            name: "imitation",
            settings: ["replay.groups_per_step=2", "replay.solved_only=true", "replay.train_as=cross_entropy"]),
        Case(name: "remax", settings: ["algorithm=remax", "rollout.group_size=1"]),
        Case(name: "rae", settings: ["algorithm=rae", "rollout.group_size=1"]),
    ]

    @Test("a run that broke off ends as one that never did, whatever the algorithm carries on", arguments: cases)
    func resumes(_ part: Case) async throws {
        let settings = ["run.checkpoint_every=2"] + part.settings
        let (whole, broken) = (
            try TinyRun(settings: settings, scoring: .words), try TinyRun(settings: settings, scoring: .words)
        )
        defer {
            whole.remove()
            broken.remove()
        }
        try await whole.train()
        for limit in [9, 25] {
            do { try await broken.train(stopAfter: limit) } catch is WhetError {}
        }
        try await broken.train()
        #expect(try whole.weights() == broken.weights())
        let (expected, resumed) = (try await whole.outcomes(), try await broken.outcomes())
        #expect(expected == resumed)
        let stores = (try whole.store(), try broken.store())
        #expect(
            try await stores.0.promptValues(run: TinyRun.id, after: 5)
                == stores.1.promptValues(run: TinyRun.id, after: 5))
        let states = (
            try await stores.0.steps(of: TinyRun.id).map(\.state), try await stores.1.steps(of: TinyRun.id).map(\.state)
        )
        #expect(states.0 == states.1)
    }

    @Test("SPO plays no groups, starts from offline samples and stores a value a visit")
    func singlePrompt() async throws {
        let run = try TinyRun(settings: Self.cases[0].settings, scoring: .words)
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let played = try await store.rollouts(RolloutFilter(run: TinyRun.id)).map(\.rollout.id)
        #expect(played.count { $0.group.purpose == .offline } == 16)
        let training = played.filter { $0.group.purpose == .training }
        #expect(training.count == 30)
        #expect(training.allSatisfy { $0.member == 0 })
        let values = try await store.promptValues(run: TinyRun.id, after: 5)
        #expect(values.count == 8 || values.count == 7)
        #expect(values.allSatisfy { $0.lastRollout != nil && $0.alpha > 0 && $0.beta > 0 })
        // The value before a step is that of its predecessors alone.
        let first = try await store.promptValues(run: TinyRun.id, after: 1)
        #expect(first.count == 6)
        let divergences = try await store.steps(of: TinyRun.id).compactMap { $0.metrics["spo/divergence"] }
        #expect(divergences.contains { $0 > 0 })
    }

    @Test("dynamic sampling trains on groups that differ and marks the others, up to its limit")
    func dynamicSampling() async throws {
        let run = try TinyRun(settings: ["algorithm=dapo", "algorithm.dynamic_sampling_limit=3"], scoring: .words)
        defer { run.remove() }
        try await run.train()
        let store = try run.store()
        let rollouts = try await store.rollouts(RolloutFilter(run: TinyRun.id)).map(\.rollout)
        let groups = Dictionary(grouping: rollouts.filter { $0.id.group.purpose == .training }, by: \.id.group)
        #expect(groups.count > 15, "some groups were equal and were replaced")
        for members in groups.values {
            let differ = Set(members.compactMap(\.score?.reward)).count > 1
            #expect(members.allSatisfy { ($0.status == .filtered) == !differ })
        }
        #expect(groups.values.count { $0[0].status != .filtered } == 15)
        // Numbers without a hole: one filtered group, one new.
        #expect(Set(groups.keys.map(\.index)) == Set(0..<groups.count))
    }

    @Test("a limit of one group each plays no more, and says so when none is left")
    func dynamicSamplingLimit() async throws {
        let run = try TinyRun(
            settings: [
                "algorithm=dapo", "algorithm.dynamic_sampling_limit=1", "algorithm.dynamic_sampling_tolerance=2",
            ], scoring: .words)
        defer { run.remove() }
        let error = await #expect(throws: WhetError.self) { try await run.train() }
        #expect(error?.problem.contains("filtered all 3 groups") == true)
    }

    @Test("importance weights bring off-policy metrics; the reference brings its KL")
    func metrics() async throws {
        let weighted = try TinyRun(
            settings: ["algorithm=grpo", "algorithm.importance_sampling=token", "algorithm.kl_coefficient=0.1"],
            scoring: .words)
        defer { weighted.remove() }
        try await weighted.train()
        let last = try #require(try await weighted.store().steps(of: TinyRun.id).last)
        // Server and trainer agree, so nothing is corrected.
        #expect(abs((last.metrics["off_policy/ratio_mean"] ?? 0) - 1) < 1e-4)
        #expect((last.metrics["train/reference_kl"] ?? 0) > 0)
        for name in last.metrics.keys.sorted() {
            #expect(MetricCatalog.metric(name) != nil, "\(name) is not described")
        }
    }

    @Test("replayed groups are of earlier steps, no older than allowed, and never filtered ones")
    func replay() async throws {
        let run = try TinyRun(settings: ["replay.groups_per_step=2", "replay.maximum_age=2"], scoring: .words)
        defer { run.remove() }
        try await run.train()
        let steps = try await run.store().steps(of: TinyRun.id).filter { $0.kind == .training }
        #expect(steps.first?.metrics["replay/rollouts"] == nil)
        #expect(steps.dropFirst().allSatisfy { $0.metrics["replay/rollouts"] == 8 })
    }

    @Test("what cannot work is refused with the reason")
    func refusals() throws {
        func refusal(_ settings: String...) -> String {
            do {
                let recipe = try TinyRun(settings: settings).recipe
                let algorithm = try Algorithm.named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
                try algorithm.checkTrainable()
                try algorithm.checkReplay(recipe.replay)
                try algorithm.check(groupSize: recipe.rollout.groupSize)
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal("algorithm=gae").contains("critic"))
        #expect(refusal("algorithm=turn_level").contains("credits what 5 of a group reached, and groups have 4"))
        #expect(refusal("algorithm=step_level").contains("credits what 5 of a group reached"))
        #expect(refusal("algorithm=spo").contains("no groups"))
        #expect(refusal("algorithm=spo", "rollout.group_size=1", "replay.groups_per_step=1").contains("moved on"))
        #expect(refusal("replay.groups_per_step=1", "replay.solved_only=true").contains("compared"))
        #expect(refusal("algorithm=grpo", "algorithm.cross_entropy_weight=0.1").contains("would do nothing"))
        #expect(refusal("algorithm=grpo", "algorithm.reverse_kl_weight=0.1").contains("would do nothing"))
        #expect(
            refusal(
                "algorithm=grpo", "algorithm.cross_entropy_weight=0.1", "replay.groups_per_step=2",
                "replay.train_as=cross_entropy") == "")
        #expect(refusal("algorithm=grpo") == "")
    }
}
