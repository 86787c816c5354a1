/// Dr. GRPO: what a rollout is better than its siblings, not divided by how much they differ.
///
///     advantage = reward − mean of the group
///
/// Without the division, tasks that are almost always or almost never solved weigh no more than others. A group of one
/// keeps its reward.
///
/// Source: Understanding R1-Zero-Like Training, arXiv 2503.20783.
public struct UnnormalizedGroupEstimator: AdvantageEstimator {
    public static let name = "dr_grpo"

    public init() {}

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.creditedByGroup { $0.aboveMean }
    }
}

extension AlgorithmDefinition {
    public static let drGRPO = AlgorithmDefinition(
        "dr_grpo", summary: "GRPO without its biases: no division by the spread, none by the length",
        formula: "reward - group mean",
        source: "Understanding R1-Zero-Like Training, arXiv 2503.20783",
        whenToUse: "When answers grow long without getting better, or easy and hard tasks should weigh alike.",
        notes:
            """
            Neither spread nor length biases the step. Set `normalization_length` to the most tokens a \
            policy may write, or the size of steps follows the longest rollout of each batch.
            """,
        estimator: UnnormalizedGroupEstimator.self,
        defaults: ["aggregation": "seq-mean-token-sum-norm"])
}
