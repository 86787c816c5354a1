/// How a server chooses tokens; stored with every policy span, because a log-probability means nothing without it.
///
/// The log-probability that goes with a token is that of softmax(logits / temperature) over the whole vocabulary.
/// `topP` and `topK` cut the tail off before the draw and do not renormalize what is reported: the trainer, which
/// applies the same temperature, then needs no record of what was cut.
public struct SamplingParameters: Hashable, Sendable, Codable {
    /// 0 is greedy; the log-probability is then that of temperature 1.
    public var temperature: Double
    /// Draw from the smallest set of tokens whose probabilities sum to at least this; 1 cuts nothing.
    public var topP: Double
    /// Draw from this many likeliest tokens; nil cuts nothing.
    public var topK: Int?
    /// At least 1.
    public var maximumNewTokens: Int
    /// Generation ends once the new text contains one of these; what was generated stays whole.
    public var stopStrings: [String]
    /// Generation ends with one of these, which stays in the output. The model's own end tokens always count.
    public var stopTokens: [Int32]

    public init(
        temperature: Double = 1, topP: Double = 1, topK: Int? = nil, maximumNewTokens: Int = 256,
        stopStrings: [String] = [], stopTokens: [Int32] = []
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.maximumNewTokens = maximumNewTokens
        self.stopStrings = stopStrings
        self.stopTokens = stopTokens
    }
}

/// Why a generation ended.
public enum FinishReason: String, Hashable, Sendable, Codable {
    /// An end token or a stop string.
    case stop
    /// The budget of new tokens or the context was used up.
    case length
    /// Somebody asked for it; what had been generated is kept.
    case abort
}
