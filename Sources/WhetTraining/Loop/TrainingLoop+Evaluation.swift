import Foundation
import WhetCore
import WhetRollouts
import WhetStore

extension TrainingLoop {
    /// Plays the held-out tasks if this is their step: before the first, after the last, and every so many between.
    ///
    /// What an earlier start has stored of this evaluation is taken up; a whole one is not played again.
    func evaluateIfDue(after step: Int) async throws {
        let every = recipe.evaluation.every
        let isDue = step == 0 || step == recipe.run.steps || (every > 0 && step % every == 0)
        guard isDue, !evaluator.tasks.isEmpty else { return }
        let done = try await components.store.evaluations(of: run)
        if let evaluation = done.first(where: { $0.step == step }) {
            report(.evaluated(.init(step: step, accuracy: evaluation.accuracy, problems: evaluation.problems)))
            return
        }
        let startedAt = Date().timeIntervalSince1970
        let plans = try evaluator.plans(number: step)
        let rollouts = try await playMissing(
            plans, orchestrator: evaluator.orchestrator, limits: evaluator.limits, version: PolicyVersion(step),
            step: step)
        try await components.store.flush()
        let result = try Evaluator.result(of: rollouts)
        try await components.store.record(
            EvaluationRecord(
                step: step, version: PolicyVersion(step), problems: result.problems, accuracy: result.accuracy,
                meanReward: result.reward, groups: evaluator.groups(number: step), startedAt: startedAt),
            run: run)
        report(.evaluated(.init(step: step, accuracy: result.accuracy, problems: result.problems)))
    }

    /// Plays those of the plans that the store has no final rollout of, and records each as it ends.
    ///
    /// - Returns: a rollout a plan, stored or played, in the plans' order.
    func playMissing(
        _ plans: [RolloutPlan], orchestrator: Orchestrator, limits: EpisodeLimits, version: PolicyVersion, step: Int
    ) async throws -> [Rollout] {
        var rollouts: [RolloutID: Rollout] = [:]
        let groups = Array(Set(plans.map(\.id.group)))
        for rollout in try await components.store.finishedRollouts(run: run, groups: groups) {
            rollouts[rollout.id] = rollout
        }
        let missing = plans.filter { rollouts[$0.id] == nil }
        let store = components.store
        let played = try await orchestrator.play(missing, limits: limits, version: version) { rollout in
            try await store.record(rollout, run: run, step: step)
        }
        for rollout in played { rollouts[rollout.id] = rollout }
        return plans.compactMap { rollouts[$0.id] }
    }
}
