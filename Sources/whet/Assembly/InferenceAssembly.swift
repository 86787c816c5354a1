import Foundation
import WhetCore
import WhetEngine
import WhetHTTP
import WhetInference
import WhetServer
import WhetTraining

extension RunAssembly {
    /// Runs `body` with the servers that the recipe names: whet's own, up while `body` runs, or some that are up
    /// already, used as one and looked after while `body` runs.
    ///
    /// The embedded engine is reached over HTTP exactly as a remote one is (docs/design.md, law 7).
    ///
    /// - Parameter endTokens: that end a turn or text of this policy.
    /// - Throws: `WhetError`, before `body` runs, when a server lacks what the recipe needs; what `body` throws.
    func withServer<Result: Sendable>(
        of directory: URL, vocabulary: Int, endTokens: [Int32], publication: Publication.Kind,
        _ body: @escaping @Sendable (any InferenceServer) async throws -> Result
    ) async throws -> Result {
        let client = try HTTPClient()
        let settings = try InferenceSettings(recipe.inference, vocabularySize: vocabulary, endTokens: endTokens)
        guard recipe.inference.kind != .embedded else {
            if let refusal = InferenceCapabilities.whet.refusal(of: recipe.inferenceNeeds(publication)) {
                throw refusal
            }
            let served = try ServedModel(directory: directory, name: run, settings: engineSettings, threads: threads)
            return try await EmbeddedServer(served).withServer { url in
                try await body(
                    SGLangServer(url: "\(url)", client: client, settings: settings, capabilities: .whet))
            }
        }
        let pool = try await ServerPool.connect(recipe.inference, client: client, settings: settings)
        try pool.check(recipe.inferenceNeeds(publication))
        return try await pool.running { try await body($0) }
    }

    /// As many decoded at once as may be in flight.
    private var engineSettings: GenerationEngine.Settings {
        GenerationEngine.Settings(maximumRunning: min(256, recipe.inference.concurrency))
    }
}

extension Recipe {
    /// What a run with this recipe asks of its inference servers.
    ///
    /// - Parameter publication: how its trainer hands weights on.
    func inferenceNeeds(_ publication: Publication.Kind) -> InferenceNeeds {
        var evaluation = rollout.sampling
        evaluation.temperature = self.evaluation.temperature
        return InferenceNeeds(
            sampling: self.evaluation.problems > 0 ? [rollout.sampling, evaluation] : [rollout.sampling],
            publication: publication, resumesRollouts: [.april, .asynchronous].contains(rollout.scheduling.mode),
            followsLoad: inference.concurrencyChoice == .auto)
    }
}

extension InferenceSettings {
    /// - Throws: `WhetError` where the variable of the servers' key is not set.
    init(_ inference: Recipe.Inference, vocabularySize: Int?, endTokens: [Int32]) throws {
        let total = Duration.seconds(inference.totalTimeoutSeconds)
        self.init(
            timeouts: HTTPTimeouts(
                connect: .seconds(inference.connectTimeoutSeconds), idle: .seconds(inference.idleTimeoutSeconds),
                total: total),
            retry: RetryPolicy(maximumTries: inference.retries + 1, deadline: total), vocabularySize: vocabularySize,
            endTokens: endTokens,
            apiKey: try SecretVariable.value(of: inference.keyVariable, at: "inference.key_variable"), streams: true)
    }
}

extension ServerPool {
    /// Connects to all the servers that a recipe names.
    static func connect(
        _ inference: Recipe.Inference, client: HTTPClient, settings: InferenceSettings
    ) async throws -> ServerPool {
        let servers = try await inference.urls.concurrentMap { url in
            try await InferenceServerKind.connect(
                url, kind: inference.kind.server, model: inference.model, client: client, settings: settings)
        }
        guard !servers.isEmpty else {
            throw WhetError("the recipe names no server", at: "inference.urls", expected: "at least one address")
        }
        return ServerPool(servers) { event in Output.complain(event.sentence) }
    }

    /// - Throws: `WhetError` that names the server which lacks something.
    func check(_ needs: InferenceNeeds) throws {
        for member in members {
            guard var refusal = member.server.capabilities.refusal(of: needs) else { continue }
            refusal.place = "\(member.server.name) (\(member.server.capabilities.kind.title))"
            if refusal.remedy == nil { refusal.remedy = "see whet servers probe \(member.server.name)" }
            throw refusal
        }
    }
}

extension ServerPool.Event {
    /// For a person who watches a run.
    var sentence: String {
        switch self {
        case .takenOut(let server, let because): "\(server) was taken out: \(because)"
        case .takenBack(let server): "\(server) was taken back"
        }
    }
}
