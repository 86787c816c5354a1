import WhetCore

/// What a run asks of its inference servers.
public struct InferenceNeeds: Hashable, Sendable {
    /// What it samples under: in training, and in evaluation.
    public var sampling: [SamplingParameters]
    /// How it publishes new weights; nil: it never does.
    public var publication: Publication.Kind?
    /// Whether it aborts rollouts and goes on with them later.
    public var resumesRollouts: Bool
    /// Whether its concurrency follows the servers' metrics.
    public var followsLoad: Bool

    public init(
        sampling: [SamplingParameters] = [], publication: Publication.Kind? = .directory,
        resumesRollouts: Bool = false, followsLoad: Bool = false
    ) {
        self.sampling = sampling
        self.publication = publication
        self.resumesRollouts = resumesRollouts
        self.followsLoad = followsLoad
    }
}

extension InferenceCapabilities {
    /// Why a run with these needs cannot use this server, with what to do about it; nil if it can.
    public func refusal(of needs: InferenceNeeds) -> WhetError? {
        if !takesTokens {
            return WhetError(
                "the server takes no token ids as a prompt, so a rollout could not be continued exactly",
                expected: "SGLang, vLLM, llama.cpp or whet serve")
        }
        if !returnsTokens || logProbabilities == .none {
            return WhetError(
                "the server does not return the \(returnsTokens ? "log-probabilities" : "ids") of what it samples",
                expected: "token ids and log-probabilities: what is trained on",
                remedy: "vLLM returns them from 0.10 on; so do SGLang, llama.cpp and whet serve")
        }
        if let refusal = needs.sampling.lazy.compactMap({ refusal(of: $0) }).first { return refusal }
        if let publication = needs.publication, let refusal = refusal(of: publication) { return refusal }
        if needs.resumesRollouts, !keepsPartialOutput {
            return WhetError(
                "the server keeps nothing of an aborted request, so partial rollouts would begin again and again",
                expected: "a server that streams ids or aborts by request id",
                remedy: "rollout.scheduling.mode: synchronous")
        }
        if needs.followsLoad, !reportsLoad {
            return WhetError(
                "the server does not tell how many requests run and wait, so concurrency cannot follow it",
                expected: "metrics at /metrics",
                remedy: kind == .sglang ? "serve with --enable-metrics" : "inference.concurrency: a number")
        }
        return nil
    }

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

    /// Why weights cannot be published to this server so; nil if they can.
    func refusal(of publication: Publication.Kind) -> WhetError? {
        guard !publications.contains(publication) else { return nil }
        switch publication {
        case .directory:
            return WhetError(
                "the server cannot take up new weights while it runs, so a run would train on stale samples",
                expected: "vLLM in its development mode, SGLang, or whet serve",
                remedy: kind == .vllm ? "serve with VLLM_SERVER_DEV_MODE=1" : nil)
        case .adapter:
            return WhetError(
                "the server cannot load a LoRA adapter while it runs",
                expected: "vLLM or SGLang with LoRA",
                remedy: kind == .vllm
                    ? "serve with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora" : "serve with --enable-lora")
        case .remote:
            return WhetError(
                "the server does not hold the trainer's weights", expected: "the trainer's own service",
                remedy: "inference.kind: tinker, at the trainer's address")
        }
    }
}
