import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetEngine
import WhetHTTP
import WhetInference
import WhetServer
import WhetTestSupport

@Suite("Sampling through whet's own Tinker server")
struct TinkerSamplerServiceTests {
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
