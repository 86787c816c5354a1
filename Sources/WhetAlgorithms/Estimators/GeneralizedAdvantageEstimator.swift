/// GAE: how much better things went after each token than a critic expected. No groups.
///
///     delta(t) = reward(t) + gamma · value(next) − value(t)
///     advantage(t) = delta(t) + gamma · lambda · advantage(next), whitened over all tokens of the batch
///
/// "Next" is the next token that the policy chose; those of the environment are stepped over.
///
/// Source: Schulman et al., arXiv 1506.02438.
public struct GeneralizedAdvantageEstimator: AdvantageEstimator {
    public static let name = "gae"
    public static let needs: Set<EstimatorNeed> = [.tokenValues]

    /// What a reward is worth one token earlier.
    public var gamma = 1.0
    /// 1 trusts the rewards alone, 0 the critic alone.
    public var lambda = 1.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .number("gamma", \.gamma, in: 0...1, "what a reward is worth one token earlier"),
        .number("lambda", \.lambda, in: 0...1, "1 trusts the rewards alone, 0 the critic alone"),
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        let pivot = rollouts.first.map { $0.reward - ($0.values?.last ?? 0) } ?? 0
        return Whitening.whitened(rollouts.map(unwhitened), of: rollouts, pivot: pivot)
    }

    /// What a critic is trained towards: advantages before whitening, plus values. `[rollouts][tokens]`, 0 where the
    /// policy chose nothing.
    ///
    /// - Throws: `WhetError` when a rollout lacks values, or a number is not finite.
    public func returns(for rollouts: [ScoredRollout]) throws -> [[Double]] {
        try check(rollouts)
        return rollouts.map { rollout in
            let values = rollout.values ?? [], advantages = unwhitened(rollout).numbers(over: rollout.policyMask)
            return rollout.policyMask.indices.map { rollout.policyMask[$0] ? advantages[$0] + values[$0] : 0 }
        }
    }

    private func unwhitened(_ rollout: ScoredRollout) -> BackwardPass {
        BackwardPass(advantagesOf: rollout, gamma: gamma, lambda: lambda)
    }
}

extension AlgorithmDefinition {
    public static let gae = AlgorithmDefinition(
        "gae", summary: "PPO with a critic: generalized advantage estimation",
        formula: "whitened(sum of (gamma * lambda)^k * delta)",
        source: "Schulman et al., arXiv 1506.02438",
        whenToUse: "A trained critic and rewards along the way.",
        notes:
            """
            delta(t) = reward(t) + gamma · value(next) − value(t); A(t) = whitened(delta(t) + gamma · \
            lambda · A(next)).
            """,
        estimator: GeneralizedAdvantageEstimator.self)
}
