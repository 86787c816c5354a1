import Foundation

/// DPPO with total variation: tokens whose probability moved too far in the direction of their advantage drop out.
///
///     moved = policy probability − behavior probability
///     trained where moved ≤ divergence_high (A > 0), or moved ≥ −divergence_low (else)
///     loss = −A · min(ratio, truncation) · log-probability, the ratio held constant
///
/// The bound is on probabilities, not on their ratio, so rare tokens may move more than PPO lets them.
///
/// Source: Rethinking the Trust Region in LLM Reinforcement Learning, arXiv 2602.04879, its binary total variation.
public struct DPPOTotalVariation: TokenObjective, ConfigurableObjective {
    public static let name = "dppo_tv"
    public static let formula = "−A · min(ρ, truncation) held · log p where p − b stayed within bounds"
    public static let source = "arXiv 2602.04879"

    public var divergenceLow = 0.2
    public var divergenceHigh = 0.2
    /// The most that a token's importance ratio counts.
    public var truncation = 20.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("divergence_low", \.divergenceLow, in: .nonNegative, "how far a probability may fall"),
        .number("divergence_high", \.divergenceHigh, in: .nonNegative, "how far a probability may rise"),
        .number("truncation", \.truncation, in: .positive, "the most that an importance ratio counts"),
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let moved = exp(token.logProbability) - exp(token.behaviorLogProbability)
        let isTrained = token.advantage > 0 ? moved <= divergenceHigh : moved >= -divergenceLow
        return token.truncatedPolicyGradient(truncation: truncation, isTrained: isTrained)
    }
}

extension ObjectiveToken {
    /// −A · min(ratio, truncation) · log-probability with the ratio held constant, or nothing.
    func truncatedPolicyGradient(truncation: Double, isTrained: Bool) -> TokenLoss {
        guard isTrained else { return TokenLoss(loss: 0, slope: 0, isClipped: true) }
        let slope = -advantage * min(ratio, truncation)
        return TokenLoss(loss: slope * logProbability, slope: slope, isClippedBelow: ratio > truncation)
    }
}

extension AlgorithmDefinition {
    public static let dppoTotalVariation = AlgorithmDefinition(
        "dppo_tv", summary: "GRPO that drops tokens by how far their probability moved",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "Rethinking the Trust Region in LLM Reinforcement Learning (DPPO), arXiv 2602.04879",
        whenToUse: "Large vocabularies: rare tokens may move freely, likely ones may not.",
        estimator: GroupRelativeEstimator.self, objective: DPPOTotalVariation.self)
}
