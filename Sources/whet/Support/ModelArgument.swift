import Foundation
import WhetCore

/// A model directory that the command line names.
enum ModelArgument {
    /// - Throws: `UsageError` when nothing is there, or something else than a model directory.
    static func directory(_ path: String) throws -> URL {
        let directory = URL(filePath: path, directoryHint: .isDirectory)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory) else {
            throw UsageError(
                WhetError(
                    "there is no such model directory", at: path, expected: expected,
                    suggestion: neighbor(of: directory)))
        }
        guard isDirectory.boolValue else {
            throw UsageError(WhetError("this is a file, not a model directory", at: path, expected: expected))
        }
        guard isModel(directory) else {
            throw UsageError(
                WhetError(
                    "this folder is no model directory: it has no config.json", at: path, expected: expected,
                    suggestion: modelBelow(directory).map { "\(path.hasSuffix("/") ? path : path + "/")\($0)" }))
        }
        return directory
    }

    private static let expected =
        "a folder with config.json, tokenizer.json and model.safetensors, such as a run's checkpoint"

    private static func isModel(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
    }

    /// What beside it has nearly its name.
    private static func neighbor(of missing: URL) -> String? {
        let parent = missing.standardizedFileURL.deletingLastPathComponent()
        let names = folders(in: parent).filter { isModel(parent.appending(path: $0)) }
        return missing.lastPathComponent.nearest(among: names)
    }

    /// The newest checkpoint of a run whose folder was named.
    private static func modelBelow(_ folder: URL) -> String? {
        for path in ["", "checkpoints/"] {
            let parent = path.isEmpty ? folder : folder.appending(path: path)
            let models = folders(in: parent).filter { isModel(parent.appending(path: $0)) }
            // A run's folder has the policy that it began with, too.
            if let newest = models.filter({ $0.hasPrefix("v") }).max() { return path + newest }
        }
        return nil
    }

    private static func folders(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
}
