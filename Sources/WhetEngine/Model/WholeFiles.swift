import CWhetKernels
import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files and directories that are there whole or not at all, also after a kill or a loss of power.
enum WholeFiles {
    /// Writes beside `file`, flushes to disk, renames.
    static func write(_ data: Data, to file: URL) throws {
        let temporary = sibling(of: file)
        do {
            try data.write(to: temporary)
            try flush(temporary)
            guard rename(temporary.path, file.path) == 0 else { throw failure("cannot be put in place", file) }
            try flush(file.deletingLastPathComponent())
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw (error as? WhetError) ?? WhetError("the file cannot be written: \(error)", at: file.path)
        }
    }

    /// Fills a directory beside `directory`, flushes it, and puts it in the place of what was there.
    static func replaceDirectory(_ directory: URL, fill: (URL) throws -> Void) throws {
        let manager = FileManager.default
        let temporary = sibling(of: directory)
        do {
            try manager.createDirectory(at: temporary, withIntermediateDirectories: true)
            try fill(temporary)
            for file in try manager.contentsOfDirectory(at: temporary, includingPropertiesForKeys: nil) {
                try flush(file)
            }
            try flush(temporary)
            if manager.fileExists(atPath: directory.path) {
                // A directory that holds something cannot be renamed over: the two change places at once.
                guard whet_exchange(temporary.path, directory.path) == 0 else { throw failure("cannot be replaced", directory) }
                try? manager.removeItem(at: temporary)
            } else {
                guard rename(temporary.path, directory.path) == 0 else {
                    throw failure("cannot be put in place", directory)
                }
            }
            try flush(directory.deletingLastPathComponent())
        } catch {
            try? manager.removeItem(at: temporary)
            throw (error as? WhetError) ?? WhetError("the directory cannot be written: \(error)", at: directory.path)
        }
    }

    /// A name of this process's own beside `file`.
    private static func sibling(of file: URL) -> URL {
        file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(UUID().uuidString).partial")
    }

    private static func flush(_ file: URL) throws {
        let descriptor = open(file.path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("cannot be opened", file) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be flushed to disk", file) }
    }

    private static func failure(_ problem: String, _ file: URL) -> WhetError {
        WhetError("\(file.lastPathComponent) \(problem): \(String(cString: strerror(errno)))", at: file.path)
    }
}
