import GRDB
import WhetCore

/// What may become of a rollout after it was recorded; its messages, tokens and score never change.
extension RolloutStore {
    /// Says which step trains on the rollouts, where that was not known when they were recorded.
    ///
    /// - Throws: `WhetError` when one of them is not in the store; then none is changed.
    public func assign(_ rollouts: [RolloutID], run: String, to step: Int) async throws {
        try await change(rollouts, run: run, setting: "step = ?") { try $0.bind(step) }
    }

    /// Marks scored rollouts as left out of training by a filter.
    ///
    /// - Parameter reason: which filter and why, for a person.
    /// - Throws: `WhetError` when one of them is not in the store or has no score; then none is changed.
    public func markFiltered(_ rollouts: [RolloutID], run: String, reason: String) async throws {
        let assignment = "status = 'filtered', reason = ?"
        try await change(rollouts, run: run, setting: assignment, requiring: "is_solved IS NOT NULL") {
            try $0.bind(reason)
        }
    }

    private func change(
        _ rollouts: [RolloutID], run: String, setting assignment: String, requiring condition: String = "TRUE",
        bind: @escaping @Sendable (inout PreparedStatement) throws -> Void
    ) async throws {
        try await flush()
        let path = path
        try await writeDurably { database in
            var statement = try PreparedStatement(
                """
                UPDATE rollouts SET \(assignment) WHERE member = ? AND \(condition) AND group_id =
                    (SELECT id FROM groups WHERE run = ? AND purpose = ? AND number = ?)
                """, in: database)
            for id in rollouts {
                try bind(&statement)
                try statement.bind(id.member)
                try statement.bind(run)
                try statement.bind(id.group.purpose.rawValue)
                try statement.bind(id.group.index)
                try statement.run()
                guard database.changesCount == 1 else {
                    throw WhetError("the run \"\(run)\" has no rollout \(id) for which this can be changed", at: path)
                }
            }
        }
    }
}
