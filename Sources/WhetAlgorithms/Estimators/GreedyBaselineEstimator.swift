/// ReMax: what a rollout is better than the greedy rollout of the same task.
///
///     advantage(t) = Σ rewards from t on − reward of the greedy rollout
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
}

extension AlgorithmDefinition {
    public static let remax = AlgorithmDefinition(
        "remax", summary: "REINFORCE against the greedy rollout of the same task",
        formula: "reward - reward of the greedy rollout",
        source: "ReMax, arXiv 2310.10505",
        whenToUse: "One sampled and one greedy rollout a task cost less than a group.",
        estimator: GreedyBaselineEstimator.self, objective: PolicyGradient.self)
}
