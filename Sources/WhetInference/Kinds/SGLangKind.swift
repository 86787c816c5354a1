import WhetCore

extension InferenceServerKind {
    public static let sglang: InferenceServerKind = .init(
        name: "sglang", title: "SGLang", owner: "sglang",
        answers: { try await $0.json("/get_server_info") != nil },
        client: { probe, model in
            var capabilities = InferenceCapabilities.sglang
            capabilities.reportsLoad = try await probe.reportsLoad()
            if try await probe.json("/get_server_info")?["enable_lora"] == true {
                capabilities.publications.insert(.adapter)
            }
            return try await probe.sglangServer(model: model, capabilities)
        })

    /// whet's own server, which speaks SGLang's language.
    public static let whet: InferenceServerKind = .init(
        name: "whet", title: "whet serve", owner: "whet",
        answers: { try await $0.json("/get_weight_version")?["weight_version"] != nil },
        client: { probe, model in
            var capabilities = InferenceCapabilities.whet
            capabilities.reportsLoad = try await probe.reportsLoad()
            return try await probe.sglangServer(model: model, capabilities)
        })
}

extension ServerProbe {
    fileprivate func sglangServer(
        model: String?, _ capabilities: InferenceCapabilities
    ) async throws -> SGLangServer {
        // A server without a list of models has one.
        if let model { _ = try await self.model(named: model) }
        return SGLangServer(url: url, client: client, settings: settings, capabilities: capabilities)
    }
}
