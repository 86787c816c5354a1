import WhetAlgorithms
import WhetCore
import WhetRollouts
import WhetStore

extension TrainingLoop {
    /// A step's groups, played to their ends: those that an earlier start gave it, or the dispatcher's next.
    func collect(step: Int, from collection: RolloutCollection, _ state: inout LoopState) async throws -> Collected {
        var collected: Collected
        if let groups = try await collection.stored(step: step) {
            collected = Collected(groups)
            if collection.isLastHanded(step) { await collection.dispatcher.playAhead() }
            state.kept[step] = groups.filter(\.isKept).map(\.number)
        } else {
            let batch = try await collection.dispatcher.batch()
            collected = Collected(batch.groups)
            collected.metrics = batch.metrics
            try check(collected, step: step)
            try await collection.hand(batch.groups, to: step)
            state.kept[step] = batch.groups.filter(\.isKept).map(\.number)
        }
        if algorithm.needs.contains(.greedyReward) { try await playGreedy(step: step, into: &collected) }
        return collected
    }

    /// One greedy rollout a group, which the others are measured against.
    private func playGreedy(step: Int, into collected: inout Collected) async throws {
        var plans: [RolloutPlan] = []
        let groups = Dictionary(grouping: collected.rollouts, by: \.id.group)
        for (group, members) in groups.sorted(by: { $0.key < $1.key }) {
            plans += try RolloutPlan.group(
                GroupID(group.index, purpose: .baseline), of: members[0].task, size: 1, format: components.format,
                runSeed: recipe.run.seed)
        }
        var sampling = recipe.rollout.sampling
        sampling.temperature = 0
        let rollouts = try await playMissing(
            plans, orchestrator: orchestrator, limits: Self.limits(sampling, recipe, components),
            version: PolicyVersion(step - 1), step: step)
        for rollout in rollouts {
            guard let score = rollout.score else {
                throw WhetError(
                    "the greedy rollout \(rollout.id), which others are measured against, gave no score: "
                        + (rollout.reason ?? rollout.status.rawValue),
                    remedy: "mend what failed, then `whet train --resume \(run)`")
            }
            collected.greedyRewards[GroupID(rollout.id.group.index)] = score.reward
        }
    }

    private func check(_ collected: Collected, step: Int) throws {
        let failed = collected.failures.count
        guard Double(failed) <= recipe.rollout.failedShareAllowed * Double(collected.played) else {
            throw WhetError(
                "\(failed) of \(collected.played) rollouts of step \(step) failed; the first: \(collected.failures[0])",
                expected: "at most a share of \(recipe.rollout.failedShareAllowed) (rollout.failed_share_allowed)",
                remedy: "mend what failed, then `whet train --resume \(run)`")
        }
        let wanted = recipe.rollout.groupsPerStep
        guard collected.groupsKept < wanted else { return }
        guard collected.groupsKept > 0 else {
            throw WhetError(
                "dynamic sampling filtered all \(collected.groupsPlayed) groups of step \(step): "
                    + "each had equal rewards",
                at: "algorithm.dynamic_sampling_limit",
                remedy: "tasks that the policy solves sometimes, or larger groups")
        }
        report(
            .notice(
                "step \(step) goes on with \(collected.groupsKept) of \(wanted) groups: dynamic sampling reached its "
                    + "limit of \(collected.groupsPlayed) played"))
    }
}
