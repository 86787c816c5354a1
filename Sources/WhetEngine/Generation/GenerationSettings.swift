import WhetCore

extension GenerationEngine {
    /// The bounds of an engine.
    public struct Settings: Hashable, Sendable {
        /// How many requests are decoded at once.
        public var maximumRunning: Int
        /// How many more may wait; beyond, requests are refused.
        var maximumWaiting: Int
        /// How many tokens all caches may come to hold. A request is let in once its prompt and its whole budget of new
        /// tokens fit, so none is ever thrown out again.
        public var maximumCachedTokens: Int
        /// How many tokens a step may read: long prompts are read in pieces, between which others decode on.
        var tokensPerStep: Int
        /// Whether a prompt's beginning that another request has read already is taken over. Changes no result.
        var sharesPrefixes: Bool
        /// How many finished requests' caches are kept for later prompts that begin alike, such as the next turn's.
        var maximumRetained: Int

        public init(
            maximumRunning: Int = 256, maximumWaiting: Int = 16_384, maximumCachedTokens: Int = 524_288,
            tokensPerStep: Int = 2_048, sharesPrefixes: Bool = true, maximumRetained: Int = 64
        ) {
            precondition(
                maximumRunning > 0 && maximumWaiting >= 0 && maximumCachedTokens > 1 && tokensPerStep > 0,
                "an engine needs room to run in")
            self.maximumRunning = maximumRunning
            self.maximumWaiting = maximumWaiting
            self.maximumCachedTokens = maximumCachedTokens
            self.tokensPerStep = tokensPerStep
            self.sharesPrefixes = sharesPrefixes
            self.maximumRetained = maximumRetained
        }
    }

    /// Counters since the start, and how things stand after the last step.
    public struct Statistics: Hashable, Sendable {
        /// Requests that are being sampled.
        public var running = 0
        /// Requests that wait for a place.
        public var waiting = 0
        /// Tokens in caches, those kept for later prompts included.
        public var cachedTokens = 0
        /// Of the weights that sample.
        public var version = PolicyVersion.initial
        /// Of the decoder.
        public var steps = 0
        /// Prompt tokens of all requests that were started, and how many of them were taken over from others.
        public var promptTokens = 0
        public var sharedTokens = 0
        /// Tokens sampled.
        public var generatedTokens = 0
        /// Generations that a token or string ended.
        public var stopped = 0
        /// Generations that used up their budget or context.
        public var reachedLength = 0
        /// Generations that were aborted.
        public var aborted = 0
        /// Generations whose logits were no numbers.
        public var failed = 0
        /// Requests that found the queue full.
        public var refused = 0
        /// Changes of weights.
        public var weightUpdates = 0
    }
}
