import Foundation
import WhetCore

/// Where environments compute: threads of their own, so many at a time, so that neither episodes nor the training loop
/// wait for a slow opponent or a long proof. The idea is EnvPool's (Weng et al., arXiv 2206.10558).
///
/// Keeps: where and when something is computed changes no result: each is handed back to whoever asked, batches in the
/// order in which they were asked. No more than `capacity` computations are under way or wait for a thread; further
/// ones wait in the order in which they came, and take no place if they are cancelled meanwhile. A failure is that
/// item's alone.
///
///     let results = try await EnvironmentPool.with(threads: 4) { pool in
///         try await pool.environment(environment).scores(of: episodes)
///     }
public final class EnvironmentPool: Sendable {
    private let threads: WorkerThreads
    private let turnstile: Turnstile
    public let threadCount: Int

    /// The threads end with the last reference to it, or with `shutDown`.
    ///
    /// - Parameters:
    ///   - threads: how many; otherwise one a core.
    ///   - capacity: how many computations are under way or wait for a thread at most; otherwise 16 a thread.
    public init(threads: Int = ProcessInfo.processInfo.activeProcessorCount, capacity: Int? = nil) {
        threadCount = max(1, threads)
        self.threads = WorkerThreads(count: threadCount)
        turnstile = Turnstile(places: max(threadCount, capacity ?? 16 * threadCount))
    }

    deinit { threads.close() }

    /// A pool for as long as `body` runs; when this returns, its threads have ended.
    public static func with<Value: Sendable>(
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, capacity: Int? = nil,
        _ body: (EnvironmentPool) async throws -> Value
    ) async rethrows -> Value {
        let pool = EnvironmentPool(threads: threads, capacity: capacity)
        do {
            let value = try await body(pool)
            await pool.shutDown()
            return value
        } catch {
            await pool.shutDown()
            throw error
        }
    }

    /// Ends the threads after what is under way. What is asked of it later runs on the cooperative threads.
    public func shutDown() async {
        threads.close()
        await threads.waitForEnd()
    }

    /// Runs `body` on one of the threads, wherever it is called.
    ///
    /// - Throws: what `body` throws; `CancellationError` if it was cancelled before its turn came.
    public func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await turnstile.pass {
            try Task.checkCancellation()
            return try await withTaskExecutorPreference(threads) { try await Self.offCaller(body) }
        }
    }

    /// A nonisolated function takes up the preference, whatever the caller is isolated to.
    private nonisolated static func offCaller<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value { try await body() }

    /// Does something with each of `items`, several at a time; one hop to a thread serves many.
    ///
    /// - Returns: what came of each, in the order of `items`.
    /// - Throws: `CancellationError` alone.
    public func results<Item: Sendable, Value: Sendable>(
        of items: [Item], _ body: @escaping @Sendable (Item) async throws -> Value
    ) async throws -> [Result<Value, any Error>] {
        // Small enough that no thread is left with a large rest, large enough that hops cost little.
        let size = max(1, min(64, items.count / (4 * threadCount)))
        let starts = Array(stride(from: 0, to: items.count, by: size))
        var results = [[Result<Value, any Error>]?](repeating: nil, count: starts.count)
        try await withThrowingTaskGroup(of: (Int, [Result<Value, any Error>]).self) { group in
            var next = 0
            func add() {
                let chunk = next
                next += 1
                group.addTask {
                    let part = items[starts[chunk]..<min(items.count, starts[chunk] + size)]
                    return (chunk, try await self.run { try await Self.results(of: part, body) })
                }
            }
            // So many tasks as there can be at work, not one for each chunk of a million.
            while next < starts.count, next < 2 * threadCount { add() }
            while let (chunk, part) = try await group.next() {
                results[chunk] = part
                if next < starts.count { add() }
            }
        }
        return results.flatMap { $0 ?? [] }
    }

    private static func results<Item, Value>(
        of items: ArraySlice<Item>, _ body: @Sendable (Item) async throws -> Value
    ) async throws -> [Result<Value, any Error>] {
        var results: [Result<Value, any Error>] = []
        results.reserveCapacity(items.count)
        for item in items {
            try Task.checkCancellation()
            do { results.append(.success(try await body(item))) } catch { results.append(.failure(error)) }
        }
        return results
    }
}
