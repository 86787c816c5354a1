import GRDB
import WhetCore

/// How a run's training rollouts were collected: what became of them, how old their tokens were, what was never trained
/// on.
///
/// Keeps: everything is counted where it is stored, by queries that read no token, prompt or conversation.
public struct CollectionSummary: Hashable, Sendable {
    /// Some rollouts, and the tokens that the policy sampled in them.
    public struct Amount: Hashable, Sendable {
        public var rollouts: Int
        public var tokens: Int

        public init(rollouts: Int = 0, tokens: Int = 0) {
            self.rollouts = rollouts
            self.tokens = tokens
        }

        static func += (left: inout Amount, right: Amount) {
            left.rollouts += right.rollouts
            left.tokens += right.tokens
        }
    }

    /// Why tokens were sampled and are in no update.
    public enum Untrained: String, Hashable, Sendable, CaseIterable {
        /// Scored, and left out with their group.
        case filtered
        case failed
        /// Interrupted, to go on.
        case waiting
        /// Interrupted, and given up with their group.
        case dropped
        /// Ended; their group waits for others or for a step.
        case ready
    }

    /// What a metric came to over the steps that have it.
    public struct Metric: Hashable, Sendable {
        public var steps: Int
        public var sum: Double
        public var mean: Double
        public var maximum: Double
        /// Of the last step that has it.
        public var last: Double
    }

    public var statuses: [Rollout.Status: Amount] = [:]
    public var untrained: [Untrained: Amount] = [:]
    /// What a filter said, with every number in it as "#", and how much it left out.
    public var filterReasons: [String: Amount] = [:]
    /// Tokens of rollouts that a step was given, by how many versions older they are than the weights that the step
    /// began with.
    public var tokensByLag: [Int: Int] = [:]
    /// Sampled for steps that are committed, and taken out of the update by a mask; nil where replayed rollouts are
    /// among what was trained on, or the store does not know.
    public var maskedTokens: Int?
    /// Those that begin with "schedule/" or "time/wait_".
    public var metrics: [String: Metric] = [:]

    /// The share of `tokensByLag` that older weights sampled; nil if there are none.
    public var offPolicyShare: Double? {
        let total = tokensByLag.values.reduce(0, +)
        return total == 0 ? nil : 1 - Double(tokensByLag[0] ?? 0) / Double(total)
    }
}

extension RolloutStore {
    /// How a run's training rollouts were collected, in one snapshot of the store.
    public func collectionSummary(of run: String) async throws -> CollectionSummary {
        try await read { database in
            var summary = CollectionSummary()
            try summary.countRollouts(of: run, in: database)
            try summary.countFiltered(of: run, in: database)
            try summary.countLags(of: run, in: database)
            try summary.countMasked(of: run, in: database)
            try summary.gatherMetrics(of: run, in: database)
            return summary
        }
    }
}

extension CollectionSummary {
    fileprivate mutating func countRollouts(of run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            SELECT status, taken.number IS NOT NULL OR rollouts.step IS NOT NULL AS is_taken, count(*),
                sum(policy_tokens)
            FROM groups JOIN rollouts ON rollouts.group_id = groups.id
            LEFT JOIN batch_groups AS taken ON taken.run = groups.run AND taken.number = groups.number
            WHERE groups.run = ? AND groups.purpose = 'training' GROUP BY 1, 2
            """, in: database)
        try statement.bind(run)
        let rows = try statement.rows { row in
            (
                try Rollout.Status(stored: row.text()), row.integer() != 0,
                Amount(rollouts: row.integer(), tokens: row.integer())
            )
        }
        for (status, isTaken, amount) in rows {
            statuses[status, default: Amount()] += amount
            let kind: Untrained? =
                switch status {
                case .filtered: .filtered
                case .failed: .failed
                case .aborted: isTaken ? .dropped : .waiting
                case .completed, .truncated: isTaken ? nil : .ready
                }
            if let kind { untrained[kind, default: Amount()] += amount }
        }
    }

    fileprivate mutating func countFiltered(of run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            SELECT coalesce(reason, ''), count(*), sum(policy_tokens)
            FROM groups JOIN rollouts ON rollouts.group_id = groups.id
            WHERE groups.run = ? AND groups.purpose = 'training' AND status = 'filtered' GROUP BY 1
            """, in: database)
        try statement.bind(run)
        let rows = try statement.rows {
            (try $0.text(), Amount(rollouts: $0.integer(), tokens: $0.integer()))
        }
        for (reason, amount) in rows { filterReasons[reason.withoutNumbers, default: Amount()] += amount }
    }

    /// A rollout of one version needs no look at its spans.
    fileprivate mutating func countLags(of run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            WITH given AS (
                SELECT rollouts.id, policy_tokens, version_min, version_max,
                    coalesce(
                        (SELECT version FROM steps WHERE steps.run = rollouts.run AND steps.step = rollouts.step - 1),
                        rollouts.step - 1) AS version
                FROM groups JOIN rollouts ON rollouts.group_id = groups.id
                WHERE groups.run = ? AND groups.purpose = 'training' AND rollouts.step IS NOT NULL
                    AND version_min IS NOT NULL
            )
            SELECT lag, sum(tokens) FROM (
                SELECT version - version_min AS lag, policy_tokens AS tokens FROM given WHERE version_min = version_max
                UNION ALL
                SELECT given.version - spans.version, length(spans.tokens) / 4
                FROM given JOIN spans ON spans.rollout_id = given.id
                WHERE version_min < version_max AND spans.origin = 'policy'
            ) GROUP BY lag
            """, in: database)
        try statement.bind(run)
        let rows = try statement.rows { ($0.integer(), $0.integer()) }
        tokensByLag = Dictionary(rows) { first, _ in first }
    }

    fileprivate mutating func countMasked(of run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            SELECT (
                SELECT sum(policy_tokens) FROM groups JOIN rollouts ON rollouts.group_id = groups.id
                WHERE groups.run = ?1 AND groups.purpose = 'training' AND status IN ('completed', 'truncated')
                    AND step IN (SELECT step FROM metrics WHERE run = ?1 AND name = 'train/tokens')
            ) - (SELECT sum(value) FROM metrics WHERE run = ?1 AND name = 'train/tokens')
            WHERE NOT EXISTS (SELECT 1 FROM metrics WHERE run = ?1 AND name = 'replay/rollouts')
            """, in: database)
        try statement.bind(run)
        defer { statement.reset() }
        guard try statement.step(), let masked = statement.optionalDouble(), masked >= 0 else { return }
        maskedTokens = Int(exactly: masked.rounded())
    }

    fileprivate mutating func gatherMetrics(of run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            WITH gathered AS (
                SELECT name, count(*) AS steps, sum(value) AS sum, avg(value) AS mean, max(value) AS highest,
                    max(step) AS step
                FROM metrics
                WHERE run = ?1 AND value IS NOT NULL AND (name GLOB 'schedule/*' OR name GLOB 'time/wait_*')
                GROUP BY name
            )
            SELECT gathered.name, steps, sum, mean, highest, last.value FROM gathered
            JOIN metrics AS last ON last.run = ?1 AND last.step = gathered.step AND last.name = gathered.name
            """, in: database)
        try statement.bind(run)
        let rows = try statement.rows { row in
            (
                try row.text(),
                Metric(
                    steps: row.integer(), sum: row.double(), mean: row.double(), maximum: row.double(),
                    last: row.double())
            )
        }
        metrics = Dictionary(rows) { first, _ in first }
    }
}

extension String {
    /// "#" instead of each number, so that sentences that differ in a number alone are one.
    fileprivate var withoutNumbers: String {
        var text = ""
        var isInNumber = false
        for character in self {
            let isDigit = character.isASCII && character.isNumber
            if isDigit, isInNumber { continue }
            text.append(isDigit ? "#" : character)
            isInNumber = isDigit
        }
        return text
    }
}
