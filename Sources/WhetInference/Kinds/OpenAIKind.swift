extension InferenceServerKind {
    /// Any other with `/v1/completions`, so the last to be asked.
    public static let openAI: InferenceServerKind = .init(
        name: "openai", title: "OpenAI-compatible", owner: nil,
        answers: { try await !$0.models().isEmpty },
        client: { probe, model in
            let model = try await probe.model(named: model)
            return probe.openAIServer(model: model, try await probe.openAICapabilities(.openAI, model: model))
        })
}

extension ServerProbe {
    /// What a server that speaks OpenAI's completions alone can do; for those of a kind of their own too.
    func openAICapabilities(_ kind: InferenceServerKind, model: String) async throws -> InferenceCapabilities {
        let (takes, returns, reports) = try await sampleOne(model: model, isVLLM: false)
        return InferenceCapabilities(
            kind: kind, takesTokens: takes, returnsTokens: returns,
            logProbabilities: reports ? try await logProbabilities(model: model) : .none, abort: .byClosing,
            keepsPartialOutput: returns, reportsLoad: try await reportsLoad())
    }

    func openAIServer(model: String, _ capabilities: InferenceCapabilities) -> OpenAIServer {
        OpenAIServer(url: url, model: model, client: client, settings: settings, capabilities: capabilities)
    }
}
