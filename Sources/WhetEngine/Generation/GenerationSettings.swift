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
        public var running = 0
        public var waiting = 0
        /// Tokens in caches, those kept for later prompts included.
        public var cachedTokens = 0
        public var version = PolicyVersion.initial
        public var steps = 0
        /// Prompt tokens of all requests that were started, and how many of them were taken over from others.
        public var promptTokens = 0
        public var sharedTokens = 0
        public var generatedTokens = 0
        public var stopped = 0
        public var reachedLength = 0
        public var aborted = 0
        public var failed = 0
        public var refused = 0
        public var weightUpdates = 0
    }
}
