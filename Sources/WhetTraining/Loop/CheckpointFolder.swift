import Foundation
import WhetBackends
import WhetCore

/// The policy versions of a run as model directories: `v000012` is version 12.
///
/// Keeps: a directory is there whole or not at all (the backend writes it so); the newest checkpoint is never removed.
struct CheckpointFolder: Sendable {
    let directory: URL
    /// How many of the newest versions stay.
    let keep: Int
    /// Whether version 0 stays too: a reference policy is loaded from it after a resume.
    var keepsInitial = false

    /// The folder's name within `directory`, which is what the store keeps.
    func name(of version: PolicyVersion) -> String {
        let digits = String(version.number)
        return "v" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    func url(of version: PolicyVersion) -> URL {
        directory.appending(path: name(of: version), directoryHint: .isDirectory)
    }

    /// Writes the backend's weights as `version`, in the place of what an unfinished step left there; that stays until
    /// all is written.
    ///
    /// - Parameter withOptimizer: whether a run can be resumed from it, or servers alone need it.
    func write(_ version: PolicyVersion, of backend: any TrainerBackend, withOptimizer: Bool) async throws {
        let target = url(of: version)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        if withOptimizer { try await backend.save(to: target) } else { _ = try await backend.publish(to: target) }
    }

    /// How servers get a version that was written.
    ///
    /// - Throws: `WhetError` when the service that holds it cannot be told from its directory.
    func publication(of version: PolicyVersion) throws -> Publication { try Publication(directory: url(of: version)) }

    /// Removes what `checkpoint`, now committed, made superfluous: all but it and the `keep` − 1 versions before it.
    func prune(after checkpoint: PolicyVersion) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name.hasPrefix("v") {
            guard let number = Int(name.dropFirst()), number <= checkpoint.number - keep else { continue }
            if number == 0, keepsInitial { continue }
            try FileManager.default.removeItem(at: directory.appending(path: name))
        }
    }
}
