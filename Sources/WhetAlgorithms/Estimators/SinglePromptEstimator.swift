import WhetCore

/// SPO: what a rollout is better than its prompt usually earns, normalized over the whole batch. No groups.
///
///     A = reward − tracked value of the prompt, before this reward joined it
///     advantage = (A − mean of the batch) / (standard deviation of the batch + epsilon)
///
/// The values live in a `BetaTracker`, outside the batch. A batch of one keeps its A.
///
/// Source: Single-stream Policy Optimization, arXiv 2509.13232.
public struct SinglePromptEstimator: AdvantageEstimator {
    public static let name = "spo"
    public static let needs: Set<EstimatorNeed> = [.promptValue]

    /// How the values are tracked.
    public var tracking = BetaTracker.Parameters()
    /// Rollouts of each prompt that the starting policy plays, to begin its value with; 0 begins with the prior.
    public var offlineSamples = 8
    /// Keeps the division finite for batches of equal advantages.
    public var epsilon = 1e-8

    public init() {}

    public static let settings: [Setting<Self>] = [
        .integer(
            "offline_samples", \.offlineSamples, atLeast: 0,
            "rollouts of each prompt before training that its value begins with; 0 begins with the prior"),
        .number("rho_min", \.tracking.rhoMin, in: 0...1, "the least of a prompt's past that is kept at a visit"),
        .number("rho_max", \.tracking.rhoMax, in: 0...1, "the most of a prompt's past that is kept at a visit"),
        .number(
            "divergence_half_life", \.tracking.divergenceHalfLife, in: .positive,
            "how far the policy moves until half of a prompt's past is forgotten"),
        .number("exploration", \.tracking.exploration, in: .positive, "weight of a prompt whose outcome is certain"),
        .number(
            "reward_low", \.tracking.rewardLow, in: -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude,
            "the reward of a failure"),
        .number(
            "reward_high", \.tracking.rewardHigh, in: -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude,
            "the reward of a success"),
        .number("epsilon", \.epsilon, in: .positive, "added to the standard deviation"),
    ]

    public func checkCombination() throws { try tracking.check() }

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        rollouts.map { $0.totalReward - ($0.baseline ?? 0) }.standardized(epsilon: epsilon).map(RolloutCredit.uniform)
    }
}

extension AlgorithmDefinition {
    public static let spo = AlgorithmDefinition(
        "spo", summary: "single-stream policy optimization: a tracked value per prompt instead of a group",
        formula: "normalized over the batch(reward - tracked value of the prompt)",
        source: "Single-stream Policy Optimization, arXiv 2509.13232",
        whenToUse: "Long or uneven rollouts, where groups wait for their slowest member; a fixed pool of "
            + "prompts.",
        notes:
            """
            The value v of a prompt is that before this reward joined it. Each prompt has a Beta \
            distribution: v = alpha / (alpha + beta), from n0 offline samples (alpha = N0 · (successes + \
            ½) / (n0 + 1), N0 = 1 / (1 − rho_min)) or ½, ½. After the step alpha ← rho · alpha + r, beta ← \
            rho · beta + 1 − r with rho = 2^(−D / D_half) within its bounds, D the mean of \
            |log-probability now − then| over the prompt's last rollout, rho_max on a first visit. The \
            next prompts are drawn without replacement by weight √(v(1 − v)) + exploration. No rollout of \
            a solved group is wasted. Environments that give rewards from −1 to 1 need `reward_low: -1`.
            """,
        estimator: SinglePromptEstimator.self,
        objectiveDefaults: ["clip_high": 0.28, "dual_clip": 10])
}
