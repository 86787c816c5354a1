import WhetChecklists
import WhetCore
import WhetEnvironments
import WhetStore

/// What judges said, kept in the store: scoring the same again asks nobody, in this run or another.
struct StoredJudgments: JudgmentCache {
    let store: RolloutStore

    /// Has the environments of the command that is running keep their judgments in `store`.
    static func keep(in store: RolloutStore) {
        EnvironmentResources.ofCommand?.keepJudgments(in: StoredJudgments(store: store))
    }

    func judgment(for key: JudgmentKey) async throws -> Judgment? {
        try await store.judgment(for: key.description).map { try Judgment(json: $0) }
    }

    func keep(_ judgment: Judgment, for key: JudgmentKey) async throws {
        try await store.keep(judgment: judgment.json, for: key.description)
    }
}
