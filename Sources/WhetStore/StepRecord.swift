import Foundation
import GRDB
import WhetCore

/// A step that is over: what kind it was, what was measured, and the policy that it left.
public struct StepRecord: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case training
        /// Supervised steps before the first rollout.
        case warmup
        case evaluation
    }

    /// Counted through the whole run, warm-up included.
    public var step: Int
    public var kind: Kind
    /// The policy after the step; nil if there is no version to speak of yet.
    public var version: PolicyVersion?
    /// Where that policy's weights were written, relative to the run's folder; nil if they were not.
    public var checkpoint: String?
    /// By name. A value that is not a number is kept as such.
    public var metrics: [String: Double]
    /// What the run carries on from here beside its weights; whoever trains knows what is in it.
    public var state: JSONValue?
    /// Seconds since 1970.
    public var startedAt: Double
    public var finishedAt: Double

    public init(
        step: Int, kind: Kind = .training, version: PolicyVersion?, checkpoint: String? = nil,
        metrics: [String: Double] = [:], state: JSONValue? = nil, startedAt: Double,
        finishedAt: Double = Date().timeIntervalSince1970
    ) {
        self.step = step
        self.kind = kind
        self.version = version
        self.checkpoint = checkpoint
        self.metrics = metrics
        self.state = state
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// A policy version of a run, and where its weights are.
public struct PolicyVersionRecord: Hashable, Sendable {
    public var version: PolicyVersion
    public var step: Int?
    /// Relative to the run's folder; nil if the weights were not written.
    public var checkpoint: String?
    /// Seconds since 1970.
    public var createdAt: Double
}

/// A metric at a step.
public struct MetricPoint: Hashable, Sendable {
    public var step: Int
    public var value: Double
}

extension RolloutStore {
    /// Commits a step, with its metrics, policy version, checkpoint, state and prompt values, in one transaction, after
    /// every rollout that was recorded before. Write the checkpoint's files first: a step that is in the store has
    /// them.
    ///
    /// - Throws: `WhetError` when the step is committed already, or there is no such run.
    public func commit(_ step: StepRecord, promptValues: [PromptValue] = [], of run: String) async throws {
        try await knownRuns.check(run) { try await self.run(run) }
        try await flush()
        let path = path
        try await writeDurably { database in
            var found = try PreparedStatement("SELECT 1 FROM steps WHERE run = ? AND step = ?", in: database)
            try found.bind(run)
            try found.bind(step.step)
            guard try found.firstInteger() == nil else {
                throw WhetError(
                    "step \(step.step) of the run \"\(run)\" is committed already", at: path,
                    remedy: "resume after the last committed step; is another program training this run?")
            }
            try step.insert(run: run, in: database)
            try PromptValue.insert(promptValues, run: run, step: step.step, in: database)
        }
    }

    /// The last step that was committed; a resumed run goes on after it. Nil before the first.
    public func lastCommittedStep(of run: String) async throws -> StepRecord? {
        try await steps(of: run, condition: "AND steps.step = (SELECT max(step) FROM steps WHERE run = ?1)").first
    }

    /// All committed steps of a run, in order.
    public func steps(of run: String) async throws -> [StepRecord] { try await steps(of: run, condition: "") }

    private func steps(of run: String, condition: String) async throws -> [StepRecord] {
        try await read { database in
            var statement = try PreparedStatement(
                """
                SELECT steps.step, kind, steps.version, checkpoint, started_at, finished_at, state FROM steps
                LEFT JOIN policy_versions ON policy_versions.run = steps.run AND policy_versions.version = steps.version
                WHERE steps.run = ?1 \(condition) ORDER BY steps.step
                """, in: database)
            try statement.bind(run)
            var steps = try statement.rows { try StepRecord(&$0) }
            var metrics = try PreparedStatement(
                "SELECT step, name, value FROM metrics WHERE run = ? AND step >= ? ORDER BY step", in: database)
            try metrics.bind(run)
            try metrics.bind(steps.first?.step ?? 0)
            var index = 0
            while try metrics.step() {
                let step = metrics.integer()
                while index < steps.count, steps[index].step < step { index += 1 }
                let name = try metrics.text()
                if index < steps.count { steps[index].metrics[name] = metrics.double() }
            }
            return steps
        }
    }

    /// A metric through all steps of a run, in order.
    public func metrics(run: String, name: String) async throws -> [MetricPoint] {
        try await read { database in
            var statement = try PreparedStatement(
                "SELECT step, value FROM metrics WHERE run = ? AND name = ? ORDER BY step", in: database)
            try statement.bind(run)
            try statement.bind(name)
            return try statement.rows { MetricPoint(step: $0.integer(), value: $0.double()) }
        }
    }

    /// The names of a run's metrics, in alphabetical order.
    public func metricNames(run: String) async throws -> [String] {
        try await read { database in
            var statement = try PreparedStatement(
                "SELECT DISTINCT name FROM metrics WHERE run = ? ORDER BY name", in: database)
            try statement.bind(run)
            return try statement.rows { try $0.text() }
        }
    }

    /// Enters a policy version outside a step, such as version 0. Entered again, the later entry counts.
    public func record(_ version: PolicyVersionRecord, run: String) async throws {
        try await knownRuns.check(run) { try await self.run(run) }
        try await writeDurably { try version.insert(run: run, in: $0) }
    }

    /// A run's policy versions, in order.
    public func policyVersions(of run: String) async throws -> [PolicyVersionRecord] {
        try await read { database in
            var statement = try PreparedStatement(
                "SELECT version, step, checkpoint, created_at FROM policy_versions WHERE run = ? ORDER BY version",
                in: database)
            try statement.bind(run)
            return try statement.rows { row in
                PolicyVersionRecord(
                    version: PolicyVersion(row.integer()), step: row.optionalInteger(),
                    checkpoint: try row.optionalText(),
                    createdAt: row.double())
            }
        }
    }
}

extension StepRecord {
    fileprivate init(_ row: inout PreparedStatement) throws {
        step = row.integer()
        let name = try row.text()
        guard let kind = Kind(rawValue: name) else {
            throw WhetError.unknownName(name, kind: "kind of step", among: Kind.allCases.map(\.rawValue))
        }
        self.kind = kind
        version = row.optionalInteger().map { PolicyVersion($0) }
        checkpoint = try row.optionalText()
        metrics = [:]
        startedAt = row.double()
        finishedAt = row.double()
        state = try row.optionalText().map { try JSONDocument(parsing: $0).root.value }
    }

    fileprivate func insert(run: String, in database: Database) throws {
        if let version {
            let record = PolicyVersionRecord(
                version: version, step: step, checkpoint: checkpoint, createdAt: finishedAt)
            try record.insert(run: run, in: database)
        }
        var statement = try PreparedStatement(
            "INSERT INTO steps (run, step, kind, version, started_at, finished_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
            in: database)
        try statement.bind(run)
        try statement.bind(step)
        try statement.bind(kind.rawValue)
        try statement.bind(version?.number)
        try statement.bind(startedAt)
        try statement.bind(finishedAt)
        try statement.bind(state.map { try $0.text() })
        try statement.run()
        var metric = try PreparedStatement(
            "INSERT INTO metrics (run, step, name, value) VALUES (?, ?, ?, ?)", in: database)
        for (name, value) in metrics {
            try metric.bind(run)
            try metric.bind(step)
            try metric.bind(name)
            try metric.bind(value)
            try metric.run()
        }
    }
}

extension PolicyVersionRecord {
    public init(_ version: PolicyVersion, checkpoint: String?, createdAt: Double = Date().timeIntervalSince1970) {
        self.init(version: version, step: nil, checkpoint: checkpoint, createdAt: createdAt)
    }

    /// A step that leaves the weights as they were keeps the version's first step and checkpoint.
    fileprivate func insert(run: String, in database: Database) throws {
        var statement = try PreparedStatement(
            """
            INSERT INTO policy_versions (run, version, step, checkpoint, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (run, version) DO UPDATE SET checkpoint = coalesce(excluded.checkpoint, checkpoint)
            """, in: database)
        try statement.bind(run)
        try statement.bind(version.number)
        try statement.bind(step)
        try statement.bind(checkpoint)
        try statement.bind(createdAt)
        try statement.run()
    }
}
