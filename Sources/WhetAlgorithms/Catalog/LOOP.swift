extension AlgorithmDefinition {
    /// RLOO credit under PPO's clipped token ratios.
    public static let loop = AlgorithmDefinition(
        "loop", summary: "PPO without a critic for long tool use: leave-one-out credit, token ratios, no KL",
        formula: "reward - mean of the other members",
        source: "RL for Long-Horizon Interactive LLM Agents (LOOP), arXiv 2502.01600",
        whenToUse: "Agents with many tool calls; rollouts are used for several mini-batches.",
        notes:
            """
            Several mini-batches a batch, no KL. The paper found token ratios better than ratios of turns \
            or trajectories.
            """,
        estimator: LeaveOneOutEstimator.self)
}
