import Foundation
import Testing
import WhetAlgorithms
import WhetBackends
import WhetCore

@testable import WhetTraining

/// Has no room to write to.
private struct FullDisk: TrainerBackend {
    private let error = WhetError("no space left on device")
    let capabilities = TrainerCapabilities.embedded

    func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]] { throw error }
    func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport { throw error }
    func optimizerStep(_ id: String, learningRate: Double) async throws -> OptimizerReport { throw error }
    func save(to directory: URL) async throws { throw error }
    func publish(to directory: URL) async throws -> Publication { throw error }
    func load(from directory: URL) async throws { throw error }
}

@Suite("The folder of checkpoints")
struct CheckpointFolderTests {
    @Test("keeps what a version had where it cannot be written again", arguments: [true, false])
    func failedWrite(withOptimizer: Bool) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "whet-checkpoints-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let folder = CheckpointFolder(directory: directory, keep: 1)
        let version = PolicyVersion(3)
        try FileManager.default.createDirectory(at: folder.url(of: version), withIntermediateDirectories: true)
        let file = folder.url(of: version).appending(path: "model.safetensors")
        try Data("weights".utf8).write(to: file)
        await #expect(throws: WhetError.self) {
            try await folder.write(version, of: FullDisk(), withOptimizer: withOptimizer)
        }
        #expect(try Data(contentsOf: file) == Data("weights".utf8))
    }
}
