/// Keeps the policy near a frozen reference: a multiple of the KL divergence added to the loss, or taken from the
/// reward.
public struct KLPenalty: Hashable, Sendable {
    var estimator: KLEstimator
    var coefficient: Double

    init(_ estimator: KLEstimator = .k3, coefficient: Double) {
        self.estimator = estimator
        self.coefficient = coefficient
    }

    /// The penalty as a loss: Σ share · coefficient · estimate, its slope, and the sum of estimates as "reference_kl".
    ///
    /// - Parameter shares: each token's share of the batch's loss, without importance weights. `[tokens]`
    func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        let reference = sequence.requiredReference(for: "a KL penalty")
        var loss = 0.0, sum = 0.0
        var gradient = [Double](repeating: 0, count: shares.count)
        for place in shares.indices where sequence.mask[place] {
            let (value, slope) = estimator.estimate(sequence.logProbabilities[place], reference: reference[place])
            loss += shares[place] * coefficient * value
            gradient[place] = shares[place] * coefficient * slope
            sum += value
        }
        return ObjectiveResult(loss: loss, gradient: gradient, sums: ["reference_kl": sum])
    }

    /// The penalty as rewards: the rollout with −coefficient · estimate at each token that the policy chose.
    ///
    /// - Parameters:
    ///   - logProbabilities: of the policy that sampled, or of the trainer before the step. `[tokens]`
    ///   - reference: of the frozen policy. `[tokens]`
    public func penalized(
        _ rollout: ScoredRollout, logProbabilities: [Double], reference: [Double]
    ) -> ScoredRollout {
        rollout.rewarded(
            atTokens: rollout.policyMask.indices.map { place in
                guard rollout.policyMask[place] else { return 0 }
                return -coefficient * estimator.estimate(logProbabilities[place], reference: reference[place]).value
            })
    }
}
