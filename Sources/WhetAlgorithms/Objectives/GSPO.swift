import Foundation

/// GSPO: the ratio of a whole sequence, as a geometric mean over its tokens, clipped as PPO does.
///
///     s = exp(mean over trained tokens of (policy − behavior)), its log at most 10
///     loss(t) = max(−A(t) · s, −A(t) · clip(s, 1 − clip_low, 1 + clip_high))
///
/// A token's slope is −A(t) · s where not clipped: s counts as its own ratio (the stop-gradient form of the paper,
/// which allows advantages that differ within a sequence). With one advantage a sequence it is the slope of the loss.
///
/// Source: Group Sequence Policy Optimization, arXiv 2507.18071.
public struct GSPO: Objective, ConfigurableObjective {
    public static let name = "gspo"
    public static let formula = "the same with the sequence's geometric mean of ρ, each token's slope its own"
    public static let source = "arXiv 2507.18071"

    public var clipLow = 3e-4
    public var clipHigh = 4e-4

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("clip_low", \.clipLow, in: 0...1, "how far below 1 a sequence's ratio may fall"),
        .number("clip_high", \.clipHigh, in: .nonNegative, "how far above 1 a sequence's ratio may rise"),
    ]

    public func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        var result = ObjectiveResult(loss: 0, gradient: [Double](repeating: 0, count: shares.count))
        let trained = shares.indices.filter { sequence.mask[$0] }
        let logRatio = trained.reduce(0) {
            $0 + (sequence.logProbabilities[$1] - sequence.behaviorLogProbabilities[$1]) / Double(trained.count)
        }
        let ratio = exp(min(logRatio, 10))
        let clippedRatio = min(max(ratio, 1 - clipLow), 1 + clipHigh)
        var clippedTokens = 0.0
        for place in trained {
            let advantage = sequence.advantages[place]
            let plain = -advantage * ratio, clipped = -advantage * clippedRatio
            result.loss += shares[place] * max(plain, clipped)
            if clipped > plain {
                clippedTokens += 1
            } else if logRatio <= 10 {
                result.gradient[place] = shares[place] * plain
            }
        }
        result.sums = ["clip_fraction": clippedTokens, "ratio": ratio * Double(trained.count)]
        return result
    }
}

extension AlgorithmDefinition {
    public static let gspo = AlgorithmDefinition(
        "gspo", summary: "GRPO with one importance ratio a sequence",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "Group Sequence Policy Optimization, arXiv 2507.18071",
        whenToUse: "Mixture-of-experts policies and long answers, where token ratios are noise.",
        estimator: GroupRelativeEstimator.self, objective: GSPO.self,
        defaults: ["aggregation": "seq-mean-token-mean"])
}
