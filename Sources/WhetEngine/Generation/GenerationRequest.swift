import WhetCore

extension GenerationEngine {
    /// The bytes that a token stands for; none for a token that stands for nothing.
    public typealias TokenBytes = @Sendable (Int32) -> [UInt8]

    /// One prompt, to be continued once.
    public struct Request: Sendable {
        /// What it is aborted by; need not be unique.
        public var id: String
        /// `[tokens]`, at least one.
        public var prompt: [Int32]
        /// How its tokens are chosen, and what ends it.
        public var sampling: SamplingParameters
        /// Two requests that differ in nothing give the same tokens and log-probabilities, bit for bit.
        public var seed: UInt64
        /// How many of the likeliest tokens to report at each place.
        public var topLogProbabilities: Int
        /// Goes on after the model's own end tokens; those of `sampling` still count.
        public var ignoresEndTokens: Bool

        public init(
            id: String, prompt: [Int32], sampling: SamplingParameters, seed: UInt64, topLogProbabilities: Int = 0,
            ignoresEndTokens: Bool = false
        ) {
            self.id = id
            self.prompt = prompt
            self.sampling = sampling
            self.seed = seed
            self.topLogProbabilities = topLogProbabilities
            self.ignoresEndTokens = ignoresEndTokens
        }
    }

    /// What ended a generation whose reason is `stop`.
    public enum Stop: Hashable, Sendable {
        case token(Int32)
        case string(String)
    }

    /// What came of a request.
    ///
    /// Keeps: all tokens were sampled by `version`.
    public struct Output: Hashable, Sendable {
        /// Everything that was sampled, stop tokens included.
        public var tokens: [SampledToken]
        /// Why it ended.
        public var finish: FinishReason
        /// Set exactly when `finish` is `stop`.
        public var stop: Stop?
        /// Of the weights that sampled it.
        public var version: PolicyVersion
        /// As many as the request's prompt has.
        public var promptTokens: Int
        /// How many of the prompt's tokens were taken over from another request's cache.
        public var sharedTokens: Int
    }

    /// Whose generations to end.
    public enum AbortSelection: Hashable, Sendable {
        /// Those whose id begins with this; of those that have not arrived yet the one whose id equals it.
        case id(String)
        case all
    }

    /// Why a request was not taken.
    public enum Refusal: Error, Hashable, Sendable {
        /// So many are waiting already.
        case queueIsFull(waiting: Int)
        case stopped
    }
}
