/// GPG: what a rollout is better than its siblings, scaled up for the rollouts of the batch that earned nothing.
///
///     advantage = (rollouts / rollouts with a reward other than 0) · (reward − mean of the group) / f_norm
///
/// A group of one keeps its reward, scaled alike.
///
/// Source: Group Policy Gradient, arXiv 2504.02546.
struct GroupPolicyGradientEstimator: AdvantageEstimator {
    static let name = "gpg"

    /// Divides every advantage.
    var normalizer = 1.0

    init() {}

    static let settings: [Setting<Self>] = [
        .number("f_norm", \.normalizer, in: .positive, "divides every advantage")
    ]

    func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        let rewarded = max(1, rollouts.count { $0.totalReward != 0 })
        let scale = Double(rollouts.count) / Double(rewarded) / normalizer
        return rollouts.creditedByGroup { $0.aboveMean.map { $0 * scale } }
    }
}

extension AlgorithmDefinition {
    static let gpg = AlgorithmDefinition(
        "gpg", summary: "plain policy gradient on group differences, scaled up for rollouts that earned nothing",
        formula: "(rollouts / rollouts with a reward) * (reward - group mean) / f_norm",
        source: "Group Policy Gradient, arXiv 2504.02546",
        whenToUse: "When many rollouts of a batch earn nothing and steps would shrink.",
        estimator: GroupPolicyGradientEstimator.self, objective: PolicyGradient.self)
}
