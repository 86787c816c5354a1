import Foundation
import Synchronization
import WhetCore

/// Where whet and a trainer hand files to each other, each exchange in a directory of its own.
///
/// Keeps: what a process that was killed left there is gone when the next begins; `remove` leaves no trace.
final class ExchangeFolder: Sendable {
    private let folder: URL
    private let count = Mutex(0)

    /// - Parameter folder: nobody else's; what lies in it is removed.
    /// - Throws: `WhetError` where it cannot be made.
    init(_ folder: URL) throws {
        self.folder = folder.absoluteURL.standardizedFileURL
        do {
            if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw WhetError("the folder for exchanges with the trainer cannot be made", at: folder.path, because: error)
        }
    }

    /// Makes a directory, and has `fill` write into it.
    ///
    /// - Throws: `WhetError`; the directory is gone then.
    func directory(_ fill: @escaping @Sendable (URL) throws -> Void) async throws -> URL {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let directory = folder.appending(path: String(number), directoryHint: .isDirectory)
        // Not on a cooperative thread: a large batch takes a while.
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                do {
                    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                    try fill(directory)
                    continuation.resume(returning: directory)
                } catch {
                    try? FileManager.default.removeItem(at: directory)
                    continuation.resume(
                        throwing: error as? WhetError
                            ?? WhetError("the batch cannot be handed over", at: directory.path, because: error))
                }
            }
        }
    }

    /// What cannot be removed now goes with the folder.
    func remove(_ directories: [URL]) {
        for directory in directories { try? FileManager.default.removeItem(at: directory) }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
