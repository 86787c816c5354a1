/// REINFORCE++ with a baseline: what a rollout is better than its siblings, whitened over all tokens of the batch.
///
///     advantage = whitened(reward − mean of the group)
///
/// A group of one keeps its reward before whitening.
///
/// Source: REINFORCE++, arXiv 2501.03262, the form with a group baseline.
struct ReinforcePlusPlusBaselineEstimator: AdvantageEstimator {
    static let name = "reinforce_plus_plus_baseline"

    init() {}

    func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        Whitening.whitened(rollouts.comparedByGroup { $0.aboveMean }, of: rollouts)
    }
}

extension AlgorithmDefinition {
    static let reinforcePlusPlusBaseline = AlgorithmDefinition(
        "reinforce_plus_plus_baseline",
        summary: "group differences whitened over the whole batch instead of within the group",
        formula: "whitened(reward - group mean)",
        source: "REINFORCE++, arXiv 2501.03262",
        whenToUse: "Groups whose own spread is a poor measure: small ones, or nearly equal rewards.",
        estimator: ReinforcePlusPlusBaselineEstimator.self)
}
