import Foundation
import WhetCore

/// How far a batch is from the policy being trained, over all tokens that the policy chose, before any dropped out.
public struct OffPolicyStatistics: Sendable, Hashable {
    /// That the policy chose.
    public private(set) var tokens = 0
    /// With at least one such token.
    public private(set) var sequences = 0
    private var ratios = 0.0
    private var squares = 0.0
    private var firstKL = 0.0
    private var thirdKL = 0.0
    private var above = 0
    private var vetoed = 0
    private var stale = 0
    private var dropped = 0
    private var smallest = Double.infinity
    private var largest = -Double.infinity

    mutating func add(logRatios: [Double], ratios: [Double], limit: Double, isVetoed: Bool) {
        tokens += logRatios.count
        sequences += 1
        if isVetoed { vetoed += 1 }
        for (logRatio, ratio) in zip(logRatios, ratios) {
            self.ratios += ratio
            squares += ratio * ratio
            firstKL -= logRatio
            let bounded = min(max(logRatio, -20), 20)
            thirdKL += exp(bounded) - 1 - bounded
            if ratio > limit { above += 1 }
            smallest = min(smallest, ratio)
            largest = max(largest, ratio)
        }
    }

    mutating func addDropped(stale: Int, all: Int) {
        self.stale += stale
        dropped += all
    }

    /// By name, for a tracker; empty of no tokens.
    ///
    /// - `ratio_mean`, `ratio_min`, `ratio_max`: of the ratios at the chosen level, before truncation.
    /// - `ratio_above_limit`, `stale_fraction`, `dropped_fraction`: shares of tokens; `vetoed_fraction`: of sequences.
    /// - `effective_sample_share`: (Σ ratio)² / (tokens · Σ ratio²), 1 when all ratios are equal.
    /// - `behavior_kl`, `behavior_kl3`: k1 and k3 estimates of KL(behavior ‖ trainer) a token.
    public var values: [String: Double] {
        guard tokens > 0 else { return [:] }
        let count = Double(tokens)
        return [
            "ratio_mean": ratios / count, "ratio_min": smallest, "ratio_max": largest,
            "ratio_above_limit": Double(above) / count, "stale_fraction": Double(stale) / count,
            "dropped_fraction": Double(dropped) / count, "vetoed_fraction": Double(vetoed) / Double(sequences),
            "effective_sample_share": squares > 0 ? ratios * ratios / (count * squares) : 0,
            "behavior_kl": firstKL / count, "behavior_kl3": thirdKL / count,
        ]
    }
}

extension TokenTrajectory {
    /// How many versions behind `trainer` the policy was that sampled each token; 0 where the policy chose nothing.
    /// `[tokens]`
    public func staleness(at trainer: PolicyVersion) -> [Int] {
        spans.flatMap { span in
            [Int](repeating: span.policy?.version.staleness(at: trainer) ?? 0, count: span.tokens.count)
        }
    }
}
