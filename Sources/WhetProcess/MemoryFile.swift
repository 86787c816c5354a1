internal import CWhetProcess
import Foundation
import WhetCore

/// A file that lies in memory only: what a child process is given beside its standard input, without a trace on disk.
package final class MemoryFile: Sendable {
    package let descriptor: Int32

    /// - Throws: `WhetError` when the system has no memory or descriptors left.
    package init(_ bytes: [UInt8] = []) throws {
        descriptor = bytes.withUnsafeBytes { whet_process_memory_file($0.baseAddress, $0.count) }
        guard descriptor >= 0 else {
            throw WhetError("there is no room for a file in memory: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// What stands in it now, at most `limit` bytes.
    package func contents(limit: Int = 1 << 16) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, limit, 0))
        }
    }
}
