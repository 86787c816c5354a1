import GRDB
import WhetCore

/// A rollout, and what the store knows about it besides.
public struct StoredRollout: Hashable, Sendable {
    public var run: String
    /// The step that it belongs to; nil if none has been assigned.
    public var step: Int?
    public var rollout: Rollout
}

extension RolloutStore {
    /// Whole rollouts, equal to the recorded ones bit for bit. What waits to be written is not among them: `flush`
    /// first.
    ///
    /// Three queries whatever their number, in one snapshot of the store.
    ///
    /// - Throws: `WhetError` that names the rollout whose rows are damaged.
    public func rollouts(_ filter: RolloutFilter) async throws -> [StoredRollout] {
        try await read { try RolloutReader(database: $0).rollouts(filter) }
    }

    /// One rollout, whole.
    ///
    /// - Throws: `WhetError` when there is no such run or rollout.
    public func rollout(_ id: RolloutID, run: String) async throws -> StoredRollout {
        let filter = RolloutFilter(run: run, groups: [id.group], member: id.member)
        guard let rollout = try await rollouts(filter).first else {
            _ = try await self.run(run)
            throw WhetError(
                "the run \"\(run)\" has no rollout \(id)", at: path,
                remedy: "`whet rollouts list` shows which there are")
        }
        return rollout
    }

    /// Those rollouts of the groups that ended for good (`Rollout.Status.isFinal`): a resumed run plays only the
    /// others.
    public func finishedRollouts(run: String, groups: [GroupID]) async throws -> [Rollout] {
        let statuses = Set(Rollout.Status.allCases.filter(\.isFinal))
        return try await rollouts(RolloutFilter(run: run, groups: groups, statuses: statuses)).map(\.rollout)
    }
}

/// Puts rollouts together from their rows.
struct RolloutReader {
    let database: Database

    private struct Head {
        let row: Int
        let task: Int
        var stored: StoredRollout
    }

    func rollouts(_ filter: RolloutFilter) throws -> [StoredRollout] {
        var heads = try heads(filter)
        try attachTasks(to: &heads)
        try attachSpans(to: &heads)
        return heads.map(\.stored)
    }

    private func heads(_ filter: RolloutFilter) throws -> [Head] {
        let columns = """
            rollouts.id, rollouts.task_id, rollouts.run, rollouts.step, groups.purpose, groups.number, rollouts.member,
            rollouts.status, rollouts.reason, rollouts.messages, rollouts.is_solved, rollouts.reward,
            rollouts.score_reason, rollouts.score_parts, rollouts.seed, rollouts.started_at, rollouts.finished_at,
            rollouts.resumes, rollouts.score_steps
            """
        return try filter.select(columns, in: database).rows { row in
            let (rowID, task) = (row.integer(), row.integer())
            let run = try row.text()
            let step = row.optionalInteger()
            let id = try RolloutID(&row)
            return try locating(id, run) {
                let status = try Rollout.Status(stored: row.text())
                let reason = try row.optionalText()
                let messages = try [Message](row.json())
                let score = try Score(&row)
                var rollout = Rollout(
                    id: id, task: Self.unknownTask, status: status, reason: reason, messages: messages,
                    trajectory: TokenTrajectory(), score: score, seed: UInt64(UInt(bitPattern: row.integer())),
                    startedAt: row.double(), finishedAt: row.double(), resumes: row.integer())
                if let steps = try row.optionalJSON() { rollout.score?.steps = try [Score.Step](steps) }
                return Head(row: rowID, task: task, stored: StoredRollout(run: run, step: step, rollout: rollout))
            }
        }
    }

    /// Stands in until the tasks are read; foreign keys see to it that each is there.
    private static let unknownTask = PracticeTask(environment: "", seed: 0, level: 0, messages: [], problem: .null)

    private func attachTasks(to heads: inout [Head]) throws {
        var statement = try PreparedStatement(
            """
            SELECT id, environment, seed, level, messages, problem, tools FROM tasks
            WHERE id IN (SELECT value FROM json_each(?))
            """, in: database)
        try statement.bind(Self.list(Set(heads.map(\.task)).sorted()))
        let tasks = try statement.rows { row in
            let id = row.integer()
            let task = PracticeTask(
                environment: try row.text(), seed: UInt64(UInt(bitPattern: row.integer())), level: row.integer(),
                messages: try [Message](row.json()), problem: try row.json().root.value,
                tools: try row.optionalJSON()?.root.value)
            return (id, task)
        }
        let byRow = Dictionary(tasks) { first, _ in first }
        for index in heads.indices {
            guard let task = byRow[heads[index].task] else {
                throw WhetError("the task \(heads[index].task) is missing", at: Self.place(heads[index]))
            }
            heads[index].stored.rollout.task = task
        }
    }

    private func attachSpans(to heads: inout [Head]) throws {
        let samplings = try samplings(of: heads)
        let indices = Dictionary(heads.enumerated().map { ($1.row, $0) }) { first, _ in first }
        var statement = try PreparedStatement(
            """
            SELECT rollout_id, origin, tokens, log_probabilities, version, sampling_id, request, server, started_at,
                finished_at FROM spans
            WHERE rollout_id IN (SELECT value FROM json_each(?)) ORDER BY rollout_id, ordinal
            """, in: database)
        try statement.bind(Self.list(heads.map(\.row)))
        while try statement.step() {
            guard let index = indices[statement.integer()] else { continue }
            do {
                try heads[index].stored.rollout.append(TokenSpan(&statement, samplings: samplings))
                if let start = statement.optionalDouble(), let end = statement.optionalDouble(), start <= end {
                    heads[index].stored.rollout.spanTimes.append(start...end)
                }
            } catch {
                statement.reset()
                throw Self.damaged(error, at: Self.place(heads[index]))
            }
        }
    }

    /// The parameters that the rollouts' spans were sampled under, by row.
    private func samplings(of heads: [Head]) throws -> [Int: SamplingParameters] {
        var statement = try PreparedStatement(
            """
            SELECT id, parameters FROM sampling_parameters
            WHERE id IN (SELECT sampling_id FROM spans WHERE rollout_id IN (SELECT value FROM json_each(?)))
            """, in: database)
        try statement.bind(Self.list(heads.map(\.row)))
        let rows = try statement.rows { ($0.integer(), try SamplingParameters(stored: $0.text())) }
        return Dictionary(rows) { first, _ in first }
    }

    private static func list(_ rows: [Int]) -> String { "[" + rows.map(String.init).joined(separator: ",") + "]" }

    private static func place(_ head: Head) -> String { "rollout \(head.stored.rollout.id) of \(head.stored.run)" }

    private func locating<Value>(_ id: RolloutID, _ run: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw Self.damaged(error, at: "rollout \(id) of \(run)") }
    }

    private static func damaged(_ error: any Error, at place: String) -> any Error {
        guard let error = error as? WhetError else { return error }
        return WhetError("what is stored of it cannot be read: \(error)", at: place)
    }
}

extension Rollout {
    /// Another prompt begins another trajectory.
    fileprivate mutating func append(_ span: TokenSpan) throws {
        if span.origin == .prompt, !trajectory.spans.isEmpty { siblings.append(TokenTrajectory()) }
        if siblings.isEmpty {
            try trajectory.append(span)
        } else {
            try siblings[siblings.count - 1].append(span)
        }
    }
}

extension RolloutID {
    /// Reads the columns `groups.purpose`, `groups.number` and `rollouts.member`.
    init(_ row: inout PreparedStatement) throws {
        let name = try row.text()
        guard let purpose = GroupID.Purpose(rawValue: name) else {
            throw WhetError.unknownName(
                name, kind: "purpose of a group", among: GroupID.Purpose.allCases.map(\.rawValue))
        }
        self.init(group: GroupID(row.integer(), purpose: purpose), member: row.integer())
    }
}

extension Score {
    /// Reads the columns `is_solved`, `reward`, `score_reason` and `score_parts`; nil if there is no score.
    fileprivate init?(_ row: inout PreparedStatement) throws {
        let isSolved = row.optionalInteger()
        let reward = row.optionalDouble()
        let reason = try row.optionalText()
        guard let isSolved else {
            row.skip()
            return nil
        }
        self.init(reward: reward ?? .nan, isSolved: isSolved != 0, parts: try [Part](row.json()), reason: reason)
    }
}

extension TokenSpan {
    /// Reads the columns `origin`, `tokens`, `log_probabilities`, `version`, `sampling_id`, `request` and `server`.
    fileprivate init(_ row: inout PreparedStatement, samplings: [Int: SamplingParameters]) throws {
        let origin = try row.text()
        let tokens = try row.blob(of: Int32.self)
        switch origin {
        case "prompt", "environment":
            for _ in 0..<5 { row.skip() }
            self.init(origin == "prompt" ? .prompt : .environment, tokens: tokens)
        case "policy":
            let logProbabilities = try row.blob(of: Float.self)
            let version = PolicyVersion(row.integer())
            guard let sampling = row.optionalInteger().flatMap({ samplings[$0] }) else {
                throw WhetError("a policy span has no sampling parameters")
            }
            let policy = Policy(
                behaviorLogProbabilities: logProbabilities, version: version, sampling: sampling,
                requestID: try row.text(), server: try row.text())
            self.init(.policy(policy), tokens: tokens)
        default:
            throw WhetError.unknownName(origin, kind: "origin of a span", among: ["prompt", "policy", "environment"])
        }
    }
}
