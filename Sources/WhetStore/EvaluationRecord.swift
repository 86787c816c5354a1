import Foundation
import GRDB
import WhetCore

/// An evaluation on held-out problems. Its rollouts are the groups `groups` of purpose `evaluation`.
public struct EvaluationRecord: Hashable, Sendable {
    /// After which step; 0 before the first.
    public var step: Int
    public var version: PolicyVersion
    public var problems: Int
    /// The share that was solved.
    public var accuracy: Double
    public var meanReward: Double
    /// The numbers of the evaluation's groups.
    public var groups: ClosedRange<Int>
    /// Seconds since 1970.
    public var startedAt: Double
    public var finishedAt: Double

    public init(
        step: Int, version: PolicyVersion, problems: Int, accuracy: Double, meanReward: Double,
        groups: ClosedRange<Int>,
        startedAt: Double, finishedAt: Double = Date().timeIntervalSince1970
    ) {
        self.step = step
        self.version = version
        self.problems = problems
        self.accuracy = accuracy
        self.meanReward = meanReward
        self.groups = groups
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension RolloutStore {
    /// Enters an evaluation, after every rollout that was recorded before. Done again after a resume, it replaces the
    /// earlier one of the same step.
    ///
    /// - Throws: `WhetError` when there is no such run.
    public func record(_ evaluation: EvaluationRecord, run: String) async throws {
        try await knownRuns.check(run) { try await self.run(run) }
        try await flush()
        try await writeDurably { database in
            var statement = try PreparedStatement(
                """
                INSERT OR REPLACE INTO evaluations (run, step, version, problems, accuracy, mean_reward, first_group,
                    last_group, started_at, finished_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, in: database)
            try statement.bind(run)
            try statement.bind(evaluation.step)
            try statement.bind(evaluation.version.number)
            try statement.bind(evaluation.problems)
            try statement.bind(evaluation.accuracy)
            try statement.bind(evaluation.meanReward)
            try statement.bind(evaluation.groups.lowerBound)
            try statement.bind(evaluation.groups.upperBound)
            try statement.bind(evaluation.startedAt)
            try statement.bind(evaluation.finishedAt)
            try statement.run()
        }
    }

    /// A run's evaluations, in the order of their steps.
    public func evaluations(of run: String) async throws -> [EvaluationRecord] {
        try await read { database in
            var statement = try PreparedStatement(
                """
                SELECT step, version, problems, accuracy, mean_reward, first_group, last_group, started_at, finished_at
                FROM evaluations WHERE run = ? ORDER BY step
                """, in: database)
            try statement.bind(run)
            return try statement.rows { row in
                let (step, version, problems) = (row.integer(), PolicyVersion(row.integer()), row.integer())
                let (accuracy, meanReward) = (row.double(), row.double())
                let (first, last) = (row.integer(), row.integer())
                guard first <= last else { throw WhetError("an evaluation's groups are \(first) to \(last)", at: run) }
                return EvaluationRecord(
                    step: step, version: version, problems: problems, accuracy: accuracy, meanReward: meanReward,
                    groups: first...last, startedAt: row.double(), finishedAt: row.double())
            }
        }
    }
}
