extension AlgorithmDefinition {
    /// GRPO with `ToolCallShaping`; any outcome algorithm becomes ASPO by a `delta` below 0.
    static let aspo = AlgorithmDefinition(
        "aspo", summary: "GRPO that credits earlier tool calls, after normalization",
        formula:
            "(reward - group mean) / (group deviation + epsilon) + clip(delta * (p - mean p) / mean L, -k|A|, k|A|)",
        source: "Understanding Tool-Integrated Reasoning (ASPO), arXiv 2508.19201",
        whenToUse: "Tool use that should come earlier and more often, without trading accuracy for it.",
        estimator: GroupRelativeEstimator.self,
        defaults: ["delta": -2])
}
