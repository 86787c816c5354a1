import Synchronization

/// How long a kind of work takes, as far as has been seen.
///
/// Keeps: what was never seen counts as dear. It rises at once and falls slowly, so that one slow problem among many
/// quick ones sends the next ones to the pool.
final class CostEstimate: Sendable {
    private let nanoseconds: Atomic<Int64>
    private let limit: Int64

    /// - Parameter inlineLimit: what takes as long, or less, is cheap; zero: nothing is.
    init(inlineLimit: Duration) {
        limit = Self.nanoseconds(inlineLimit)
        // Twice as long as is cheap: some eleven quick ones make it cheap.
        nanoseconds = Atomic(max(1, 2 * limit))
    }

    var isCheap: Bool { limit > 0 && nanoseconds.load(ordering: .relaxed) <= limit }

    func measuring<Value>(_ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        defer { saw(ContinuousClock.now - start) }
        return try await body()
    }

    /// Two that are seen at once may count as one; it is an estimate.
    func saw(_ duration: Duration) {
        let seen = Self.nanoseconds(duration)
        let old = nanoseconds.load(ordering: .relaxed)
        nanoseconds.store(seen > old ? (seen + old) / 2 : old - (old - seen) / 16, ordering: .relaxed)
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds > 1_000_000 ? .max / 4 : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
