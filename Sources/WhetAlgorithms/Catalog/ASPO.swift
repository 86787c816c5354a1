extension AlgorithmDefinition {
    /// GRPO with `ToolCallShaping`; any outcome algorithm becomes ASPO by a `delta` below 0.
    public static let aspo = AlgorithmDefinition(
        "aspo", summary: "GRPO that credits earlier tool calls, after normalization",
        formula:
            "(reward - group mean) / (group deviation + epsilon) + clip(delta * (p - mean p) / mean L, -k|A|, k|A|)",
        source: "Understanding Tool-Integrated Reasoning (ASPO), arXiv 2508.19201",
        whenToUse: "Tool use that should come earlier and more often, without trading accuracy for it.",
        notes:
            """
            For correct rollouts that call a tool: p is the place of the first call, L here the length \
            after the prompt, means over the group's correct callers. `delta` and `k` shape any outcome \
            algorithm, not this one alone: a `delta` below 0 rewards earlier calls, −2.5 is the paper's \
            bold choice, and `k` is the most that tool calls change, as a share of A.
            """,
        estimator: GroupRelativeEstimator.self,
        defaults: ["delta": -2])
}
