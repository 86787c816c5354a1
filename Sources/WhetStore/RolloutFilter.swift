import GRDB
import WhetCore

/// Which rollouts are wanted, in which order, and how many. What is nil does not matter.
public struct RolloutFilter: Hashable, Sendable {
    public enum Order: Hashable, Sendable {
        /// By run, purpose, group and member: the same whatever the order of replies was.
        case identity
        /// The last recorded first.
        case newestFirst
    }

    public var run: String?
    public var purpose: GroupID.Purpose?
    public var groups: [GroupID]?
    public var member: Int?
    public var steps: ClosedRange<Int>?
    public var statuses: Set<Rollout.Status>?
    public var environment: String?
    public var level: Int?
    /// Rollouts without a reward are in no range.
    public var rewards: ClosedRange<Double>?
    public var isSolved: Bool?
    public var order = Order.identity
    /// For paging: skip `offset` rollouts, give at most `limit`.
    public var offset = 0
    public var limit: Int?

    public init(
        run: String? = nil, purpose: GroupID.Purpose? = nil, groups: [GroupID]? = nil, member: Int? = nil,
        steps: ClosedRange<Int>? = nil, statuses: Set<Rollout.Status>? = nil, environment: String? = nil,
        level: Int? = nil, rewards: ClosedRange<Double>? = nil, isSolved: Bool? = nil, order: Order = .identity,
        offset: Int = 0, limit: Int? = nil
    ) {
        self.run = run
        self.purpose = purpose
        self.groups = groups
        self.member = member
        self.steps = steps
        self.statuses = statuses
        self.environment = environment
        self.level = level
        self.rewards = rewards
        self.isSolved = isSolved
        self.order = order
        self.offset = offset
        self.limit = limit
    }
}

extension RolloutFilter {
    /// A query over rollouts with their groups and tasks, ready to be stepped through.
    ///
    /// - Parameters:
    ///   - columns: of `rollouts`, `groups` and `tasks`.
    ///   - grouping: `GROUP BY …`; the filter's order, offset and limit then do not apply.
    func select(_ columns: String, grouping: String? = nil, in database: Database) throws -> PreparedStatement {
        let conditions = conditions
        let clause = conditions.isEmpty ? "" : "WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        var statement = try PreparedStatement(
            """
            SELECT \(columns) FROM rollouts
            JOIN groups ON groups.id = rollouts.group_id
            JOIN tasks ON tasks.id = rollouts.task_id
            \(clause) \(grouping ?? "ORDER BY \(order.sql) LIMIT ? OFFSET ?")
            """, in: database)
        for condition in conditions {
            for value in condition.values { try value.bind(to: &statement) }
        }
        if grouping == nil {
            try statement.bind(limit ?? -1)
            try statement.bind(offset)
        }
        return statement
    }

    private enum Value {
        case integer(Int)
        case real(Double)
        case text(String)

        func bind(to statement: inout PreparedStatement) throws {
            switch self {
            case .integer(let value): try statement.bind(value)
            case .real(let value): try statement.bind(value)
            case .text(let value): try statement.bind(value)
            }
        }
    }

    private var conditions: [(sql: String, values: [Value])] {
        var conditions: [(sql: String, values: [Value])] = []
        // Where groups are named, they say of which run they are: SQLite then starts at them, not at all the run's
        // rollouts.
        if let run, groups == nil { conditions.append(("rollouts.run = ?", [.text(run)])) }
        if let purpose { conditions.append(("groups.purpose = ?", [.text(purpose.rawValue)])) }
        if let groups {
            let names = JSONValue.array(groups.map { [.string($0.purpose.rawValue), .integer($0.index)] }).text()
            // CROSS JOIN keeps this order of loops: one look into the index a name, however many groups there are.
            let list = """
                SELECT named.id FROM json_each(?) CROSS JOIN groups AS named
                WHERE named.purpose = json_extract(value, '$[0]') AND named.number = json_extract(value, '$[1]')
                """
            if let run {
                conditions.append(("groups.id IN (\(list) AND named.run = ?)", [.text(names), .text(run)]))
            } else {
                conditions.append(("groups.id IN (\(list))", [.text(names)]))
            }
        }
        if let member { conditions.append(("rollouts.member = ?", [.integer(member)])) }
        if let steps {
            conditions.append(
                ("rollouts.step BETWEEN ? AND ?", [.integer(steps.lowerBound), .integer(steps.upperBound)]))
        }
        if let statuses {
            let names = JSONValue.array(statuses.map(\.rawValue).sorted().map { .string($0) }).text()
            conditions.append(("rollouts.status IN (SELECT value FROM json_each(?))", [.text(names)]))
        }
        if let environment { conditions.append(("tasks.environment = ?", [.text(environment)])) }
        if let level { conditions.append(("tasks.level = ?", [.integer(level)])) }
        if let rewards {
            conditions.append(
                ("rollouts.reward BETWEEN ? AND ?", [.real(rewards.lowerBound), .real(rewards.upperBound)]))
        }
        if let isSolved { conditions.append(("rollouts.is_solved = ?", [.integer(isSolved ? 1 : 0)])) }
        return conditions
    }
}

extension RolloutFilter.Order {
    fileprivate var sql: String {
        switch self {
        case .identity: "groups.run, groups.purpose, groups.number, rollouts.member"
        case .newestFirst: "rollouts.id DESC"
        }
    }
}
