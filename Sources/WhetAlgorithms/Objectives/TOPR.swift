/// TOPR: optimistic off-policy REINFORCE. What went well is learned as it is, what went badly only as far as the policy
/// still does it.
///
///     loss = −w · A · log-probability, w held constant: 1 where A ≥ 0, min(ratio, negative_limit) where A < 0
///
/// So old failures that the policy has left behind push it no further, and no success is ever cut off.
///
/// Source: Tapered Off-Policy REINFORCE, arXiv 2503.14286, with a ratio a token instead of a sequence.
public struct TOPR: TokenObjective, ConfigurableObjective {
    public static let name = "topr"
    public static let formula = "−w held · A · log p, w = 1 for A ≥ 0, min(ρ, limit) else"
    public static let source = "arXiv 2503.14286"

    /// The most that a failure's ratio counts.
    public var negativeLimit = 1.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("negative_limit", \.negativeLimit, in: .positive, "the most that a failure's ratio counts")
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let weight = token.advantage < 0 ? min(token.ratio, negativeLimit) : 1
        let slope = -weight * token.advantage
        return TokenLoss(
            loss: slope * token.logProbability, slope: slope,
            isClipped: token.advantage < 0 && token.ratio > negativeLimit)
    }
}

extension AlgorithmDefinition {
    public static let topr = AlgorithmDefinition(
        "topr", summary: "optimistic off-policy REINFORCE: successes in full, failures only where still likely",
        formula: "reward - group mean",
        source: "Tapered Off-Policy REINFORCE, arXiv 2503.14286",
        whenToUse: "Replay of stored or stale rollouts.",
        notes:
            """
            The paper tapers the ratio of a sequence; here it is that of a token.
            """,
        estimator: UnnormalizedGroupEstimator.self, objective: TOPR.self)
}
