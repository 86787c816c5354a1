import WhetCore

/// What is asked of an inference server: go on from these tokens.
public struct GenerationRequest: Hashable, Sendable {
    /// Names the request, for `abort`. Unique among those under way; no "~" in it.
    public var id: String
    /// The prompt, and all that was generated before. `[tokens]`
    public var tokens: [Int32]
    public var sampling: SamplingParameters
    /// Servers take 63 bits of it.
    public var seed: UInt64
    /// Names the rollout, so that a pool sends all of its requests to the server whose cache has its beginning; nil lets
    /// any server have it.
    public var affinity: String?

    public init(
        id: String, tokens: [Int32], sampling: SamplingParameters, seed: UInt64, affinity: String? = nil
    ) {
        self.id = id
        self.tokens = tokens
        self.sampling = sampling
        self.seed = seed
        self.affinity = affinity
    }

    /// The seed as a JSON number that every server can hold.
    var wireSeed: Int { Int(seed & UInt64(Int.max)) }

    /// The id of one try. None is the beginning of another's, because SGLang aborts by prefix.
    func wireID(try count: Int) -> String { "\(id)~\(count)~" }

    /// - Throws: `WhetError` for a request that no server could answer.
    func validate() throws {
        guard !id.isEmpty, !id.utf8.contains(UInt8(ascii: "~")) else {
            throw WhetError("\"\(id)\" is no id for a request", expected: "a name without \"~\"")
        }
        guard !tokens.isEmpty else { throw WhetError("there is nothing to go on from: no tokens", at: id) }
        if let wrong = tokens.first(where: { $0 < 0 }) { throw WhetError("\(wrong) is no token id", at: id) }
        guard sampling.maximumNewTokens > 0 else {
            throw WhetError("\(sampling.maximumNewTokens) new tokens are asked for", at: id, expected: "at least 1")
        }
    }
}

/// What a server generated.
///
/// Keeps: as many log-probabilities as tokens, each finite and at most 0; every token is in the vocabulary, if its
/// size is known; no more tokens than were asked for.
public struct Generation: Hashable, Sendable {
    /// Without the prompt; the token that ended it included. Empty when it was aborted before the first.
    public let tokens: [Int32]
    /// Of each token, as the server reports it (see `InferenceCapabilities.logProbabilities`). `[tokens]`
    public let logProbabilities: [Float]
    public let finish: FinishReason
    /// Which weights sampled it; nil where a server does not tell.
    public let version: PolicyVersion?
    public let promptTokens: Int
    /// How many tokens of the prompt the server had in its cache.
    public let cachedTokens: Int
    /// Which of a pool's servers sampled it, by name; nil where there was but one to ask.
    public internal(set) var server: String?
    /// It was aborted, and not by `InferenceServer.abort`: the connection was cut, the server was taken out of its pool,
    /// or somebody else aborted it. Go on from what it holds.
    public internal(set) var wasInterrupted = false

    /// Rounding lets a server report a log-probability a hair above 0; up to this it counts as 0, beyond it is an
    /// error.
    static let roundingSlack: Float = 1e-5

    /// - Throws: `WhetError` for what no honest server says.
    init(
        tokens: [Int32], logProbabilities: [Float], finish: FinishReason, version: PolicyVersion?, promptTokens: Int,
        cachedTokens: Int, request: GenerationRequest, vocabularySize: Int?
    ) throws {
        func fault(_ problem: String, expected: String? = nil) -> WhetError {
            WhetError("the server \(problem)", at: "request \(request.id)", expected: expected)
        }
        guard tokens.count == logProbabilities.count else {
            throw fault("gave \(tokens.count) tokens and \(logProbabilities.count) log-probabilities")
        }
        guard tokens.count <= request.sampling.maximumNewTokens else {
            throw fault("gave \(tokens.count) tokens", expected: "at most \(request.sampling.maximumNewTokens)")
        }
        guard !tokens.isEmpty || finish == .abort else { throw fault("gave no token, and no reason for that") }
        let valid = 0..<Int32(clamping: vocabularySize ?? Int(Int32.max))
        if let wrong = tokens.first(where: { !valid.contains($0) }) {
            throw fault("gave the token id \(wrong)", expected: "an id in 0..<\(valid.upperBound)")
        }
        if let wrong = logProbabilities.firstIndex(where: { !($0.isFinite && $0 <= Generation.roundingSlack) }) {
            throw fault(
                "gave token \(wrong) the log-probability \(logProbabilities[wrong])",
                expected: "a finite number of at most 0")
        }
        self.tokens = tokens
        self.logProbabilities = logProbabilities.map { min($0, 0) }
        self.finish = finish
        self.version = version
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
    }

    /// Of a request that was aborted before anything came.
    init(abortedBeforeStart request: GenerationRequest) {
        tokens = []
        logProbabilities = []
        finish = .abort
        version = nil
        promptTokens = request.tokens.count
        cachedTokens = 0
    }
}
