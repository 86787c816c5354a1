internal import CWhetProcess
import Foundation

/// Wakes a thread that waits in `poll`.
package final class Bell: Sendable {
    /// Negative where the system has no descriptors left.
    package let descriptor: Int32

    package init() { descriptor = whet_process_bell() }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// From any thread.
    package func ring() { whet_process_ring(descriptor) }

    package func silence() { whet_process_silence(descriptor) }
}

extension ContinuousClock.Instant {
    /// How long `poll` is to wait for it, rounded up; −1 (for ever) where there is none.
    package static func pollMilliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: deadline)).components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
