import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder beside the checkpoints for unnamed weights, which go away with the server.
enum SnapshotFolder {
    private static let prefix = ".snapshots-"

    /// A folder of this process's own; what servers that were killed left there goes.
    ///
    /// - Throws: `WhetError` when it cannot be made.
    static func make(in root: URL) throws -> URL {
        let manager = FileManager.default
        let name = "\(prefix)\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
        let folder = root.appending(path: name, directoryHint: .isDirectory)
        do { try manager.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw WhetError(
                "the folder of the checkpoints cannot be written", at: root.path, because: error)
        }
        for name in (try? manager.contentsOfDirectory(atPath: root.path)) ?? [] where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
            guard let owner, kill(owner, 0) != 0, errno == ESRCH else { continue }
            try? manager.removeItem(at: root.appending(path: name))
        }
        return folder
    }
}
