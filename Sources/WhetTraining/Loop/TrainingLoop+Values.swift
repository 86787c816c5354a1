import WhetAlgorithms
import WhetCore
import WhetRollouts
import WhetStore

/// What rollouts are measured against where no group is: SPO's values and the means of roles.
extension TrainingLoop {
    /// Starts every prompt's value from rollouts of the starting policy, where the algorithm wants it so.
    ///
    /// Not stored as values: they follow from rollouts of version 0 that are, and are counted again after a resume.
    func startValues(_ state: inout LoopState) async throws {
        guard var tracker = state.tracker, algorithm.offlineSamples > 0, let prompts = recipe.rollout.prompts else {
            return
        }
        let chunk = max(1, 4_096 / algorithm.offlineSamples)
        for first in stride(from: 0, to: prompts, by: chunk) {
            if stop.isRequested { throw CancellationError() }
            var plans: [RolloutPlan] = []
            for prompt in first..<min(first + chunk, prompts) {
                plans += try RolloutPlan.group(
                    GroupID(prompt, purpose: .offline), of: await components.curriculum.task(prompt),
                    size: algorithm.offlineSamples, format: components.format, runSeed: recipe.run.seed)
            }
            let rollouts = try await playMissing(
                plans, orchestrator: orchestrator, limits: limits, version: .initial, step: 0)
            tracker.start(from: rollouts)
        }
        state.tracker = tracker
    }

    /// What each rollout is measured against, by the values before any of these rollouts joined them.
    func baselines(for rollouts: [Rollout], _ collected: Collected, _ state: inout LoopState) -> [RolloutID: Double] {
        var baselines: [RolloutID: Double] = [:]
        for rollout in rollouts {
            if let tracker = state.tracker, let prompt = collected.prompts[rollout.id.group] {
                baselines[rollout.id] = tracker.value(of: LoopState.name(of: prompt))
            } else if algorithm.needs.contains(.roleValue), let score = rollout.score {
                baselines[rollout.id] = state.roles.observe(score.reward, role: rollout.task.environment)
            } else {
                baselines[rollout.id] = collected.greedyRewards[rollout.id.group]
            }
        }
        return baselines
    }

    /// Takes a step's rewards up into the values of their prompts, after credit was computed from the values before.
    ///
    /// - Returns: the prompts that were visited, and how far the policy moved since their last visits, on average.
    func observe(
        _ rollouts: [Rollout], _ collected: Collected, _ state: inout LoopState
    ) async throws -> (prompts: [Int], divergence: Double?) {
        guard var tracker = state.tracker else { return ([], nil) }
        let visits = rollouts.compactMap { rollout in
            collected.prompts[rollout.id.group].map { (rollout: rollout, prompt: $0) }
        }
        let divergences = try await divergences(of: visits.compactMap { state.lastRollouts[$0.prompt] })
        for (rollout, prompt) in visits {
            guard let score = rollout.score else { continue }
            let divergence = state.lastRollouts[prompt].flatMap { divergences[$0] }
            tracker.observe(score.reward, prompt: LoopState.name(of: prompt), divergence: divergence)
            state.lastRollouts[prompt] = rollout.id
        }
        state.tracker = tracker
        return (visits.map(\.prompt), divergences.isEmpty ? nil : Array(divergences.values.sorted()).mean)
    }

    /// How far the trainer's policy is from the one that played these stored rollouts.
    private func divergences(of ids: [RolloutID]) async throws -> [RolloutID: Double] {
        guard !ids.isEmpty else { return [:] }
        let wanted = Set(ids)
        let stored = try await components.store.finishedRollouts(run: run, groups: Set(ids.map(\.group)).sorted())
        let samples = TrainingSample.samples(of: stored.filter { wanted.contains($0.id) })
        let now = try await components.backend.logProbabilities(of: samples.map(\.sequence))
        return Dictionary(grouping: samples.indices, by: { samples[$0].rollout.id }).mapValues { places in
            BetaTracker.divergence(
                now: places.flatMap { now[$0].map(Double.init) },
                then: places.flatMap { samples[$0].behaviorLogProbabilities.map(Double.init) },
                policyMask: places.flatMap { samples[$0].policyMask })
        }
    }
}
