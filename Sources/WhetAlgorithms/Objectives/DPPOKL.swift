import Foundation

/// DPPO with KL: tokens whose two-way choice (this token or any other) diverged too far in the direction of their
/// advantage drop out.
///
///     KL = b · log(b / p) + (1 − b) · log((1 − b) / (1 − p)), b and p its probability under behavior and policy
///     trained where KL ≤ divergence_high or p ≤ b (A > 0), or KL ≤ divergence_low or p ≥ b (else)
///     loss = −A · min(ratio, truncation) · log-probability, the ratio held constant
///
/// Source: Rethinking the Trust Region in LLM Reinforcement Learning, arXiv 2602.04879, its binary KL.
public struct DPPOKL: TokenObjective, ConfigurableObjective {
    public static let name = "dppo_kl"
    public static let formula = "the same, bound on the KL of token or not"
    public static let source = "arXiv 2602.04879"

    public var divergenceLow = 0.05
    public var divergenceHigh = 0.05
    /// The most that a token's importance ratio counts.
    public var truncation = 20.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("divergence_low", \.divergenceLow, in: .nonNegative, "how much KL losing probability may cost"),
        .number("divergence_high", \.divergenceHigh, in: .nonNegative, "how much KL gaining probability may cost"),
        .number("truncation", \.truncation, in: .positive, "the most that an importance ratio counts"),
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let policy = exp(token.logProbability), behavior = exp(token.behaviorLogProbability)
        let others = (1 - behavior) * log((max(0, 1 - behavior) + 1e-8) / (max(0, 1 - policy) + 1e-8))
        let divergence = behavior * (token.behaviorLogProbability - token.logProbability) + others
        let isTrained =
            token.advantage > 0
            ? divergence <= divergenceHigh || policy <= behavior : divergence <= divergenceLow || policy >= behavior
        return token.truncatedPolicyGradient(truncation: truncation, isTrained: isTrained)
    }
}

extension AlgorithmDefinition {
    public static let dppoKL = AlgorithmDefinition(
        "dppo_kl", summary: "GRPO that drops tokens by how far their two-way KL moved",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "Rethinking the Trust Region in LLM Reinforcement Learning (DPPO), arXiv 2602.04879",
        whenToUse: "As dppo_tv, with a bound that is stricter for near-certain tokens.",
        estimator: GroupRelativeEstimator.self, objective: DPPOKL.self)
}
