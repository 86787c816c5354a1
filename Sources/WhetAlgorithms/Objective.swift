/// What a batch is trained under: per-token losses of one sequence and their slope.
///
/// A trainer backend knows these, never the algorithm that chose advantages and weights (docs/design.md, law 6).
///
/// Keeps: pure; a token outside the mask has no loss and no gradient; nothing depends on the other sequences of a
/// batch, so micro-batches add up to the batch.
protocol Objective: Sendable {
    /// What a recipe calls it.
    static var name: String { get }
    /// The only way of averaging under which the objective is what its paper says; nil if any will do.
    static var requiredAggregation: Aggregation? { get }
    /// Whether it reads `referenceLogProbabilities`.
    static var needsReference: Bool { get }

    /// - Parameter shares: each token's share of the batch's loss, from the `Aggregation` (times its own weight); 0
    ///   where the mask is off. `[tokens]`
    func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult
}

extension Objective {
    static var requiredAggregation: Aggregation? { nil }
    static var needsReference: Bool { false }
}

/// One sequence as an objective sees it. Every array is `[tokens]`, over the tokens after the prompt.
public struct ObjectiveSequence: Sendable {
    /// What the trainer computes now.
    public var logProbabilities: [Double]
    /// What the server said when it sampled.
    public var behaviorLogProbabilities: [Double]
    /// The algorithm's credit; 0 where the mask is off.
    public var advantages: [Double]
    /// True where the policy chose the token and it is trained.
    public var mask: [Bool]
    /// Of a frozen reference policy, where a KL penalty or distillation needs it.
    public var referenceLogProbabilities: [Double]?
    /// Which of the loss's components trains it (see `LossFunction.components`); nil for the objective itself.
    public var component: String?

    public init(
        logProbabilities: [Double], behaviorLogProbabilities: [Double], advantages: [Double], mask: [Bool],
        referenceLogProbabilities: [Double]? = nil, component: String? = nil
    ) {
        self.logProbabilities = logProbabilities
        self.behaviorLogProbabilities = behaviorLogProbabilities
        self.advantages = advantages
        self.mask = mask
        self.referenceLogProbabilities = referenceLogProbabilities
        self.component = component
    }

    /// The reference's log-probabilities; a caller that lets them out where they are needed has a bug.
    func requiredReference(for purpose: String) -> [Double] {
        guard let reference = referenceLogProbabilities, reference.count == logProbabilities.count else {
            preconditionFailure("\(purpose) needs the reference's log-probability of every token")
        }
        return reference
    }
}

/// What an objective makes of one sequence.
struct ObjectiveResult: Sendable {
    /// Σ share · loss over the tokens.
    var loss: Double
    /// ∂loss / ∂logProbabilities. `[tokens]`
    var gradient: [Double]
    /// Named sums over tokens, such as how many were clipped; a trainer adds them up and divides by the tokens.
    var sums: [String: Double]

    init(loss: Double, gradient: [Double], sums: [String: Double] = [:]) {
        self.loss = loss
        self.gradient = gradient
        self.sums = sums
    }
}
