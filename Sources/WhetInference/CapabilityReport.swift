import WhetCore

/// A server's capabilities for a person: what each is, and what training does without it.
public struct CapabilityReport: Hashable, Sendable {
    /// One capability.
    public struct Line: Hashable, Sendable {
        /// A name for programs, such as `partial_output`.
        public let name: String
        /// Whether the server has it.
        public let isThere: Bool
        /// What was found, in words.
        public let found: String
        /// What it means that it is missing; nil when it is there.
        public let meaning: String?
    }

    /// One for each capability, always in the same order.
    public let lines: [Line]

    public init(_ capabilities: InferenceCapabilities) {
        var lines: [Line] = []
        func add(_ name: String, _ isThere: Bool, _ found: String, without meaning: String) {
            lines.append(Line(name: name, isThere: isThere, found: found, meaning: isThere ? nil : meaning))
        }
        add(
            "token_prompts", capabilities.takesTokens, capabilities.takesTokens ? "token ids" : "text only",
            without: "no training: a continuation would be tokenized again, and differ")
        add(
            "token_outputs", capabilities.returnsTokens, capabilities.returnsTokens ? "token ids" : "text only",
            without: "no training: the trainer must see the ids that were sampled")
        add(
            "log_probabilities", capabilities.logProbabilities == .tempered,
            capabilities.logProbabilities.words, without: capabilities.logProbabilities.limits)
        add(
            "abort", capabilities.abort == .byRequestID,
            capabilities.abort == .byRequestID ? "by request id" : "by closing the connection",
            without: "an abort keeps what had been streamed, and may waste the last few tokens")
        add(
            "partial_output", capabilities.keepsPartialOutput, capabilities.keepsPartialOutput ? "kept" : "lost",
            without: "modes that resume rollouts (april, asynchronous) are refused")
        if capabilities.publications.contains(.remote) {
            add("trainer_weights", true, "those of the trainer in the same service", without: "")
        }
        for publication in [Publication.Kind.directory, .adapter] {
            let isThere = capabilities.publications.contains(publication)
            add(
                publication == .directory ? "weights_from_directory" : "lora_adapters", isThere,
                isThere ? "while it runs" : "not while it runs",
                without: publication == .directory
                    ? "full weights cannot be published to it" : "adapters cannot be published to it")
        }
        add(
            "version", capabilities.version != .never, capabilities.version.words,
            without: "whether it has the weights that were published cannot be checked")
        add(
            "metrics", capabilities.reportsLoad, capabilities.reportsLoad ? "requests running and waiting" : "none",
            without: "inference.concurrency: auto is refused")
        self.lines = lines
    }
}

extension InferenceCapabilities.LogProbabilities {
    fileprivate var words: String {
        switch self {
        case .tempered: "of the temperature that it samples at"
        case .raw: "of temperature 1, whatever it samples at"
        case .renormalized: "of what was drawn from, top-p and top-k applied"
        case .none: "none"
        }
    }

    fileprivate var limits: String {
        switch self {
        case .tempered: ""
        case .raw: "rollout.temperature other than 1 is refused"
        case .renormalized: "rollout.top_p below 1 and rollout.top_k are refused"
        case .none: "no training: they are what off-policy corrections rest on"
        }
    }
}

extension InferenceCapabilities.VersionReport {
    fileprivate var words: String {
        switch self {
        case .perAnswer: "in every answer"
        case .onRequest: "when asked"
        case .never: "never said"
        }
    }
}
