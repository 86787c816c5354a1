/// REINFORCE++: the discounted return of every token, whitened over all tokens of the batch. No groups.
///
///     return(t) = reward(t) + gamma · return(next token that the policy chose)
///     advantage = (return − mean) / √(variance + 1e-8)
///
/// Tokens of the environment take no time: the discount steps over them.
///
/// Source: REINFORCE++, arXiv 2501.03262.
public struct ReinforcePlusPlusEstimator: AdvantageEstimator {
    public static let name = "reinforce_plus_plus"
    public static let needs: Set<EstimatorNeed> = []

    /// What a reward is worth one token earlier.
    public var gamma = 1.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("gamma", \.gamma, in: 0...1, "what a reward is worth one token earlier")
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        if gamma == 1, rollouts.allSatisfy({ $0.tokenRewards == nil }) {
            return Whitening.whitened(rollouts.map(\.reward), of: rollouts)
        }
        let passes = rollouts.map { BackwardPass(returnsOf: $0, gamma: gamma) }
        return Whitening.whitened(passes, of: rollouts, pivot: rollouts.first?.reward ?? 0)
    }
}

extension AlgorithmDefinition {
    public static let reinforcePlusPlus = AlgorithmDefinition(
        "reinforce_plus_plus", summary: "REINFORCE with returns whitened over the whole batch",
        formula: "whitened(discounted return from the token on)",
        source: "REINFORCE++, arXiv 2501.03262",
        whenToUse: "One rollout a task, dense or mixed tasks, large batches; pairs well with KL in the reward.",
        notes:
            """
            return(t) = reward(t) + gamma · return(next policy token). Goes well with `kl_in: reward`.
            """,
        estimator: ReinforcePlusPlusEstimator.self)
}
