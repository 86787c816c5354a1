import CWhetKernels
import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files and directories that are there whole or not at all, also after a kill or a loss of power.
///
/// A directory that is being written has a hidden name, ends in `.partial` and is locked by whoever writes it; the lock
/// ends with the process, so a leftover without one belongs to nobody.
package enum WholeFiles {
    /// Writes beside `file`, flushes to disk, renames.
    package static func write(_ data: Data, to file: URL) throws {
        let temporary = sibling(of: file)
        do {
            try data.write(to: temporary)
            try flush(temporary)
            guard rename(temporary.path, file.path) == 0 else { throw failure("cannot be put in place", file) }
            try flush(file.deletingLastPathComponent())
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw (error as? WhetError) ?? WhetError("the file cannot be written", at: file.path, because: error)
        }
    }

    /// Fills a directory beside `directory`, flushes it, and puts it in the place of what was there. Leftovers of
    /// killed writers beside it go.
    package static func replaceDirectory(_ directory: URL, fill: (URL) throws -> Void) throws {
        let manager = FileManager.default
        sweep(beside: directory)
        let temporary = sibling(of: directory)
        do {
            let lock = try lockedDirectory(temporary)
            defer { close(lock) }
            try fill(temporary)
            for file in try manager.contentsOfDirectory(at: temporary, includingPropertiesForKeys: nil) {
                try flush(file)
            }
            try flush(temporary)
            if manager.fileExists(atPath: directory.path) {
                // A directory that holds something cannot be renamed over: the two change places at once.
                guard whet_exchange(temporary.path, directory.path) == 0 else {
                    throw failure("cannot be replaced", directory)
                }
                try? manager.removeItem(at: temporary)
            } else {
                guard rename(temporary.path, directory.path) == 0 else {
                    throw failure("cannot be put in place", directory)
                }
            }
            try flush(directory.deletingLastPathComponent())
        } catch {
            try? manager.removeItem(at: temporary)
            throw (error as? WhetError)
                ?? WhetError("the directory cannot be written", at: directory.path, because: error)
        }
    }

    /// Removes directories that writers who were killed left beside `directory`, half written. Whatever cannot be
    /// removed stays: it is in nobody's way.
    package static func sweep(beside directory: URL) {
        let parent = directory.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where isPartial(name) {
            let leftover = parent.appending(path: name)
            let descriptor = open(leftover.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(at: leftover) }
        }
    }

    /// Whether `sibling` made the name.
    private static func isPartial(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 4 && parts.first == "" && parts.last == "partial"
            && UUID(uuidString: String(parts[parts.count - 2])) != nil
    }

    /// Makes a directory that no sweep removes until the descriptor is closed.
    private static func lockedDirectory(_ directory: URL) throws -> Int32 {
        // A sweep may come between making and locking; one that does takes an empty directory.
        for _ in 0..<16 {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let descriptor = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            var opened = stat()
            var named = stat()
            if flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &opened) == 0, stat(directory.path, &named) == 0,
                opened.st_ino == named.st_ino
            {
                return descriptor
            }
            close(descriptor)
        }
        throw failure("cannot be locked for writing", directory)
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
        let code = errno
        return WhetError(
            "\(file.lastPathComponent) \(problem): \(String(cString: strerror(code)))", at: file.path,
            remedy: WhetError.remedy(forSystem: code))
    }
}
