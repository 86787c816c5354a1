import WhetCore

/// MaxRL: what a rollout is better than its siblings, relative to how often the group succeeds.
///
///     advantage = (reward − mean of the group) / mean of the group
///
/// The gradient then follows the log of the success rate, as maximum likelihood does: rare successes weigh more.
/// For rewards of 0 or more; a group whose mean is not above 0 gives zeros, and a group of one does, too.
///
/// Source: Maximum Likelihood Reinforcement Learning, arXiv 2602.02710.
public struct MaximumLikelihoodEstimator: AdvantageEstimator {
    public static let name = "max_rl"

    /// A group whose mean reward is smaller counts as never solved.
    public var epsilon = 1e-6

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("epsilon", \.epsilon, in: .positive, "a smaller mean reward counts as never solved")
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.creditedByGroup { rewards in
            let mean = rewards.mean
            return rewards.map { mean < epsilon ? 0 : ($0 - mean) / mean }
        }
    }
}

extension AlgorithmDefinition {
    public static let maxRL = AlgorithmDefinition(
        "max_rl", summary: "climbs the log of the success rate: rare successes weigh more",
        formula: "(reward - group mean) / group mean",
        source: "Maximum Likelihood Reinforcement Learning, arXiv 2602.02710",
        whenToUse: "Rewards of 0 and 1 with many hard tasks; needs large groups to see rare successes.",
        notes:
            """
            Zeros where the mean is below `epsilon`. It climbs the log of the success rate instead of the \
            rate. For rewards of 0 or more.
            """,
        estimator: MaximumLikelihoodEstimator.self, objective: PolicyGradient.self)
}
