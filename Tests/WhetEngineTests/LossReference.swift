import Foundation
import WhetBackends

@testable import WhetAlgorithms

/// The losses as their papers write them, in double precision and without a line of WhetAlgorithms, as functions of the
/// log-probabilities `now`. What a paper holds constant in the gradient is taken from `frozen` instead.
struct LossReference: Sendable {
    /// One trained token.
    struct Token {
        var now, frozen, behavior, advantage, weight: Double
        var reference = 0.0

        var ratio: Double { exp(now - behavior) }
        var frozenRatio: Double { exp(frozen - behavior) }
    }

    /// From one sequence's trained tokens to each token's loss, its weight not yet in it.
    let losses: @Sendable ([Token]) -> [Double]

    /// Of each token alone.
    static func each(_ loss: @escaping @Sendable (Token) -> Double) -> LossReference {
        LossReference { $0.map(loss) }
    }

    static func clipped(_ ratio: Double, _ low: Double, _ high: Double) -> Double { min(max(ratio, low), high) }

    /// By name, under the settings of `ObjectiveCase`.
    static let byName: [String: LossReference] = [
        "ppo_clip": each { token in
            let loss = max(-token.advantage * token.ratio, -token.advantage * clipped(token.ratio, 0.8, 1.2))
            return token.advantage < 0 ? min(loss, -token.advantage * 3) : loss
        },
        "cispo": each { -clipped($0.frozenRatio, 0, 1.28) * $0.advantage * $0.now },
        "sapo": each { token in
            let tau = token.advantage > 0 ? 1.0 : 1.05
            return -token.advantage * 4 / tau / (1 + exp(-tau * (token.ratio - 1)))
        },
        "dppo_tv": each { token in
            let moved = exp(token.frozen) - exp(token.behavior)
            let isTrained = token.advantage > 0 ? moved <= 0.01 : moved >= -0.01
            return isTrained ? -min(token.frozenRatio, 2) * token.advantage * token.now : 0
        },
        "dppo_kl": each { token in
            let policy = exp(token.frozen), behavior = exp(token.behavior)
            let divergence =
                behavior * log(behavior / policy) + (1 - behavior) * log((1 - behavior) / (1 - policy))
            let isTrained = divergence <= 0.002 || (token.advantage > 0 ? policy <= behavior : policy >= behavior)
            return isTrained ? -min(token.frozenRatio, 2) * token.advantage * token.now : 0
        },
        "topr": each { token in
            let weight = token.advantage < 0 ? min(token.frozenRatio, 1) : 1
            return -weight * token.advantage * token.now
        },
        "policy_gradient": each { -$0.advantage * $0.now },
        "cross_entropy": each { -$0.now },
        // k1's mean is the KL, k2's slope is the KL's: the value is checked apart.
        "reverse_kl": each { ($0.now - $0.reference) * ($0.now - $0.reference) / 2 },
        "gspo": LossReference { tokens in
            let mean = tokens.reduce(0) { $0 + ($1.frozen - $1.behavior) } / Double(tokens.count)
            return tokens.map { token in
                // The sequence's ratio, its slope that of the token's own probability.
                let ratio = exp(mean) * exp(token.now - token.frozen)
                return max(-token.advantage * ratio, -token.advantage * clipped(ratio, 0.8, 1.2))
            }
        },
        // A sequence's loss, weighted by the geometric mean of the tokens' weights, as if it were each token's.
        "gmpo": LossReference { tokens in
            let count = Double(tokens.count)
            let mean = tokens.reduce(0) { sum, token in
                let ratio = token.now - token.behavior
                return sum + (token.advantage > 0 ? min(ratio, 0.4) : max(ratio, -0.4)) / count
            }
            let advantage = tokens.reduce(0) { $0 + $1.advantage } / count
            let weight = exp(tokens.reduce(0) { $0 + log($1.weight) } / count)
            return tokens.map { weight * -advantage * exp(mean) / $0.weight }
        },
    ]

    /// KL estimates by name, as a token's loss: a plus takes k2's slope.
    static func divergence(_ name: String, _ token: Token) -> Double {
        let x = token.now - token.reference
        switch name {
        case "k1": return x
        case "abs": return abs(x)
        case "k3": return exp(-x) + x - 1
        default: return x * x / 2
        }
    }
}

extension LossReference {
    /// What each of the five ways of averaging gives a token, by its name; the trained tokens of every sequence.
    static func share(_ aggregation: String, _ counts: [Int], sequence: Int, longest: Int) -> Double {
        let sequences = Double(counts.count { $0 > 0 })
        switch aggregation {
        case "token-mean": return 1 / Double(counts.reduce(0, +))
        case "token-sum": return 1
        case "seq-mean-token-sum": return 1 / sequences
        case "seq-mean-token-mean": return 1 / sequences / Double(counts[sequence])
        default: return 1 / sequences / Double(longest)
        }
    }
}
