import Foundation
import Testing
import WhetAlgorithms
import WhetCore
import WhetEngine
import WhetTestSupport

@testable import WhetBackends

/// Needs a Python with torch, transformers and peft: `scripts/test-integration torch`.
@Suite(
    "The PyTorch trainer keeps what trainers promise, and computes what whet's engine computes", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["WHET_TORCH_PYTHON"] != nil))
struct TorchConformanceTests {
    private static func settings(_ model: URL, in folder: URL) throws -> ProgramBackend.Settings {
        let python = try #require(ProcessInfo.processInfo.environment["WHET_TORCH_PYTHON"])
        var settings = ProgramBackend.Settings(
            command: TorchTrainer.command(python: python), model: model,
            exchange: folder.appending(path: "exchange-\(UUID().uuidString)"),
            log: folder.appending(path: "trainer.log"))
        let source = URL(filePath: #filePath).appending(path: "../../../../trainers/torch").standardizedFileURL.path
        settings.variables = ["PYTHONPATH": source, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"]
        settings.threads = 1
        return settings
    }

    private static func models() throws -> [URL] {
        try FixtureFolders.all.flatMap { folder in
            try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: "models"), includingPropertiesForKeys: nil)
        }.sorted { $0.path < $1.path }
    }

    @Test("every check of the suite passes on the fixture models")
    func conforms() async throws {
        for directory in try Self.models() {
            let model = try Model(directory: directory)
            let standard = EmbeddedBackend(model: model, settings: EmbeddedBackend.Settings(threads: 1))
            try await withTemporaryDirectory { folder in
                let suite = TrainerConformance(
                    of: { tokens in
                        var settings = try Self.settings(directory, in: folder)
                        settings.microBatchTokens = tokens
                        return try await ProgramBackend(settings)
                    },
                    against: standard,
                    settings: TrainerConformance.Settings(vocabulary: model.configuration.vocabularySize),
                    in: folder.appending(path: "conformance"))
                let findings = try await suite.run()
                for finding in findings {
                    if case .passed(let words) = finding.outcome {
                        print("\(directory.lastPathComponent) \(finding.name): \(words)")
                    } else {
                        Issue.record("\(directory.lastPathComponent) \(finding.name): \(finding.outcome)")
                    }
                }
                #expect(
                    findings.count { $0.name.hasPrefix("objective_") } == TrainerCapabilities.everyObjective.count)
            }
        }
    }

    @Test("what whet knows of it before it is started is what it says of itself")
    func capabilities() async throws {
        try await withTemporaryDirectory { folder in
            let backend = try await ProgramBackend(try Self.settings(FixtureFolders.qwen3, in: folder))
            #expect(backend.capabilities == .torch)
            await backend.close()
        }
    }

    @Test("adapters are published as such, and the model beneath them is a reference that stays as it was")
    func adapters() async throws {
        try await withTemporaryDirectory { folder in
            var settings = try Self.settings(FixtureFolders.qwen3, in: folder)
            settings.lora = ProgramBackend.LoRA(rank: 4, alpha: 8)
            let backend = try await ProgramBackend(settings)
            let reference = try BaseReference(beneath: backend)
            let sequence = TrainingSequence(
                tokens: [1, 2, 3, 4], mask: [false, true, true, true], advantages: [0, 1, 1, 1], weights: [1, 1, 1, 1],
                behaviorLogProbabilities: [0, 0, 0, 0])
            let before = try await backend.logProbabilities(of: [sequence])
            let loss = try LossFunction(LossDescription(.init("policy_gradient")))
            _ = try await backend.forwardBackward(TrainingBatch(id: "b", sequences: [sequence]), loss: loss)
            _ = try await backend.optimizerStep("b", learningRate: 0.1)
            async let policy = backend.logProbabilities(of: [sequence])
            async let base = reference.logProbabilities(of: [sequence])
            #expect(try await base == before)
            #expect(try await policy != before)
            let target = folder.appending(path: "adapter")
            #expect(try await backend.publish(to: target) == .adapter(target))
            #expect(try Publication(directory: target) == .adapter(target))
            await backend.close()
        }
    }

    @Test("two processes compute what one does, and neither outlives the trainer")
    func torchrun() async throws {
        try await withTemporaryDirectory { folder in
            let sequence = TrainingSequence(
                tokens: [1, 2, 3, 4], mask: [false, true, true, true], advantages: [0, 1, -1, 1],
                weights: [1, 1, 1, 1], behaviorLogProbabilities: [0, 0, 0, 0])
            let loss = try LossFunction(LossDescription(.init("policy_gradient")))
            var found: [[[Float]]] = []
            for processes in [1, 2] {
                var settings = try Self.settings(FixtureFolders.qwen3, in: folder)
                settings.command = TorchTrainer.command(python: settings.command[0], processes: processes)
                settings.endLimit = .seconds(60)
                let backend = try await ProgramBackend(settings)
                _ = try await backend.forwardBackward(TrainingBatch(id: "b", sequences: [sequence]), loss: loss)
                _ = try await backend.optimizerStep("b", learningRate: 0.01)
                found.append(try await backend.logProbabilities(of: [sequence]))
                await backend.close()
            }
            for (one, two) in zip(found[0][0], found[1][0]) { #expect(abs(one - two) < 1e-4) }
        }
    }
}
