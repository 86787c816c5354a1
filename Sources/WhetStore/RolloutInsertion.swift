import GRDB
import WhetCore

/// Writes rollouts within one transaction.
///
/// Keeps: the rollouts of a group share their task's row as long as their tasks are equal.
struct RolloutInsertion {
    private(set) var rows: RowCache
    private let database: Database
    private var findGroup, insertGroup, findTask, insertTask: PreparedStatement
    private var findRollout, deleteRollout, insertRollout: PreparedStatement
    private var findSampling, insertSampling, insertSpan: PreparedStatement

    init(_ database: Database, rows: RowCache) throws {
        self.rows = rows
        self.rows.trim()
        self.database = database
        func prepare(_ sql: String) throws -> PreparedStatement { try PreparedStatement(sql, in: database) }
        findGroup = try prepare("SELECT id FROM groups WHERE run = ? AND purpose = ? AND number = ?")
        insertGroup = try prepare("INSERT INTO groups (run, purpose, number) VALUES (?, ?, ?)")
        findTask = try prepare(
            """
            SELECT id FROM tasks
            WHERE group_id = ? AND environment = ? AND level = ? AND seed = ? AND messages = ? AND problem = ?
                AND tools IS ?
            """)
        insertTask = try prepare(
            "INSERT INTO tasks (group_id, environment, level, seed, messages, problem, tools) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?)")
        findRollout = try prepare("SELECT id, status FROM rollouts WHERE group_id = ? AND member = ?")
        deleteRollout = try prepare("DELETE FROM rollouts WHERE id = ?")
        insertRollout = try prepare(
            """
            INSERT INTO rollouts (id, run, step, group_id, member, task_id, status, reason, reward, is_solved,
                score_reason, score_parts, seed, started_at, finished_at, server, tokens, policy_tokens, version_min,
                version_max, messages, resumes, score_steps)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        findSampling = try prepare("SELECT id FROM sampling_parameters WHERE parameters = ?")
        insertSampling = try prepare("INSERT INTO sampling_parameters (parameters) VALUES (?)")
        insertSpan = try prepare(
            """
            INSERT INTO spans (rollout_id, ordinal, origin, version, tokens, log_probabilities, sampling_id, request,
                server, started_at, finished_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    }

    mutating func insert(_ recording: RolloutWriter.Recording) throws {
        let key = RowCache.GroupKey(run: recording.run, group: recording.rollout.id.group)
        let group = try rows.groups[key]?.row ?? row(of: key)
        var replaced: Int?
        if let (row, status) = try stored(member: recording.rollout.id.member, of: group) {
            guard !status.isFinal else { return }
            try deleteRollout.bind(row)
            try deleteRollout.run()
            replaced = row
        }
        let task = try row(of: recording.rollout.task, in: key, group: group)
        try insertRow(of: recording, group: group, task: task, replacing: replaced)
        let row = replaced ?? Int(database.lastInsertedRowID)
        var times = recording.rollout.spanTimes[...]
        // Of several trajectories one stands behind the other; each begins with its prompt.
        for (ordinal, span) in recording.rollout.trajectories.lazy.flatMap(\.spans).enumerated() {
            try insert(span, ordinal: ordinal, of: row, times: span.policy == nil ? nil : times.popFirst())
        }
    }

    private mutating func stored(member: Int, of group: Int) throws -> (row: Int, status: Rollout.Status)? {
        try findRollout.bind(group)
        try findRollout.bind(member)
        defer { findRollout.reset() }
        guard try findRollout.step() else { return nil }
        return (findRollout.integer(), try Rollout.Status(stored: findRollout.text()))
    }

    private mutating func row(of key: RowCache.GroupKey) throws -> Int {
        func bind(_ statement: inout PreparedStatement) throws {
            try statement.bind(key.run)
            try statement.bind(key.group.purpose.rawValue)
            try statement.bind(key.group.index)
        }
        try bind(&findGroup)
        var row = try findGroup.firstInteger()
        if row == nil {
            try bind(&insertGroup)
            try insertGroup.run()
            row = Int(database.lastInsertedRowID)
        }
        let found = row ?? 0
        rows.groups[key] = RowCache.Group(row: found)
        return found
    }

    private mutating func row(of task: PracticeTask, in key: RowCache.GroupKey, group: Int) throws -> Int {
        let task = StoredTask(task)
        if let known = rows.groups[key], known.task == task { return known.taskRow }
        func bind(_ statement: inout PreparedStatement) throws {
            try statement.bind(group)
            try statement.bind(text: task.environment)
            try statement.bind(task.level)
            try statement.bind(Int(bitPattern: UInt(task.seed)))
            try statement.bind(text: task.messages)
            try statement.bind(text: task.problem)
            if let tools = task.tools { try statement.bind(text: tools) } else { try statement.bind(nil as Int?) }
        }
        try bind(&findTask)
        var row = try findTask.firstInteger()
        if row == nil {
            try bind(&insertTask)
            try insertTask.run()
            row = Int(database.lastInsertedRowID)
        }
        let found = row ?? 0
        rows.groups[key] = RowCache.Group(row: group, task: task, taskRow: found)
        return found
    }

    private mutating func insertRow(
        of recording: RolloutWriter.Recording, group: Int, task: Int, replacing row: Int?
    ) throws {
        let rollout = recording.rollout
        let policies = rollout.trajectories.flatMap(\.spans).compactMap(\.policy)
        try insertRollout.bind(row)
        try insertRollout.bind(recording.run)
        try insertRollout.bind(recording.step)
        try insertRollout.bind(group)
        try insertRollout.bind(rollout.id.member)
        try insertRollout.bind(task)
        try insertRollout.bind(rollout.status.rawValue)
        try insertRollout.bind(rollout.reason)
        try insertRollout.bind(rollout.score?.reward)
        try insertRollout.bind((rollout.score?.isSolved).map { $0 ? 1 : 0 })
        try insertRollout.bind(rollout.score?.reason)
        if let parts = rollout.score?.parts {
            var text = JSONText()
            text.append(parts: parts)
            try insertRollout.bind(text: text.bytes)
        } else {
            try insertRollout.bind(nil as Int?)
        }
        try insertRollout.bind(Int(bitPattern: UInt(rollout.seed)))
        try insertRollout.bind(rollout.startedAt)
        try insertRollout.bind(rollout.finishedAt)
        try insertRollout.bind(policies.last?.server)
        try insertRollout.bind(rollout.trajectories.reduce(0) { $0 + $1.count })
        try insertRollout.bind(rollout.policyTokenCount)
        try insertRollout.bind(policies.map(\.version).min()?.number)
        try insertRollout.bind(policies.map(\.version).max()?.number)
        var messages = JSONText()
        messages.append(messages: rollout.messages)
        try insertRollout.bind(text: messages.bytes)
        try insertRollout.bind(rollout.resumes)
        if let steps = rollout.score?.steps, !steps.isEmpty {
            var text = JSONText()
            text.append(steps: steps)
            try insertRollout.bind(text: text.bytes)
        } else {
            try insertRollout.bind(nil as Int?)
        }
        try insertRollout.run()
    }

    private mutating func insert(
        _ span: TokenSpan, ordinal: Int, of rollout: Int, times: ClosedRange<Double>?
    ) throws {
        let sampling = try span.policy.map { try row(of: $0.sampling) }
        try insertSpan.bind(rollout)
        try insertSpan.bind(ordinal)
        try insertSpan.bind(span.origin.storedName)
        try insertSpan.bind(span.policy?.version.number)
        try insertSpan.bind(blob: span.tokens)
        if let policy = span.policy {
            try insertSpan.bind(blob: policy.behaviorLogProbabilities)
        } else {
            try insertSpan.bind(nil as Int?)
        }
        try insertSpan.bind(sampling)
        try insertSpan.bind(span.policy?.requestID)
        try insertSpan.bind(span.policy?.server)
        try insertSpan.bind(times?.lowerBound)
        try insertSpan.bind(times?.upperBound)
        try insertSpan.run()
    }

    private mutating func row(of sampling: SamplingParameters) throws -> Int {
        let bits = SamplingBits(sampling)
        if let row = rows.samplings[bits] { return row }
        let text = sampling.storedText
        try findSampling.bind(text)
        var row = try findSampling.firstInteger()
        if row == nil {
            try insertSampling.bind(text)
            try insertSampling.run()
            row = Int(database.lastInsertedRowID)
        }
        let found = row ?? 0
        rows.samplings[bits] = found
        return found
    }
}

extension PreparedStatement {
    /// The first column of the first row; nil if there is none.
    mutating func firstInteger() throws -> Int? {
        defer { reset() }
        return try step() ? integer() : nil
    }
}

extension Rollout.Status {
    init(stored name: String) throws {
        guard let status = Rollout.Status(rawValue: name) else {
            throw WhetError.unknownName(name, kind: "status of a rollout", among: Self.allCases.map(\.rawValue))
        }
        self = status
    }
}

extension TokenSpan.Origin {
    var storedName: String {
        switch self {
        case .prompt: "prompt"
        case .policy: "policy"
        case .environment: "environment"
        }
    }
}
