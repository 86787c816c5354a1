/// GRPO: a rollout is worth what it is better than its siblings.
///
///     advantage = (reward − mean of the group) / (standard deviation of the group + epsilon)
///
/// The same for every token that the policy chose. A group of one keeps its reward; a group of equal rewards gives
/// zeros.
///
/// Source: DeepSeekMath, arXiv 2402.03300, section 4.1.
public struct GroupRelativeEstimator: AdvantageEstimator {
    public static let name = "grpo"

    public enum Normalization: String, Sendable, CaseIterable {
        /// Divides by the group's standard deviation.
        case std
        case none
    }

    public var normalization = Normalization.std
    /// Keeps the division finite for groups of equal rewards.
    public var epsilon = 1e-6

    public init() {}

    public static let settings: [Setting<Self>] = [
        .choice("normalize", \.normalization, "what a group's differences are divided by"),
        .number("epsilon", \.epsilon, in: .positive, "added to the standard deviation"),
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.creditedByGroup { rewards in
            normalization == .std ? rewards.standardized(epsilon: epsilon) : rewards.aboveMean
        }
    }
}

extension AlgorithmDefinition {
    public static let grpo = AlgorithmDefinition(
        "grpo", summary: "group-relative policy optimization: better than the siblings, in units of their spread",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "DeepSeekMath, arXiv 2402.03300",
        whenToUse: "The usual start: verifiable rewards, several rollouts a task, no critic.",
        notes:
            """
            A group of one keeps its reward, a group of equal rewards gives zeros. The division by the \
            deviation weighs tasks that are almost always or almost never solved most.
            """,
        estimator: GroupRelativeEstimator.self)
}
