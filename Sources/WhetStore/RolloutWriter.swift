import GRDB
import Synchronization
import WhetCore

/// Takes rollouts in at once and writes them in batches, beside whoever records them.
///
/// Keeps: batches are written one at a time, in the order of recording, each whole or not at all; a batch that could
/// not be written stays here and is tried again by the next `flush`; at most `capacity` rollouts wait, then `record`
/// waits.
actor RolloutWriter {
    struct Pace: Sendable {
        /// How long a rollout waits for others to share its transaction.
        var interval = Duration.milliseconds(50)
        /// The most rollouts of one transaction.
        var batch = 1_000
        /// The most rollouts that wait to be written.
        var capacity = 4_000
    }

    struct Recording: Sendable {
        let run: String
        let step: Int?
        let rollout: Rollout
    }

    private let pool: DatabasePool
    private let path: String
    private let pace: Pace
    private var waiting: [Recording] = []
    /// How many were ever recorded, and how many of them are stored.
    private var recorded = 0, stored = 0
    private var rows = RowCache()
    private var writing: Task<Void, any Error>?
    private var background: Task<Void, Never>?

    init(pool: DatabasePool, path: String, pace: Pace) {
        self.pool = pool
        self.path = path
        self.pace = pace
    }

    /// - Throws: `WhetError` when no more can wait and none can be written.
    func record(_ recording: Recording) async throws {
        while waiting.count >= pace.capacity { try await writeBatch() }
        waiting.append(recording)
        recorded += 1
        wake()
    }

    /// Returns once everything that was recorded before is stored.
    func flush() async throws {
        let goal = recorded
        while stored < goal { try await writeBatch() }
    }

    /// Lets the waiting be written soon. A failure is not lost: they go on waiting, and `flush` meets it.
    private func wake() {
        guard background == nil else { return }
        background = Task {
            if waiting.count < pace.batch { try? await Task.sleep(for: pace.interval) }
            while !waiting.isEmpty {
                do { try await writeBatch() } catch { break }
            }
            background = nil
        }
    }

    /// Writes a batch, or waits for the one that is being written. In a task of its own, so that who is canceled while
    /// waiting cancels no write.
    private func writeBatch() async throws {
        let task =
            writing
            ?? Task {
                defer { writing = nil }
                try await writeWaiting()
            }
        writing = task
        try await task.value
    }

    private func writeWaiting() async throws {
        let batch = Array(waiting.prefix(pace.batch))
        let known = rows
        // After a failure nothing is known: what the transaction had added is gone.
        rows = RowCache()
        rows = try await explaining(path) { [pool] in
            try await pool.write { database in
                var insertion = try RolloutInsertion(database, rows: known)
                for recording in batch { try insertion.insert(recording) }
                return insertion.rows
            }
        }
        waiting.removeFirst(batch.count)
        stored += batch.count
    }
}

extension RolloutStore {
    /// Hands a rollout over to be written within some 50 ms; waits only when 4,000 are waiting.
    ///
    /// Recording an id again, as a resumed run may, never doubles it: a stored rollout that had ended for good
    /// (`completed`, `truncated`, `filtered`) stays and the new one is ignored; one that was `aborted` or `failed` is
    /// replaced.
    ///
    /// - Parameter step: the step that trains on it or evaluates it; nil if that is not known yet (see `assign`).
    /// - Throws: `WhetError` when there is no such run, or when earlier rollouts cannot be written.
    public func record(_ rollout: Rollout, run: String, step: Int?) async throws {
        try await knownRuns.check(run) { try await self.run(run) }
        try await writer.record(RolloutWriter.Recording(run: run, step: step, rollout: rollout))
    }

    /// Returns once everything recorded before is stored; that survives kill -9.
    ///
    /// - Throws: `WhetError` when it cannot be written. Nothing is lost by that: another `flush` tries again.
    public func flush() async throws { try await writer.flush() }
}

/// The runs that were seen in the store, so that a rollout of an unknown run is refused where it is recorded.
final class KnownRuns: Sendable {
    private let names = Mutex<Set<String>>([])

    func check(_ run: String, find: @escaping @Sendable () async throws -> RunRecord) async throws {
        guard names.withLock({ !$0.contains(run) }) else { return }
        // In a task of its own: what is recorded while a run is being stopped is still recorded.
        _ = try await Task { try await find() }.value
        names.withLock { _ = $0.insert(run) }
    }
}
