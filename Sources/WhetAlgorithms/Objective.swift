/// What a batch is trained under: per-token losses of one sequence and their slope.
///
/// A trainer backend knows these, never the algorithm that chose advantages and weights (DESIGN.md, law 6).
///
/// Keeps: pure; a token outside the mask has no loss and no gradient; nothing depends on the other sequences of a batch,
/// so micro-batches add up to the batch.
public protocol Objective: Sendable {
    /// What a recipe calls it.
    static var name: String { get }

    /// - Parameter shares: each token's share of the batch's loss, from the `Aggregation` (times its own weight); 0 where
    ///   the mask is off. `[tokens]`
    func evaluate(_ sequence: ObjectiveSequence, shares: [Double]) -> ObjectiveResult
}

/// One sequence as an objective sees it. Every array is `[tokens]`, over the tokens after the prompt.
public struct ObjectiveSequence: Sendable {
    /// What the trainer computes now.
    public var logProbabilities: [Double]
    /// What the server said when it sampled.
    public var behaviorLogProbabilities: [Double]
    public var advantages: [Double]
    /// True where the policy chose the token and it is trained.
    public var mask: [Bool]
    /// Of a frozen reference policy, where a KL penalty or distillation needs it.
    public var referenceLogProbabilities: [Double]?

    public init(
        logProbabilities: [Double], behaviorLogProbabilities: [Double], advantages: [Double], mask: [Bool],
        referenceLogProbabilities: [Double]? = nil
    ) {
        self.logProbabilities = logProbabilities
        self.behaviorLogProbabilities = behaviorLogProbabilities
        self.advantages = advantages
        self.mask = mask
        self.referenceLogProbabilities = referenceLogProbabilities
    }
}

/// What an objective makes of one sequence.
public struct ObjectiveResult: Sendable {
    /// Σ share · loss over the tokens.
    public var loss: Double
    /// ∂loss / ∂logProbabilities. `[tokens]`
    public var gradient: [Double]
    /// Named sums over tokens, such as how many were clipped; a trainer adds them up and divides by the tokens.
    public var sums: [String: Double]

    public init(loss: Double, gradient: [Double], sums: [String: Double] = [:]) {
        self.loss = loss
        self.gradient = gradient
        self.sums = sums
    }
}
