/// CISPO: every token keeps its gradient; only its importance weight is clipped.
///
///     loss = −clip(ratio, 1 − clip_low, 1 + clip_high) · A · log-probability, the clipped ratio held constant
///
/// Source: MiniMax-M1, arXiv 2506.13585.
public struct CISPO: TokenObjective, ConfigurableObjective {
    public static let name = "cispo"
    public static let formula = "−A · clip(ρ) held · log p"
    public static let source = "arXiv 2506.13585"

    /// 1 sets no lower limit, as in the paper.
    public var clipLow = 1.0
    public var clipHigh = 0.28

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("clip_low", \.clipLow, in: .nonNegative, "how far below 1 the weight may fall; 1 sets no limit"),
        .number("clip_high", \.clipHigh, in: .nonNegative, "how far above 1 the weight may rise"),
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let weight = min(max(token.ratio, 1 - clipLow), 1 + clipHigh)
        let slope = -weight * token.advantage
        return TokenLoss(loss: slope * token.logProbability, slope: slope, isClipped: weight != token.ratio)
    }
}

extension AlgorithmDefinition {
    public static let cispo = AlgorithmDefinition(
        "cispo", summary: "GRPO in which every token keeps its gradient and only its weight is clipped",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "MiniMax-M1, arXiv 2506.13585",
        whenToUse: "Rare tokens that matter (wait, however) are clipped away under PPO; several updates a batch.",
        estimator: GroupRelativeEstimator.self, objective: CISPO.self)
}
