/// RLOO: what a rollout is better than the mean of its siblings, itself left out.
///
///     advantage = reward − mean of the others = (reward − mean of the group) · n / (n − 1)
///
/// Unbiased, because the baseline does not contain the reward. A group of one keeps its reward.
///
/// Source: Back to Basics, arXiv 2402.14740; Kool et al. 2019.
public struct LeaveOneOutEstimator: AdvantageEstimator {
    public static let name = "rloo"

    public init() {}

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.creditedByGroup { rewards in
            guard rewards.count > 1 else { return rewards }
            let scale = Double(rewards.count) / Double(rewards.count - 1)
            return rewards.aboveMean.map { $0 * scale }
        }
    }
}

extension AlgorithmDefinition {
    public static let rloo = AlgorithmDefinition(
        "rloo", summary: "REINFORCE with a leave-one-out baseline",
        formula: "reward - mean of the other members",
        source: "Back to Basics, arXiv 2402.14740",
        whenToUse: "Unbiased and plain: good when a batch is used for a single step.",
        notes:
            """
            The same as (r − mean(g)) · n / (n − 1).
            """,
        estimator: LeaveOneOutEstimator.self, objective: PolicyGradient.self)
}
