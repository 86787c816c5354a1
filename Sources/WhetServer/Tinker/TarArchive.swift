import Foundation
import NIOCore
import WhetCore

/// A folder's files as one POSIX tar (ustar), written as it is read.
///
/// Source: IEEE Std 1003.1, pax, "ustar Interchange Format".
struct TarArchive: Sendable {
    private struct File: Sendable {
        let url: URL
        let size: Int
    }

    private static let block = 512
    /// Eleven octal digits.
    private static let largest = 1 << 33
    private let files: [File]

    /// - Throws: `WhetError` when the folder cannot be read, or holds what a tar cannot.
    init(directory: URL) throws {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() } catch {
            throw WhetError("the folder cannot be read", at: directory.path, because: error)
        }
        files = try names.map { name in
            let url = directory.appending(path: name)
            let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
            guard let size = (attributes?[.size] as? NSNumber)?.intValue, size < TarArchive.largest,
                name.utf8.count <= 100
            else {
                throw WhetError(
                    "\(name) does not fit a tar", at: directory.path, expected: "files below 8 GiB",
                    remedy: "copy the checkpoint's folder instead")
            }
            return File(url: url, size: size)
        }
    }

    /// Bytes of the whole archive.
    var count: Int {
        files.reduce(2 * TarArchive.block) { $0 + TarArchive.block + TarArchive.padded($1.size) }
    }

    /// Gives the archive piece by piece.
    ///
    /// - Throws: `WhetError` when a file has become shorter; what `give` throws.
    func write(_ give: (ByteBuffer) async throws -> Void) async throws {
        for file in files {
            try await give(ByteBuffer(bytes: TarArchive.header(file.url.lastPathComponent, size: file.size)))
            let handle = try FileHandle(forReadingFrom: file.url)
            defer { try? handle.close() }
            var rest = file.size
            while rest > 0 {
                guard let data = try handle.read(upToCount: min(rest, 1 << 20)), !data.isEmpty else {
                    throw WhetError("the file became shorter while it was read", at: file.url.path)
                }
                rest -= data.count
                try await give(ByteBuffer(bytes: data))
            }
            let padding = TarArchive.padded(file.size) - file.size
            if padding > 0 { try await give(ByteBuffer(repeating: 0, count: padding)) }
        }
        try await give(ByteBuffer(repeating: 0, count: 2 * TarArchive.block))
    }

    private static func padded(_ size: Int) -> Int { (size + block - 1) / block * block }

    private static func header(_ name: String, size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at place: Int) {
            for (offset, byte) in text.utf8.enumerated() { header[place + offset] = byte }
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        // The sum is taken with blanks in its own place.
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + "\0 ", at: 148)
        return header
    }
}
