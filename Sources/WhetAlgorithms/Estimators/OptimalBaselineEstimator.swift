import WhetCore

/// OPO: the baseline that gives the least variance when gradients grow with length, the length-weighted mean.
///
///     advantage = reward − Σ length · reward / Σ length over the group
///
/// Length counts the tokens that the policy chose. A group of one keeps its reward.
///
/// Source: On-Policy RL with Optimal Reward Baseline, arXiv 2505.23585.
public struct OptimalBaselineEstimator: AdvantageEstimator {
    public static let name = "opo"

    public init() {}

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        let advantages = rollouts.comparedByGroup { members, rewards in
            guard rewards.count > 1 else { return rewards }
            let lengths = members.map { Double($0.policyTokenCount) }
            let total = lengths.reduce(0, +)
            let baseline = total == 0 ? rewards.mean : zip(lengths, rewards).reduce(0) { $0 + $1.0 * $1.1 } / total
            return rewards.map { $0 - baseline }
        }
        return advantages.map(RolloutCredit.uniform)
    }
}

extension AlgorithmDefinition {
    public static let opo = AlgorithmDefinition(
        "opo", summary: "the least-variance baseline: the length-weighted mean of the group",
        formula: "reward - sum(length * reward) / sum(length)",
        source: "On-Policy RL with Optimal Reward Baseline, arXiv 2505.23585",
        whenToUse: "Strictly on-policy training with answers of very different lengths.",
        notes:
            """
            The baseline of least variance, if gradients grow with length.
            """,
        estimator: OptimalBaselineEstimator.self, objective: PolicyGradient.self)
}
