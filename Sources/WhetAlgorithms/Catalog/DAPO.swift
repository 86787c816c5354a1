extension AlgorithmDefinition {
    /// GRPO with what DAPO adds. Its dynamic sampling needs a scheduler that plays filtered groups anew.
    public static let dapo = AlgorithmDefinition(
        "dapo", summary: "GRPO at scale: clip-higher, dynamic sampling, overlong punishment, token mean",
        formula: "(reward - group mean) / (group deviation + epsilon)",
        source: "DAPO, arXiv 2503.14476",
        whenToUse: "Long reasoning; set overlong_limit to the most tokens a policy may write.",
        notes:
            """
            Four changes to GRPO: clip-higher, dynamic sampling (groups of equal rewards, up to 1e-6, are \
            played anew), an overlong punishment that begins once `overlong_limit` is set, and the token \
            mean.
            """,
        estimator: GroupRelativeEstimator.self,
        defaults: ["dynamic_sampling": true],
        objectiveDefaults: ["clip_high": 0.28])
}
