import Foundation
import Synchronization
import WhetCore

/// Standard output or standard error, written at once and whole.
///
/// Keeps: a stream that takes nothing any more (a full disk, a reader that went away, a closed descriptor) crashes
/// nothing: the first failure is remembered, and nothing is tried again.
final class StandardStream: Sendable {
    private let descriptor: Int32
    private let failure = Mutex<Int32?>(nil)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The `errno` of the write that failed first.
    var failureCode: Int32? { failure.withLock { $0 } }

    func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            var text = text
            failure = text.withUTF8 { writeAll(UnsafeRawBufferPointer($0)) }
        }
    }

    /// - Returns: the code of what failed.
    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Another program has made the pipe or terminal that we share one that does not wait.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            case let code: return code
            }
        }
        return nil
    }
}
