import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetHTTP
import WhetInference
import WhetTestSupport

@testable import WhetBackends
@testable import WhetEngine

/// A real service at WHET_TINKER_URL, whose base model is the directory WHET_TINKER_MODEL, beside whet's own engine with
/// the same model: `scripts/test-integration tinker`. With WHET_TINKER_WHOLE it trains the whole model, as `whet serve
/// --tinker` does, so that its steps are the engine's too.
@Suite("Tinker service", .enabled(if: ProcessInfo.processInfo.environment["WHET_TINKER_URL"] != nil), .serialized)
struct TinkerServiceTests {
    private static let environment = ProcessInfo.processInfo.environment
    private let url = environment["WHET_TINKER_URL"] ?? ""
    private let directory = environment["WHET_TINKER_MODEL"].map { URL(filePath: $0) } ?? FixtureFolders.qwen3
    private let client: HTTPClient

    init() throws { client = try HTTPClient() }

    private func backend(traits: TinkerTraits? = nil, rank: Int = 8) async throws -> TinkerBackend {
        try await TinkerBackend.connect(
            TinkerBackend.Settings(
                url: url, rank: rank, seed: 1, vocabularySize: try Model(directory: directory).vocabulary,
                traits: traits),
            client: client)
    }

    private func engine() throws -> EmbeddedBackend {
        EmbeddedBackend(model: try Model(directory: directory), settings: .init(optimizer: .init(clipNorm: nil)))
    }

    /// Ids that the model knows.
    private func drawn(_ count: Int, length: Int, seed: UInt64 = 3) throws -> [TrainingSequence] {
        let vocabulary = Int32(try Model(directory: directory).vocabulary)
        var random = RandomStream(seed: seed, purpose: "tinker service")
        return (0..<count).map { _ in
            TrainingSequence(
                tokens: (0..<length).map { _ in Int32.random(in: 0..<vocabulary, using: &random) },
                mask: (0..<length).map { $0 >= 4 }, advantages: [Float](repeating: 1, count: length),
                weights: [Float](repeating: 1, count: length),
                behaviorLogProbabilities: [Float](repeating: 0, count: length))
        }
    }

    @Test("log-probabilities are the engine's within 1e-3; imitation's loss falls on both")
    func besideTheEngine() async throws {
        let backend = try await backend()
        let engine = try engine()
        print("tinker service: \(backend.traits)")
        let sequences = try drawn(8, length: 30)
        let found = try await backend.logProbabilities(of: sequences).flatMap(\.self)
        let right = try await engine.logProbabilities(of: sequences).flatMap(\.self)
        let largest = zip(found, right).map { abs($0 - $1) }.max() ?? 0
        print("tinker service: log-probabilities differ by at most \(largest) over \(found.count) tokens")
        #expect(largest < 1e-3)

        for (name, trainer) in [("service", backend), ("engine", engine)] as [(String, any TrainerBackend)] {
            var losses: [Double] = []
            for step in 0..<20 {
                let batch = TrainingBatch(id: "imitate \(step)", sequences: sequences)
                losses.append(try await trainer.forwardBackward(batch, loss: .crossEntropy).loss)
                _ = try await trainer.optimizerStep(batch.id, learningRate: 3e-3)
            }
            print("tinker service: \(name)'s losses \(losses.map { String(format: "%.4f", $0) }.joined(separator: " "))")
            #expect(try #require(losses.last) < 0.9 * losses[0])
        }
        await backend.close()
    }

    @Test("it keeps what a trainer promises, and its losses are the engine's")
    func conformance() async throws {
        try await withTemporaryDirectory { folder in
            let first = try await backend()
            let traits = first.traits
            await first.close()
            let conformance = TrainerConformance(
                of: { _ in try await backend(traits: traits) }, against: try engine(),
                settings: .init(
                    vocabulary: try Model(directory: directory).vocabulary, tolerance: 1e-3,
                    trainsSameWeights: Self.environment["WHET_TINKER_WHOLE"] != nil),
                in: folder)
            let findings = try await conformance.run { finding in
                print("tinker service: \(finding.name): \(finding.outcome)")
            }
            for finding in findings { #expect(!finding.isFailed, "\(finding.name): \(finding.outcome)") }
        }
    }

    @Test("what it samples has the log-probabilities that its trainer computes")
    func sampling() async throws {
        try await withTemporaryDirectory { folder in
            let backend = try await backend()
            let server = try await InferenceServerKind.connect(url, kind: .tinker, client: client)
            // A few steps first, so that the adapters count.
            let sequences = try drawn(4, length: 20)
            for step in 0..<3 {
                let batch = TrainingBatch(id: "\(step)", sequences: sequences)
                _ = try await backend.forwardBackward(batch, loss: .crossEntropy)
                _ = try await backend.optimizerStep(batch.id, learningRate: 1e-2)
            }
            let publication = try await backend.publish(to: folder.appending(path: "v1"))
            try await server.publish(publication, version: PolicyVersion(1))
            let prompts = (0..<8).map { index in Array(sequences[index % 4].tokens[index..<index + 5]) }
            let generations = try await (0..<8).concurrentMap { index in
                try await server.generate(
                    GenerationRequest(
                        id: "s\(index)", tokens: prompts[index], sampling: SamplingParameters(maximumNewTokens: 12),
                        seed: UInt64(index)))
            }
            let sampled = zip(prompts, generations).map { prompt, generation in
                let tokens = prompt + generation.tokens
                return TrainingSequence(
                    tokens: tokens, mask: tokens.map { _ in false }, advantages: tokens.map { _ in 0 },
                    weights: tokens.map { _ in 1 }, behaviorLogProbabilities: tokens.map { _ in 0 })
            }
            let trained = try await backend.logProbabilities(of: sampled)
            let largest = zip(generations, trained).flatMap { generation, trained in
                zip(generation.logProbabilities, trained[5...]).map { abs($0 - $1) }
            }.max() ?? .infinity
            print("tinker service: sampled log-probabilities differ from the trainer's by at most \(largest)")
            #expect(largest < 1e-3)
            #expect(generations.allSatisfy { $0.version == PolicyVersion(1) })
            await backend.close()
        }
    }
}

extension Model {
    fileprivate var vocabulary: Int { configuration.vocabularySize }
}
