import Foundation
import Synchronization
import WhetCore

/// Where an export's lines go: standard output, or a file.
///
/// Keeps: a file is there whole or not at all: the lines go beside it, and take its place when all are on disk. What is
/// no file (a pipe, a device) is written as it is.
final class ExportDestination: Sendable {
    /// What to call it; nil for standard output.
    let name: String?
    private let file: LineFile?

    /// - Throws: `UsageError` where something is there that may not be replaced; `WhetError` where nothing can be
    ///   written.
    init(_ output: String?, replaces: Bool) throws {
        name = output == "-" ? nil : output
        file = try name.map { try LineFile($0, replaces: replaces) }
    }

    /// Whether whoever read standard output has gone away, or it takes no more.
    var isAbandoned: Bool { file == nil && Output.standard.failureCode != nil }

    /// - Returns: whether there is any sense in going on.
    func write(_ bytes: [UInt8]) throws -> Bool {
        guard let file else {
            Output.text(String(decoding: bytes, as: UTF8.self))
            return !isAbandoned
        }
        try file.write(bytes)
        return true
    }

    func finish() throws { try file?.finish() }
}

/// A file that is written once, from its beginning to its end.
private final class LineFile: Sendable {
    private let path: String
    /// Nil where what is there is no file, and is written as it is.
    private let temporary: String?
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    init(_ path: String, replaces: Bool) throws {
        self.path = path
        var status = stat()
        let isThere = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if isThere, kind == S_IFDIR {
            throw UsageError(WhetError("this is a folder", at: path, expected: "a file to write"))
        }
        if isThere, kind == S_IFREG, !replaces {
            throw UsageError(
                WhetError("there is a file of this name", at: path, remedy: "--force replaces it, or choose another"))
        }
        let url = URL(filePath: path)
        let beside = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID()).partial").path
        temporary = isThere && kind != S_IFREG ? nil : beside
        let flags = temporary == nil ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL
        descriptor = open(temporary ?? path, flags, 0o666)
        guard descriptor >= 0 else { throw Self.failure(at: path) }
    }

    deinit { abandon() }

    private func abandon() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            close(descriptor)
            if let temporary { unlink(temporary) }
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(at: path) }
            rest = rest.dropFirst(count)
        }
    }

    func finish() throws {
        guard let temporary else { return abandon() }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw Self.failure(at: path) }
        isOpen.withLock { $0 = false }
        close(descriptor)
        let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(at: path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(at: path) }
    }

    private static func failure(at path: String) -> WhetError {
        let code = errno
        return WhetError(
            "the export cannot be written: \(String(cString: strerror(code)))", at: path,
            remedy: code == ENOENT || code == ENOTDIR
                ? "--output with a file in a folder that is there" : WhetError.remedy(forSystem: code))
    }
}
