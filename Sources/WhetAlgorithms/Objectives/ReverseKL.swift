/// Reverse KL to a reference, on the policy's own tokens: on-policy distillation from a teacher.
///
///     loss = estimate of KL(policy ‖ reference) from the token, slope = policy − reference log-probability
///
/// The default estimator reports k1, whose mean is the KL, and takes the slope that estimates the KL's slope.
/// Advantages play no part.
///
/// Source: MiniLLM, arXiv 2306.08543; GKD, arXiv 2306.13649.
public struct ReverseKL: Objective, ConfigurableObjective {
    public static let name = "reverse_kl"
    public static let formula = "estimate of KL(policy ‖ reference): distillation"
    public static let source = "arXiv 2306.08543, 2306.13649"
    public static let needsReference = true

    public var estimator = KLEstimator.k1Plus

    public init() {}

    public static let settings: [Setting<Self>] = [
        .choice("distillation_estimator", \.estimator, "how a token's KL to the reference is estimated")
    ]

    public func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult {
        KLPenalty(estimator, coefficient: 1).evaluate(sequence, shares: shares)
    }
}
