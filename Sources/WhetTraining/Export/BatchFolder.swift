import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore

/// A folder of the batches that steps trained on, for a trainer elsewhere: a folder a batch, and `export.json`.
///
///     export.json                       the run, the loss, every batch
///     step-000001-0/batch.safetensors   docs/trainers.md, "The batch"
///     step-000001-0/batch.json          its id, loss, learning rate, and whose conversations its sequences are
///
/// Keeps: the folder is there whole or not at all; one step is in memory at a time.
public struct BatchFolder: Sendable {
    /// What was written.
    public struct Amount: Hashable, Sendable {
        public var batches = 0
        public var sequences = 0
        public var tokens = 0
        public var trainedTokens = 0
    }

    private static let manifest = "export.json"
    private static let kind = "whet-batches"
    private let directory: URL

    /// - Parameter replaces: whether an export that is there already may go.
    /// - Throws: `WhetError` where something is there that may not be replaced.
    public init(_ directory: URL, replaces: Bool) throws {
        self.directory = directory
        let place = directory.path(percentEncoded: false)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else { throw WhetError("this is a file", at: place, expected: "a folder to write") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        if names.isEmpty { return }
        guard replaces else {
            throw WhetError(
                "there is a folder of this name", at: place, remedy: "--force replaces an export, or choose another")
        }
        // Whatever else the folder holds is nobody's to delete.
        guard let data = try? Data(contentsOf: directory.appending(path: Self.manifest)),
            (try? JSONValue(parsing: data))?["kind"]?.string == Self.kind
        else {
            throw WhetError(
                "the folder holds something else than an export of batches", at: place,
                expected: "a folder with \(Self.manifest)", remedy: "choose another, or remove it yourself")
        }
    }

    /// - Throws: `WhetError` where the batches cannot be made or written; `CancellationError`.
    public func write(_ batches: StepBatches, of run: String) async throws -> Amount {
        let beside = directory.deletingLastPathComponent()
            .appending(path: ".\(directory.lastPathComponent).\(UUID().uuidString).partial", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: beside, withIntermediateDirectories: false)
            // Whoever writes beside it sweeps away what nobody holds.
            let lock = open(beside.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer {
                close(lock)
                try? FileManager.default.removeItem(at: beside)
            }
            guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
                throw WhetError("the folder cannot be locked for writing", at: beside.path)
            }
            let amount = try await fill(beside, batches, of: run)
            try WholeFiles.replaceDirectory(directory) { whole in
                for name in try FileManager.default.contentsOfDirectory(atPath: beside.path) {
                    try FileManager.default.moveItem(at: beside.appending(path: name), to: whole.appending(path: name))
                }
            }
            return amount
        } catch {
            if error is CancellationError || error is WhetError { throw error }
            throw WhetError("the batches cannot be written", at: directory.path(percentEncoded: false), because: error)
        }
    }

    private func fill(_ folder: URL, _ batches: StepBatches, of run: String) async throws -> Amount {
        var batches = batches
        let loss = batches.loss.description
        var amount = Amount()
        var entries: [JSONValue] = []
        while let step = try await batches.next() {
            try Task.checkCancellation()
            for batch in step {
                let sequences = batch.batch.sequences
                let name = String(format: "step-%06d-%d", batch.step, batch.number)
                let own = folder.appending(path: name, directoryHint: .isDirectory)
                try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
                let file = own.appending(path: BatchFile.name)
                try BatchFile.write(sequences, components: loss.components.map(\.name), to: file)
                let tokens = sequences.reduce(0) { $0 + $1.tokens.count }
                let trained = sequences.reduce(0) { $0 + $1.mask.count { $0 } }
                var entry: JSONObject = [
                    "batch": .string(batch.batch.id), "step": .integer(batch.step), "number": .integer(batch.number),
                    "learning_rate": .number(batch.learningRate), "sequences": .integer(sequences.count),
                    "tokens": .integer(tokens), "trained_tokens": .integer(trained),
                ]
                var told = entry
                told["loss"] = loss.json
                told["rollouts"] = .array(batch.rollouts.map { .string("\($0)") })
                try write(.object(told), to: own.appending(path: "batch.json"))
                entry["directory"] = .string(name)
                entries.append(.object(entry))
                try flush(file)
                try flush(own)
                amount.batches += 1
                amount.sequences += sequences.count
                amount.tokens += tokens
                amount.trainedTokens += trained
            }
        }
        try write(
            [
                "kind": .string(Self.kind), "version": 1, "run": .string(run), "loss": loss.json,
                "notices": .array(batches.notices.map(JSONValue.string)), "batches": .array(entries),
            ], to: folder.appending(path: Self.manifest))
        return amount
    }

    private func write(_ value: JSONValue, to file: URL) throws {
        try Data((value.text() + "\n").utf8).write(to: file)
        try flush(file)
    }

    private func flush(_ file: URL) throws {
        let handle = try FileHandle(forReadingFrom: file)
        try handle.synchronize()
        try handle.close()
    }
}
