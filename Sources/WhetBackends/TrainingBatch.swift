/// One sequence to train on. Every array is `[tokens]` and speaks of the token at its own place.
///
/// Keeps: all arrays are equally long; place 0 is never trained, because nothing predicts it.
public struct TrainingSequence: Sendable {
    /// The prompt's and all that follow.
    public let tokens: [Int32]
    /// True where the token is trained: the policy chose it and nothing masked it.
    public let mask: [Bool]
    /// The algorithm's credit; 0 where the token is not trained.
    public let advantages: [Float]
    /// Multiplies the token's loss: importance weights, weights of a dataset; 1 changes nothing.
    public let weights: [Float]
    /// 0 where the policy chose nothing.
    public let behaviorLogProbabilities: [Float]
    /// Of a frozen reference policy, where the loss needs it (`LossFunction.needsReference`); nil elsewhere.
    public let referenceLogProbabilities: [Float]?
    /// Which of the loss's components trains it (`LossFunction.components`); nil for the objective itself.
    public let component: String?
    /// What the tokens were sampled at; the trainer scales its logits alike.
    public let temperature: Float
    /// Multiplies the sequence's share of the batch's loss, penalties included; not 1 where several sequences are of
    /// one rollout.
    public let vote: Double

    public init(
        tokens: [Int32], mask: [Bool], advantages: [Float], weights: [Float], behaviorLogProbabilities: [Float],
        referenceLogProbabilities: [Float]? = nil, component: String? = nil, temperature: Float = 1, vote: Double = 1
    ) {
        precondition(
            [
                mask.count, advantages.count, weights.count, behaviorLogProbabilities.count,
                referenceLogProbabilities?.count ?? tokens.count,
            ].allSatisfy { $0 == tokens.count },
            "every array of a training sequence has one element a token")
        precondition(mask.first != true, "nothing predicts the first token")
        precondition(temperature > 0, "a temperature is above 0")
        self.tokens = tokens
        self.mask = mask
        self.advantages = advantages
        self.weights = weights
        self.behaviorLogProbabilities = behaviorLogProbabilities
        self.referenceLogProbabilities = referenceLogProbabilities
        self.component = component
        self.temperature = temperature
        self.vote = vote
    }
}

/// What a trainer backend executes: token streams, nothing of where their credit came from.
public struct TrainingBatch: Sendable {
    /// The same for the same batch after a resume, so that a backend can refuse to apply it twice.
    public let id: String
    /// In no particular order; gradients add up.
    public let sequences: [TrainingSequence]

    public init(id: String, sequences: [TrainingSequence]) {
        self.id = id
        self.sequences = sequences
    }
}
