import Synchronization
import WhetChecklists
import WhetCore
import WhetEnvironments
import WhetStore

/// What judges said, kept in the store: scoring the same again asks nobody, in this run or another.
final class StoredJudgments: JudgmentCache {
    struct Counts: Hashable, Sendable {
        /// Judgments that a judge had to be asked for.
        var asked = 0
        /// Those that the store had.
        var known = 0
    }

    private let store: RolloutStore
    private let state = Mutex(Counts())

    private init(store: RolloutStore) { self.store = store }

    /// Has the environments of the command that is running keep their judgments in `store`.
    @discardableResult
    static func keep(in store: RolloutStore) -> StoredJudgments {
        let judgments = StoredJudgments(store: store)
        EnvironmentResources.ofCommand?.keepJudgments(in: judgments)
        return judgments
    }

    /// So far.
    var counts: Counts { state.withLock { $0 } }

    func judgment(for key: JudgmentKey) async throws -> Judgment? {
        let known = try await store.judgment(for: key.description)
        state.withLock { counts in
            if known == nil { counts.asked += 1 } else { counts.known += 1 }
        }
        return try known.map { try Judgment(json: $0) }
    }

    func keep(_ judgment: Judgment, for key: JudgmentKey) async throws {
        try await store.keep(judgment: judgment.json, for: key.description)
    }
}
