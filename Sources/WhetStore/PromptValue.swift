import GRDB
import WhetCore

/// What a value tracker believed of one prompt after a step: SPO's memory, a row a visit.
///
/// Keeps: numbers come back bit for bit; rows are only ever added, so what was believed at an earlier step can be had
/// again.
public struct PromptValue: Hashable, Sendable {
    /// Its number in the run's pool of prompts.
    public var prompt: Int
    /// Of the Beta distribution; value = alpha / (alpha + beta).
    public var alpha: Double
    public var beta: Double
    /// The prompt's last training rollout, on which the next visit measures how far the policy moved; nil before the
    /// first.
    public var lastRollout: RolloutID?

    public init(prompt: Int, alpha: Double, beta: Double, lastRollout: RolloutID?) {
        self.prompt = prompt
        self.alpha = alpha
        self.beta = beta
        self.lastRollout = lastRollout
    }
}

extension RolloutStore {
    /// What was believed of each prompt after `step`, by prompt; prompts that were not visited until then are not in
    /// it.
    public func promptValues(run: String, after step: Int) async throws -> [PromptValue] {
        // SQLite takes the other columns from the row that has the maximum.
        try await promptValues(run: run, step: step, "max(step)", where: "step <= ? GROUP BY prompt")
    }

    /// What was believed of the prompts that `step` visited, after it.
    public func promptValues(run: String, visitedBy step: Int) async throws -> [PromptValue] {
        try await promptValues(run: run, step: step, "step", where: "step = ?")
    }

    private func promptValues(
        run: String, step: Int, _ column: String, where condition: String
    ) async throws -> [PromptValue] {
        try await read { database in
            var statement = try PreparedStatement(
                """
                SELECT prompt, alpha, beta, purpose, group_number, member, \(column) FROM prompt_values
                WHERE run = ? AND \(condition) ORDER BY prompt
                """, in: database)
            try statement.bind(run)
            try statement.bind(step)
            return try statement.rows { try PromptValue(&$0) }
        }
    }
}

extension PromptValue {
    fileprivate init(_ row: inout PreparedStatement) throws {
        prompt = row.integer()
        alpha = row.double()
        beta = row.double()
        let purpose = try row.optionalText()
        let (group, member) = (row.optionalInteger(), row.optionalInteger())
        guard let purpose, let group, let member else { return }
        guard let known = GroupID.Purpose(rawValue: purpose) else {
            throw WhetError.unknownName(
                purpose, kind: "purpose of a group", among: GroupID.Purpose.allCases.map(\.rawValue))
        }
        lastRollout = RolloutID(group: GroupID(group, purpose: known), member: member)
    }

    static func insert(_ values: [PromptValue], run: String, step: Int, in database: Database) throws {
        guard !values.isEmpty else { return }
        var statement = try PreparedStatement(
            """
            INSERT INTO prompt_values (run, step, prompt, alpha, beta, purpose, group_number, member)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, in: database)
        for value in values {
            try statement.bind(run)
            try statement.bind(step)
            try statement.bind(value.prompt)
            try statement.bind(value.alpha)
            try statement.bind(value.beta)
            try statement.bind(value.lastRollout?.group.purpose.rawValue)
            try statement.bind(value.lastRollout?.group.index)
            try statement.bind(value.lastRollout?.member)
            try statement.run()
        }
    }
}
