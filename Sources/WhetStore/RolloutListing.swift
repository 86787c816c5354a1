import GRDB
import WhetCore

/// A line of `whet rollouts list`: a rollout without its messages and tokens.
public struct RolloutListing: Hashable, Sendable {
    public var run: String
    public var id: RolloutID
    public var step: Int?
    public var environment: String
    public var level: Int
    public var status: Rollout.Status
    public var reason: String?
    /// Nil where there is no score.
    public var reward: Double?
    public var isSolved: Bool?
    public var tokens: Int
    public var policyTokens: Int
    /// The policy versions that sampled it; nil if none did.
    public var versions: ClosedRange<Int>?
    public var server: String?
    /// Seconds since 1970.
    public var startedAt: Double
    public var finishedAt: Double
}

extension RolloutStore {
    /// The rollouts that match, a line each.
    public func list(_ filter: RolloutFilter) async throws -> [RolloutListing] {
        try await read { database in
            try filter.select(RolloutListing.columns, in: database).rows { try RolloutListing(&$0) }
        }
    }

    /// How many rollouts match, whatever the filter's offset and limit.
    public func count(_ filter: RolloutFilter) async throws -> Int {
        try await read { database in
            var statement = try filter.select("count(*)", grouping: "", in: database)
            return try statement.firstInteger() ?? 0
        }
    }
}

extension RolloutListing {
    fileprivate static let columns = """
        rollouts.run, groups.purpose, groups.number, rollouts.member, rollouts.step, tasks.environment, tasks.level,
        rollouts.status, rollouts.reason, rollouts.reward, rollouts.is_solved, rollouts.tokens, rollouts.policy_tokens,
        rollouts.version_min, rollouts.version_max, rollouts.server, rollouts.started_at, rollouts.finished_at
        """

    fileprivate init(_ row: inout PreparedStatement) throws {
        run = try row.text()
        id = try RolloutID(&row)
        step = row.optionalInteger()
        environment = try row.text()
        level = row.integer()
        status = try Rollout.Status(stored: row.text())
        reason = try row.optionalText()
        reward = row.optionalDouble()
        isSolved = row.optionalInteger().map { $0 != 0 }
        tokens = row.integer()
        policyTokens = row.integer()
        let (oldest, newest) = (row.optionalInteger(), row.optionalInteger())
        if let oldest, let newest, oldest <= newest { versions = oldest...newest }
        server = try row.optionalText()
        startedAt = row.double()
        finishedAt = row.double()
    }
}
