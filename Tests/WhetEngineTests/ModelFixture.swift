import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetEngine

/// A small model with what transformers computes for it: Tests/Fixtures/models, and the folder of WHET_FIXTURES.
struct ModelFixture: Sendable, CustomTestStringConvertible {
    struct Reference: Decodable, Sendable {
        struct Forward: Decodable, Sendable {
            let inputIDs: [[Int32]]
            let nextTokenLogProbabilities: [[Double]]
            let lastLogits: [[Double]]

            enum CodingKeys: String, CodingKey {
                case inputIDs = "input_ids"
                case nextTokenLogProbabilities = "next_token_logprobs"
                case lastLogits = "last_logits_first16"
            }
        }

        struct Greedy: Decodable, Sendable {
            let promptIDs: [[Int32]]
            let newIDs: [[Int32]]

            enum CodingKeys: String, CodingKey {
                case promptIDs = "prompt_ids"
                case newIDs = "new_ids"
            }
        }

        struct Training: Decodable, Sendable {
            struct Optimizer: Decodable, Sendable {
                let lr, beta1, beta2, eps, weightDecay, clipNorm: Double

                enum CodingKeys: String, CodingKey {
                    case lr, beta1, beta2, eps
                    case weightDecay = "weight_decay"
                    case clipNorm = "clip_norm"
                }
            }

            let gradientNorms: [String: Double]
            let adamw: Optimizer
            let losses: [Double]

            enum CodingKeys: String, CodingKey {
                case gradientNorms = "gradient_norms"
                case adamw, losses
            }
        }

        let forward: Forward
        let greedy: Greedy
        let training: Training
    }

    let directory: URL
    let reference: Reference

    var testDescription: String { directory.lastPathComponent }
    var model: Model { get throws { try Model(directory: directory) } }

    static func all() throws -> [ModelFixture] {
        let folders = FixtureFolders.all.map { $0.appending(path: "models") }
        let directories = folders.flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        }
        let fixtures = try directories.sorted { $0.path < $1.path }.compactMap { directory -> ModelFixture? in
            guard let data = try? Data(contentsOf: directory.appending(path: "reference.json")) else { return nil }
            return ModelFixture(directory: directory, reference: try JSONDecoder().decode(Reference.self, from: data))
        }
        // Without fixtures the tests over them would pass by doing nothing.
        guard fixtures.contains(where: { $0.directory.lastPathComponent == "qwen3" }) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: FixtureFolders.own.path])
        }
        return fixtures
    }

    /// The next token of every place of every row, as one batch.
    var sequences: [ScoredSequence] {
        reference.forward.inputIDs.map { ScoredSequence(tokens: $0, places: Array(1..<$0.count), temperature: 1) }
    }
}

extension RandomStream {
    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in .random(in: range, using: &self) }
    }

    mutating func tokens(_ count: Int, below vocabulary: Int) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &self) }
    }
}

extension [Float] {
    var bits: [UInt32] { map(\.bitPattern) }
}

extension ModelConfiguration {
    /// Odd sizes, so that no kernel sees only whole vectors.
    static func odd(_ architecture: Architecture = .qwen3) throws -> ModelConfiguration {
        var configuration = try ModelConfiguration(
            vocabularySize: 53, hiddenSize: 28, intermediateSize: 41, layers: 2, heads: 6, keyValueHeads: 2,
            headSize: 10)
        configuration.architecture = architecture
        configuration.tiesEmbeddings = architecture != .llama
        configuration.initializerRange = 0.2
        return configuration
    }
}
