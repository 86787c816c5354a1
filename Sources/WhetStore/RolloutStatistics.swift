import GRDB
import WhetCore

/// What rollouts that have something in common came to: a line of `whet rollouts stats`.
public struct RolloutStatistics: Hashable, Sendable {
    /// What they have in common.
    public enum Key: String, Hashable, Sendable, CaseIterable {
        case run, purpose, step, status, environment, level, server
    }

    /// The value of the key as text; "" where there is none, such as the server of a rollout that reached none.
    public var value: String
    public var rollouts: Int
    /// How many have a score; the means of rewards and the accuracy are over these.
    public var scored: Int
    public var solved: Int
    /// Nil if none has a score.
    public var meanReward: Double?
    public var meanPolicyTokens: Double
    public var maximumPolicyTokens: Int

    /// The share of the scored that were solved; nil if none has a score.
    public var accuracy: Double? { scored == 0 ? nil : Double(solved) / Double(scored) }
}

extension RolloutStore {
    /// The rollouts that match, gathered by `key`, in the order of its values. The filter's limit does not apply.
    public func statistics(_ filter: RolloutFilter, by key: RolloutStatistics.Key) async throws -> [RolloutStatistics] {
        let columns = """
            \(key.column), count(*), count(rollouts.is_solved), coalesce(sum(rollouts.is_solved), 0),
            avg(rollouts.reward), avg(rollouts.policy_tokens), max(rollouts.policy_tokens)
            """
        let grouping = "GROUP BY \(key.column) ORDER BY \(key.column)"
        return try await read { database in
            try filter.select(columns, grouping: grouping, in: database).rows { row in
                RolloutStatistics(
                    value: try row.text(), rollouts: row.integer(), scored: row.integer(), solved: row.integer(),
                    meanReward: row.optionalDouble(), meanPolicyTokens: row.double(),
                    maximumPolicyTokens: row.integer())
            }
        }
    }
}

extension RolloutStatistics.Key {
    fileprivate var column: String {
        switch self {
        case .run: "rollouts.run"
        case .purpose: "groups.purpose"
        case .step: "rollouts.step"
        case .status: "rollouts.status"
        case .environment: "tasks.environment"
        case .level: "tasks.level"
        case .server: "rollouts.server"
        }
    }
}
