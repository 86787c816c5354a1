extension InferenceServerKind {
    /// It says who it is wherever it lists models, which is everywhere.
    public static let vllm: InferenceServerKind = .init(
        name: "vllm", title: "vLLM", owner: "vllm", answers: { _ in false },
        client: { probe, model in
            let model = try await probe.model(named: model)
            return probe.openAIServer(model: model, try await probe.vllmCapabilities(model: model))
        })
}

extension ServerProbe {
    fileprivate func vllmCapabilities(model: String) async throws -> InferenceCapabilities {
        let (takes, returns, reports) = try await sampleOne(model: model, isVLLM: true)
        var capabilities = InferenceCapabilities(
            kind: .vllm, takesTokens: takes, returnsTokens: returns,
            logProbabilities: reports ? try await logProbabilities(model: model) : .none,
            abort: try await hasRoute("/abort_requests") ? .byRequestID : .byClosing,
            reportsLoad: try await reportsLoad())
        if try await hasRoute("/collective_rpc"), try await json("/weight_info") != nil {
            capabilities.publications.insert(.directory)
            capabilities.version = .onRequest
        }
        if try await hasRoute("/v1/load_lora_adapter") { capabilities.publications.insert(.adapter) }
        capabilities.pauses = try await json("/is_paused") != nil
        return capabilities
    }
}
