/// A token and its log-probability under softmax(logits / temperature), over the whole vocabulary.
public struct TokenLogProbability: Hashable, Sendable {
    /// Its id.
    public var token: Int32
    public var logProbability: Float

    init(token: Int32, logProbability: Float) {
        self.token = token
        self.logProbability = logProbability
    }
}

/// A token that was chosen, and the likeliest ones at its place where the request asked for them.
public struct SampledToken: Hashable, Sendable {
    public var token: Int32
    /// Under softmax(logits / temperature), over the whole vocabulary; at most 0.
    public var logProbability: Float
    /// The likeliest first; of equally likely ones the lower id first.
    public var likeliest: [TokenLogProbability]

    public init(token: Int32, logProbability: Float, likeliest: [TokenLogProbability] = []) {
        self.token = token
        self.logProbability = logProbability
        self.likeliest = likeliest
    }
}
