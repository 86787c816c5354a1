import Foundation
import WhetCore
import WhetEngine
import WhetHTTP
import WhetInference
import WhetServer
import WhetTraining

extension RunAssembly {
    /// Runs `body` with the server that the recipe names: whet's own, up while `body` runs, or one that is up already.
    ///
    /// The embedded engine is reached over HTTP exactly as a remote one is (DESIGN.md, law 7).
    func withServer<Result: Sendable>(
        of directory: URL, vocabulary: Int, _ body: @escaping @Sendable (any InferenceServer) async throws -> Result
    ) async throws -> Result {
        let client = try HTTPClient()
        switch recipe.inference.kind {
        case .embedded:
            let served = try ServedModel(directory: directory, name: run, settings: engineSettings, threads: threads)
            return try await EmbeddedServer(served).withServer { url in
                try await body(SGLangServer(url: "\(url)", client: client, settings: settings(vocabulary)))
            }
        case .sglang, .openai:
            guard recipe.inference.urls.count == 1, let url = recipe.inference.urls.first else {
                throw WhetError(
                    "inference.urls names \(recipe.inference.urls.count) servers", expected: "one, for now",
                    remedy: "a router in front of them, or the first alone")
            }
            if recipe.inference.kind == .sglang {
                return try await body(SGLangServer(url: url, client: client, settings: settings(vocabulary)))
            }
            throw WhetError(
                "a server of kind openai cannot take up new weights while it runs, so a run would train on stale samples",
                at: "inference.kind", expected: "embedded, or sglang")
        }
    }

    /// As many decoded at once as may be in flight.
    private var engineSettings: GenerationEngine.Settings {
        GenerationEngine.Settings(maximumRunning: min(256, recipe.inference.concurrency))
    }

    private func settings(_ vocabulary: Int) -> InferenceSettings {
        let inference = recipe.inference
        let total = Duration.seconds(inference.totalTimeoutSeconds)
        return InferenceSettings(
            timeouts: HTTPTimeouts(
                connect: .seconds(inference.connectTimeoutSeconds), idle: .seconds(inference.idleTimeoutSeconds),
                total: total),
            retry: RetryPolicy(maximumTries: inference.retries + 1, deadline: total), vocabularySize: vocabulary)
    }
}
