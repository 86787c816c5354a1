/// GDPO: each named reward is compared within the group by itself, then they are weighted and added up.
///
///     part = (reward − mean of the group) / (standard deviation of the group + epsilon), for each name
///     advantage = Σ weight · part, whitened over all tokens of the batch
///
/// A reward that hardly varies is not drowned by one that does. A name that a rollout lacks counts as 0 there; a name
/// without a weight weighs 1.
///
/// Source: GDPO, arXiv 2601.05242.
public struct DecoupledRewardEstimator: AdvantageEstimator {
    public static let name = "gdpo"
    public static let needs: Set<EstimatorNeed> = [.groups, .namedRewards]

    /// Of each named reward; 1 where none is given.
    public var weights: [String: Double] = [:]
    /// Keeps the division finite for groups of equal rewards.
    public var epsilon = 1e-6
    /// Whether the sum is whitened over the batch, so that its size does not grow with the number of rewards.
    public var whitens = true

    public init() {}

    public static let settings: [Setting<Self>] = [
        .numbers("reward_weights", \.weights, "weight of each named reward, 1 where none is given"),
        .number("epsilon", \.epsilon, in: .positive, "added to the standard deviation"),
        .flag("whiten", \.whitens, "whether the sum is whitened over the batch"),
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        let advantages = rollouts.comparedByGroup { members, rewards in
            let names = Set(members.flatMap(\.namedRewards.keys)).sorted()
            return names.reduce([Double](repeating: 0, count: members.count)) { sums, name in
                let parts = members.map { $0.namedRewards[name] ?? 0 }.standardized(epsilon: epsilon)
                let weight = weights[name] ?? 1
                return zip(sums, parts).map { $0 + weight * $1 }
            }
        }
        return whitens ? Whitening.whitened(advantages, of: rollouts) : advantages.map(RolloutCredit.uniform)
    }
}

extension AlgorithmDefinition {
    public static let gdpo = AlgorithmDefinition(
        "gdpo", summary: "several rewards, each normalized by itself before they are added",
        formula: "whitened(sum of weight * (part - group mean) / (group deviation + epsilon))",
        source: "GDPO, arXiv 2601.05242",
        whenToUse: "Several rewards of different sizes, such as correctness, format and length.",
        notes:
            """
            None of the rewards drowns another. A name that a rollout lacks counts as 0 there.
            """,
        estimator: DecoupledRewardEstimator.self)
}
