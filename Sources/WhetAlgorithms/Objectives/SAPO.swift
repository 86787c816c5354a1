import Foundation

/// SAPO: a soft gate instead of a clip; the slope fades as the ratio leaves 1.
///
///     loss = −A · (4 / tau) · sigmoid(tau · (ratio − 1)), tau = tau_positive where A > 0, else tau_negative
///
/// A larger tau fades sooner; negative advantages get the larger one.
///
/// Source: Soft Adaptive Policy Optimization, arXiv 2511.20347.
public struct SAPO: TokenObjective, ConfigurableObjective {
    public static let name = "sapo"
    public static let formula = "−A · 4/τ · sigmoid(τ(ρ − 1))"
    public static let source = "arXiv 2511.20347"

    public var tauPositive = 1.0
    public var tauNegative = 1.05

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("tau_positive", \.tauPositive, in: .positive, "how soon tokens with a positive advantage fade"),
        .number("tau_negative", \.tauNegative, in: .positive, "how soon all other tokens fade"),
    ]

    func token(_ token: ObjectiveToken) -> TokenLoss {
        let tau = token.advantage > 0 ? tauPositive : tauNegative
        let gate = 1 / (1 + exp(-tau * (token.ratio - 1)))
        return TokenLoss(
            loss: -token.advantage * gate * 4 / tau, slope: -token.advantage * 4 * gate * (1 - gate) * token.ratioSlope)
    }
}

extension AlgorithmDefinition {
    public static let sapo = AlgorithmDefinition(
        "sapo", summary: "GRPO with a soft gate instead of a clip",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "Soft Adaptive Policy Optimization, arXiv 2511.20347",
        whenToUse: "When hard clipping wastes samples or training is unstable.",
        estimator: GroupRelativeEstimator.self, objective: SAPO.self,
        defaults: ["aggregation": "seq-mean-token-mean"])
}
