import Foundation
import GRDB
import WhetCore

/// A run: one training, from its recipe to its last evaluation.
public struct RunRecord: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Under way, or killed without a word.
        case running
        case finished
        /// Stopped by a person, to be resumed.
        case interrupted
        case failed
    }

    /// Names the run in the store and its folder beside it; see `WhetHome.runID`.
    public var id: String
    /// What people call it: the recipe's name, most often.
    public var name: String
    public var status: Status
    /// The whole recipe as text, as it was resolved.
    public var recipe: String
    /// The version of whet that ran it.
    public var build: String
    public var seed: UInt64
    /// Seconds since 1970.
    public var startedAt: Double
    public var finishedAt: Double?
    /// The share of held-out problems that were solved before and after training.
    public var accuracyBefore: Double?
    public var accuracyAfter: Double?

    public init(
        id: String, name: String = "", status: Status = .running, recipe: String, build: String, seed: UInt64,
        startedAt: Double = Date().timeIntervalSince1970, finishedAt: Double? = nil, accuracyBefore: Double? = nil,
        accuracyAfter: Double? = nil
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.recipe = recipe
        self.build = build
        self.seed = seed
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.accuracyBefore = accuracyBefore
        self.accuracyAfter = accuracyAfter
    }

    static let columns = """
        runs.id, runs.name, runs.status, runs.recipe, runs.build, runs.seed, runs.started_at, runs.finished_at,
        runs.accuracy_before, runs.accuracy_after
        """

    /// Reads `columns`.
    init(_ row: inout PreparedStatement) throws {
        id = try row.text()
        name = try row.text()
        let statusName = try row.text()
        guard let status = Status(rawValue: statusName) else {
            throw WhetError.unknownName(
                statusName, kind: "status of a run", among: Status.allCases.map(\.rawValue), at: id)
        }
        self.status = status
        recipe = try row.text()
        build = try row.text()
        seed = UInt64(UInt(bitPattern: row.integer()))
        startedAt = row.double()
        finishedAt = row.optionalDouble()
        accuracyBefore = row.optionalDouble()
        accuracyAfter = row.optionalDouble()
    }
}

extension RolloutStore {
    /// Enters a new run.
    ///
    /// - Throws: `WhetError` when the id is taken or cannot name a folder.
    public func begin(_ run: RunRecord) async throws {
        try WhetHome.check(runID: run.id)
        let path = path
        try await writeDurably { database in
            var taken = try PreparedStatement("SELECT 1 FROM runs WHERE id = ?", in: database)
            try taken.bind(run.id)
            guard try taken.firstInteger() == nil else {
                throw WhetError(
                    "the run \"\(run.id)\" exists already", at: path,
                    remedy: "`whet train --resume \(run.id)`, or another id")
            }
            var statement = try PreparedStatement(
                """
                INSERT INTO runs (id, name, status, recipe, build, seed, started_at, finished_at, accuracy_before,
                    accuracy_after)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, in: database)
            try statement.bind(run.id)
            try statement.bind(run.name)
            try statement.bind(run.status.rawValue)
            try statement.bind(run.recipe)
            try statement.bind(run.build)
            try statement.bind(Int(bitPattern: UInt(run.seed)))
            try statement.bind(run.startedAt)
            try statement.bind(run.finishedAt)
            try statement.bind(run.accuracyBefore)
            try statement.bind(run.accuracyAfter)
            try statement.run()
        }
    }

    /// Writes how a run ended, after everything that it recorded. An accuracy that is nil leaves the stored one.
    ///
    /// - Throws: `WhetError` when there is no such run.
    public func finish(
        run id: String, as status: RunRecord.Status = .finished, at time: Double = Date().timeIntervalSince1970,
        accuracyBefore: Double? = nil, accuracyAfter: Double? = nil
    ) async throws {
        try await flush()
        _ = try await run(id)
        try await writeDurably { database in
            var statement = try PreparedStatement(
                """
                UPDATE runs SET status = ?, finished_at = ?, accuracy_before = coalesce(?, accuracy_before),
                    accuracy_after = coalesce(?, accuracy_after)
                WHERE id = ?
                """, in: database)
            try statement.bind(status.rawValue)
            try statement.bind(status == .running ? nil : time)
            try statement.bind(accuracyBefore)
            try statement.bind(accuracyAfter)
            try statement.bind(id)
            try statement.run()
        }
    }

    /// Marks a run as running again. What it had recorded stays.
    ///
    /// - Throws: `WhetError` when there is no such run.
    public func resume(run id: String) async throws { try await finish(run: id, as: .running) }

    /// - Throws: `WhetError` with the nearest id when there is no such run.
    public func run(_ id: String) async throws -> RunRecord {
        let runs = try await runs()
        guard let run = runs.first(where: { $0.id == id }) else {
            throw WhetError.unknownName(id, kind: "run", among: runs.suffix(20).map(\.id), at: path)
        }
        return run
    }

    /// All runs in the order in which they were begun, whatever the clock said.
    public func runs() async throws -> [RunRecord] {
        try await read { database in
            try PreparedStatement("SELECT \(RunRecord.columns) FROM runs ORDER BY rowid", in: database)
                .rows { try RunRecord(&$0) }
        }
    }
}

extension PreparedStatement {
    /// All rows, each made into a value.
    consuming func rows<Value>(_ read: (inout PreparedStatement) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        defer { reset() }
        while try step() { values.append(try read(&self)) }
        return values
    }
}
