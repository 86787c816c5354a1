import Foundation
import Testing
import WhetCore

@testable import WhetHTTP

/// How many threads this process has.
func threadCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

/// The reason why `body` failed; records an issue if it did not.
func reason(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> some Any
) async -> HTTPError.Reason? {
    do {
        let value = try await body()
        Issue.record("there was an answer: \(value)", sourceLocation: sourceLocation)
    } catch let error as HTTPError {
        return error.reason
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// A clock on which sleeping takes no time, and which remembers how long was slept.
final class VirtualClock: Clock, @unchecked Sendable {
    // Unchecked because every test uses its own from one task.
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private(set) var now = Instant(offset: .zero)
    private(set) var sleeps: [Duration] = []
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        sleeps.append(now.duration(to: deadline))
        now = deadline
    }

    func advance(by duration: Duration) { now = now.advanced(by: duration) }
}
