import WhetCore

/// What a server can do, as far as whet's ways depend on it.
public struct InferenceCapabilities: Hashable, Sendable {
    /// What the log-probabilities that a server reports are of.
    public enum LogProbabilities: String, Hashable, Sendable {
        /// Of softmax(logits / temperature) over the whole vocabulary: what `SamplingParameters` promises.
        case tempered
        /// Of temperature 1, whatever the temperature was.
        case raw
        /// Of the distribution drawn from: temperature and cuts applied, renormalized.
        case renormalized
    }

    public enum Abort: String, Hashable, Sendable {
        /// The server ends it and answers with what it has.
        case byRequestID
        /// The connection is closed; what was streamed until then is kept.
        case byClosing
    }

    public enum Publication: String, Hashable, Sendable {
        /// In place, from a directory that the server can read.
        case directory
        /// Not while it runs.
        case none
    }

    public var logProbabilities: LogProbabilities
    public var abort: Abort
    public var publication: Publication
    /// Whether every answer says which version sampled it.
    public var reportsVersion: Bool
    /// Whether a draw follows from the seed and the token's place alone, so that a request that goes on where another
    /// stopped, with its seed, draws what that one would have.
    public var drawsByPlace = false

    public init(logProbabilities: LogProbabilities, abort: Abort, publication: Publication, reportsVersion: Bool) {
        self.logProbabilities = logProbabilities
        self.abort = abort
        self.publication = publication
        self.reportsVersion = reportsVersion
    }

    public static let sglang = InferenceCapabilities(
        logProbabilities: .tempered, abort: .byRequestID, publication: .directory, reportsVersion: true)

    /// Why this server cannot be asked to sample so: its log-probabilities would not be those that the trainer
    /// computes. Nil if it can.
    public func refusal(of sampling: SamplingParameters) -> WhetError? {
        // Greedy sampling reports temperature 1 by definition.
        let isTempered = sampling.temperature != 1 && sampling.temperature != 0
        switch logProbabilities {
        case .raw where isTempered:
            return WhetError(
                "the server reports log-probabilities of temperature 1, but samples at \(sampling.temperature)",
                expected: "temperature 1", remedy: "serve with --logprobs-mode processed_logprobs (vLLM)")
        case .renormalized where sampling.topP < 1 || sampling.topK != nil:
            return WhetError(
                "the server renormalizes log-probabilities after top-p and top-k, which the trainer does not",
                expected: "topP 1 and no topK")
        default: return nil
        }
    }
}
