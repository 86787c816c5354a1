import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetEngine
import WhetHTTP
import WhetInference
import WhetServer
import WhetTestSupport

/// whet's client of the Tinker API against whet's server of it: both are held against their peers by
/// `scripts/test-integration`, and against each other in every build.
@Suite("Training through whet's own Tinker server")
struct TinkerConformanceTests {
    @Test("keeps what trainers promise, and computes what the engine computes")
    func conforms() async throws {
        let model = try Model(directory: FixtureFolders.qwen3)
        let vocabulary = model.configuration.vocabularySize
        var settings = TinkerService.Settings()
        settings.threads = 2
        let service = try TinkerService(directory: FixtureFolders.qwen3, settings: settings)
        try await withTemporaryDirectory { folder in
            try await service.withServer { url in
                let client = try HTTPClient()
                let optimizer = TinkerOptimizer(clipNorm: 1)
                let suite = TrainerConformance(
                    of: { tokens in
                        try await TinkerBackend.connect(
                            TinkerBackend.Settings(
                                url: url.absoluteString, optimizer: optimizer, requestTokens: tokens,
                                vocabularySize: vocabulary), client: client)
                    },
                    against: EmbeddedBackend(model: model, settings: EmbeddedBackend.Settings(threads: 1)),
                    settings: TrainerConformance.Settings(vocabulary: vocabulary, tolerance: 1e-4), in: folder)
                let findings = try await suite.run()
                for finding in findings where !finding.isPassed {
                    Issue.record("\(finding.name): \(finding.outcome)")
                }
                #expect(findings.count { $0.name.hasPrefix("objective_") } == 11)
            }
        }
    }

    private static func scored(_ tokens: [Int32]) -> TrainingSequence {
        let zeros = [Float](repeating: 0, count: tokens.count)
        return TrainingSequence(
            tokens: tokens, mask: tokens.map { _ in false }, advantages: zeros, weights: zeros,
            behaviorLogProbabilities: zeros)
    }

    @Test("samples what was published, with the log-probabilities that the engine computes")
    func samples() async throws {
        let model = try Model(directory: FixtureFolders.qwen3)
        let service = try TinkerService(directory: FixtureFolders.qwen3)
        try await withTemporaryDirectory { folder in
            try await service.withServer { url in
                let client = try HTTPClient()
                let backend = try await TinkerBackend.connect(
                    TinkerBackend.Settings(url: url.absoluteString), client: client)
                let publication = try await backend.publish(to: folder.appending(path: "v1"))
                let server = try await InferenceServerKind.connect(
                    url.absoluteString, kind: nil, model: nil, client: client,
                    settings: InferenceSettings(vocabularySize: model.configuration.vocabularySize))
                #expect(server.capabilities.kind == .tinker)
                try await server.publish(publication, version: PolicyVersion(1))
                let prompt: [Int32] = [3, 1, 4, 1, 5]
                let sampled = try await server.generate(
                    GenerationRequest(
                        id: "a", tokens: prompt, sampling: SamplingParameters(maximumNewTokens: 12), seed: 7))
                let tokens = prompt + sampled.tokens
                let own = try await backend.logProbabilities(of: [Self.scored(tokens)])[0]
                for (one, two) in zip(sampled.logProbabilities, own.dropFirst(prompt.count)) {
                    #expect(abs(one - two) < 1e-4)
                }
                #expect(!sampled.tokens.isEmpty)
                await backend.close()
            }
        }
    }
}
