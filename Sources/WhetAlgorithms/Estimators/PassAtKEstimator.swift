/// GRPO for pass@k: only the best rollout of a group gets credit, for what it adds to the second best.
///
///     advantage of the best = (best − second best) / (standard deviation of the group + epsilon), all others 0
///
/// Of equally good ones nobody adds anything. A group of one gets 0: nobody is second.
///
/// Source: Optimizing Language Models for Inference Time Objectives, arXiv 2503.19595, in the form that verl gives it.
public struct PassAtKEstimator: AdvantageEstimator {
    public static let name = "grpo_passk"

    public var normalization = GroupRelativeEstimator.Normalization.std
    /// Keeps the division finite for groups of equal rewards.
    public var epsilon = 1e-6

    public init() {}

    public static let settings: [Setting<Self>] = [
        .choice("normalize", \.normalization, "what the best rollout's lead is divided by"),
        .number("epsilon", \.epsilon, in: .positive, "added to the standard deviation"),
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.creditedByGroup { rewards in
            var advantages = [Double](repeating: 0, count: rewards.count)
            let ranked = rewards.indices.sorted { rewards[$0] > rewards[$1] }
            guard ranked.count > 1 else { return advantages }
            let lead = rewards[ranked[0]] - rewards[ranked[1]]
            let scale = normalization == .std ? rewards.standardDeviation + epsilon : 1
            advantages[ranked[0]] = lead / scale
            return advantages
        }
    }
}

extension AlgorithmDefinition {
    public static let passAtK = AlgorithmDefinition(
        "grpo_passk", summary: "credit only for what the best of a group adds to the second best",
        formula: "(best - second best) / (group deviation + epsilon) for the best, 0 for others",
        source: "Optimizing Language Models for Inference Time Objectives, arXiv 2503.19595",
        whenToUse: "When the best of k answers counts, not the mean.",
        notes:
            """
            In the form that verl gives it.
            """,
        estimator: PassAtKEstimator.self)
}
