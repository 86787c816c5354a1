/// RAE: what a rollout is better than its role usually earns, in play against itself. No groups.
///
///     advantage = reward − running mean of the role's rewards, before this reward joined it
///
/// The running means live in `RoleBaselines`, outside the batch.
///
/// Source: SPIRAL, arXiv 2506.24119.
public struct RoleEstimator: AdvantageEstimator {
    public static let name = "rae"
    public static let needs: Set<EstimatorNeed> = [.roleValue]

    public init() {}

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.map { .uniform($0.totalReward - ($0.baseline ?? 0)) }
    }
}

/// An exponential moving average of the rewards of each role (a game and a seat in it, an agent of several).
///
///     baseline ← decay · baseline + (1 − decay) · reward, from 0
///
/// Keeps: a reward never is measured against a baseline that contains it.
public struct RoleBaselines: Hashable, Sendable, Codable {
    public let decay: Double
    private var baselines: [String: Double] = [:]

    /// - Parameter decay: from 0 (the last reward) to 1 (never learns); SPIRAL uses 0.95.
    public init(decay: Double = 0.95) {
        precondition((0...1).contains(decay), "a decay is from 0 to 1")
        self.decay = decay
    }

    /// What the role usually earns; 0 before its first reward.
    public subscript(role: String) -> Double { baselines[role, default: 0] }

    /// Takes up a reward.
    ///
    /// - Returns: the baseline before it, which is what the reward is measured against.
    public mutating func observe(_ reward: Double, role: String) -> Double {
        let before = self[role]
        baselines[role] = decay * before + (1 - decay) * reward
        return before
    }
}

extension AlgorithmDefinition {
    public static let rae = AlgorithmDefinition(
        "rae", summary: "self-play against a running mean for each role",
        formula: "reward - running mean of the role",
        source: "SPIRAL, arXiv 2506.24119",
        whenToUse: "Games of a policy against itself, where a seat alone may win or lose.",
        notes:
            """
            mean ← 0.95 · mean + 0.05 · r, and a rollout is measured before it joins.
            """,
        estimator: RoleEstimator.self, objective: PolicyGradient.self)
}
