extension InferenceServerKind {
    public static let llamaCpp: InferenceServerKind = .init(
        name: "llama_cpp", title: "llama.cpp", owner: "llamacpp",
        answers: { try await $0.json("/props")?["default_generation_settings"] != nil },
        client: { probe, model in
            let model = try await probe.model(named: model)
            return probe.openAIServer(
                model: model,
                InferenceCapabilities(
                    kind: .llamaCpp, logProbabilities: .raw, abort: .byClosing, reportsLoad: try await probe.reportsLoad()))
        })
}
