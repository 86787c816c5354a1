import WhetTinker

extension InferenceServerKind {
    /// A service that trains and samples: SkyRL's, the hosted one, `whet serve --tinker`.
    public static let tinker: InferenceServerKind = .init(
        name: "tinker", title: "Tinker", owner: nil,
        answers: { try await $0.json("/api/v1/get_server_capabilities")?["supported_models"] != nil },
        client: { probe, model in
            let settings = probe.server.settings
            let connection = TinkerConnection(
                url: probe.server.url, client: probe.server.client, key: settings.apiKey,
                settings: TinkerConnection.Settings(retry: settings.retry, timeouts: settings.timeouts))
            return TinkerSampler(
                connection, settings: settings,
                baseModel: try await connection.model(named: model, key: "inference.model"))
        })
}
