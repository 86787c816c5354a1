import Foundation

/// An objective whose loss of a token depends on that token alone.
protocol TokenObjective: Objective {
    func token(_ token: ObjectiveToken) -> TokenLoss
}

/// One trained token as an objective sees it.
struct ObjectiveToken {
    let logProbability: Double
    let behaviorLogProbability: Double
    let advantage: Double

    /// log(policy / behavior), within ±20 so that its exponential stays finite.
    var logRatio: Double { min(max(logProbability - behaviorLogProbability, -20), 20) }

    /// policy / behavior.
    var ratio: Double { exp(logRatio) }

    /// Slope of `ratio` by the policy's log-probability: 0 where the log-ratio was bounded.
    var ratioSlope: Double { abs(logProbability - behaviorLogProbability) <= 20 ? ratio : 0 }
}

/// What a token objective makes of one token.
struct TokenLoss {
    var loss: Double
    /// ∂loss / ∂log-probability of the policy.
    var slope: Double
    /// Whether the objective's usual limit cut the token off.
    var isClipped = false
    /// Whether its second limit did: dual clip, truncation.
    var isClippedBelow = false
}

extension TokenObjective {
    func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        var result = ObjectiveResult(loss: 0, gradient: [Double](repeating: 0, count: shares.count))
        var clipped = 0.0, clippedBelow = 0.0, ratios = 0.0
        for place in shares.indices where sequence.mask[place] {
            let seen = ObjectiveToken(
                logProbability: sequence.logProbabilities[place],
                behaviorLogProbability: sequence.behaviorLogProbabilities[place], advantage: sequence.advantages[place])
            let token = token(seen)
            result.loss += shares[place] * token.loss
            result.gradient[place] = shares[place] * token.slope
            if token.isClipped { clipped += 1 }
            if token.isClippedBelow { clippedBelow += 1 }
            ratios += seen.ratio
        }
        result.sums = ["clip_fraction": clipped, "clip_fraction_lower": clippedBelow, "ratio": ratios]
        return result
    }
}
