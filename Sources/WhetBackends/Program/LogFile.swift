import Foundation
import Synchronization
import WhetCore

/// A file that a program's log is added to.
final class LogFile: Sendable {
    private let descriptor: Mutex<Int32>

    /// - Throws: `WhetError` where it cannot be written.
    init(_ file: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw WhetError("the folder of the log cannot be made", at: file.path, because: error)
        }
        let opened = open(file.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            let code = errno
            throw WhetError(
                "the log cannot be written: \(String(cString: strerror(code)))", at: file.path,
                remedy: WhetError.remedy(forSystem: code))
        }
        descriptor = Mutex(opened)
    }

    deinit { close() }

    /// What a full disk has no room for is lost: training is worth more than its log.
    func append(_ bytes: [UInt8]) {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            var start = 0
            while start < bytes.count {
                let count = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                start += count
            }
        }
    }

    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Foundation.close(descriptor) }
            descriptor = -1
        }
    }
}
