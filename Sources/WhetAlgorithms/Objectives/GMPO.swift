import Foundation

/// GMPO: the geometric mean of a sequence's ratios, each clipped by itself first, so that no single token rules.
///
///     c(t) = log-ratio, at most clip_high where A(t) > 0, at least −clip_low where A(t) < 0
///     loss of a sequence = −(mean of A) · exp(mean of c) · (geometric mean of the tokens' weights)
///
/// Averaged over sequences, whatever aggregation is named; the mean of c is kept within ±20.
///
/// Source: Geometric-Mean Policy Optimization, arXiv 2507.20673.
public struct GMPO: Objective, ConfigurableObjective {
    public static let name = "gmpo"
    public static let formula = "of a sequence: −mean(A) · exp(mean of clipped log ρ); always averaged over sequences"
    public static let source = "arXiv 2507.20673"
    public static let requiredAggregation: Aggregation? = .sequenceMeanTokenMean

    public var clipLow = 0.4
    public var clipHigh = 0.4

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("clip_low", \.clipLow, in: .nonNegative, "how far a token's log-ratio may fall"),
        .number("clip_high", \.clipHigh, in: .nonNegative, "how far a token's log-ratio may rise"),
    ]

    public func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        var result = ObjectiveResult(loss: 0, gradient: [Double](repeating: 0, count: shares.count))
        let trained = shares.indices.filter { sequence.mask[$0] }
        guard !trained.isEmpty else { return result }
        let count = Double(trained.count)
        var clippedMean = 0.0, advantage = 0.0, logShare = 0.0, above = 0.0, below = 0.0
        var moving: [Int] = []
        for place in trained {
            let logRatio = sequence.logProbabilities[place] - sequence.behaviorLogProbabilities[place]
            let own = sequence.advantages[place]
            let isClipped = own > 0 ? logRatio > clipHigh : logRatio < -clipLow
            let isOutside = logRatio > clipHigh || logRatio < -clipLow
            if own != 0 {
                clippedMean += (isClipped ? (own > 0 ? clipHigh : -clipLow) : logRatio) / count
                if !isClipped { moving.append(place) }
                if isOutside { if own > 0 { above += 1 } else { below += 1 } }
            }
            advantage += own / count
            logShare += log(shares[place]) / count
        }
        // Shares are 1 / (sequences · count) times a token's weight, so their geometric mean holds that of the weights.
        let share = count * exp(logShare)
        let ratio = exp(min(max(clippedMean, -20), 20))
        result.loss = share * -advantage * ratio
        if abs(clippedMean) <= 20 {
            for place in moving { result.gradient[place] = result.loss / count }
        }
        result.sums = ["clip_fraction": above, "clip_fraction_lower": below, "ratio": ratio * count]
        return result
    }
}

extension AlgorithmDefinition {
    public static let gmpo = AlgorithmDefinition(
        "gmpo", summary: "GRPO under the geometric mean of token ratios",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "Geometric-Mean Policy Optimization, arXiv 2507.20673",
        whenToUse: "When single tokens with extreme ratios upset training.",
        estimator: GroupRelativeEstimator.self, objective: GMPO.self)
}
