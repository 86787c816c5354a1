import GRDB
import WhetCore

/// A line of `whet runs`.
public struct RunSummary: Hashable, Sendable {
    public var run: RunRecord
    /// The last committed step; nil before the first.
    public var lastStep: Int?
    public var rollouts: Int
    /// The mean reward of the last step's training rollouts; nil if there are none with a score.
    public var lastMeanReward: Double?
}

extension RolloutStore {
    /// All runs with how far they came, in the order in which they were begun.
    public func summaries() async throws -> [RunSummary] {
        try await read { database in
            // Every part reads an index, or one step's rows: the whole table is never gone through.
            let last = "(SELECT max(step) FROM steps WHERE run = runs.id AND kind = 'training')"
            return try PreparedStatement(
                """
                SELECT \(RunRecord.columns), (SELECT max(step) FROM steps WHERE run = runs.id),
                    (SELECT count(*) FROM rollouts WHERE run = runs.id),
                    (SELECT avg(reward) FROM rollouts JOIN groups ON groups.id = rollouts.group_id
                        WHERE rollouts.run = runs.id AND rollouts.step = \(last) AND groups.purpose = 'training')
                FROM runs ORDER BY runs.rowid
                """, in: database
            ).rows { row in
                RunSummary(
                    run: try RunRecord(&row), lastStep: row.optionalInteger(), rollouts: row.integer(),
                    lastMeanReward: row.optionalDouble())
            }
        }
    }
}
