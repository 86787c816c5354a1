/// ReMax: what a rollout is better than the greedy rollout of the same task.
///
///     advantage(t) = Σ rewards from t on − reward of the greedy rollout
///
/// `advantages` has verl's layout: a token of the environment before the policy's last holds the rewards after it,
/// because verl takes the baseline from the policy's tokens alone. Every loss masks such tokens, and `credit` gives
/// them none.
///
/// Source: ReMax, arXiv 2310.10505.
public struct GreedyBaselineEstimator: AdvantageEstimator {
    public static let name = "remax"
    public static let needs: Set<EstimatorNeed> = [.greedyReward]

    public init() {}

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.map { rollout in
            let baseline = rollout.baseline ?? 0
            guard rollout.tokenRewards != nil else { return .uniform(rollout.reward - baseline) }
            return .returns(BackwardPass(returnsOf: rollout, gamma: 1), shift: baseline, scale: 1)
        }
    }

    public func advantages(for rollouts: [ScoredRollout]) throws -> [[Double]] {
        let credit = try credit(for: rollouts)
        return mapInParallel(credit.count) { index in
            let rollout = rollouts[index]
            var advantages = credit[index].advantages(over: rollout.policyMask)
            guard rollout.policyTokenCount < rollout.policyMask.count else { return advantages }
            advantages.withUnsafeMutableBufferPointer { advantages in
                var toCome = 0.0, outcome = rollout.reward
                for place in advantages.indices.reversed() {
                    if rollout.policyMask[place] {
                        toCome += outcome + (rollout.tokenRewards?[place] ?? 0)
                        outcome = 0
                    } else {
                        advantages[place] = toCome
                    }
                }
            }
            return advantages
        }
    }
}

extension AlgorithmDefinition {
    public static let remax = AlgorithmDefinition(
        "remax", summary: "REINFORCE against the greedy rollout of the same task",
        formula: "reward - reward of the greedy rollout",
        source: "ReMax, arXiv 2310.10505",
        whenToUse: "One sampled and one greedy rollout a task cost less than a group.",
        notes:
            """
            A(t) = Σ rewards from t on − reward of the greedy rollout. \
            (`GreedyBaselineEstimator.advantages` writes verl's layout, in which the environment's tokens \
            before the policy's last hold the return without the baseline; losses mask them, and what the \
            loop trains has 0 there.)
            """,
        estimator: GreedyBaselineEstimator.self, objective: PolicyGradient.self)
}
