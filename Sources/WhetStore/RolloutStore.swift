import Foundation
import GRDB
import WhetCore

/// Everything that whet generates and learns, in one SQLite file.
///
/// Keeps:
/// - what `flush`, `begin`, `commit` or `finish` returned from survives kill -9; what `begin`, `commit` and `finish`
///   returned from survives a power cut too, and so does all that was recorded before it;
/// - a rollout is there whole, with its task and spans, or not at all; a step with its metrics, version and checkpoint;
/// - of one (run, rollout id) there is at most one rollout;
/// - several programs may read and write one file at the same time.
///
///     let store = try RolloutStore(path: "runs/whet.sqlite")
///     try await store.begin(RunRecord(id: "20261121-043000-sorting", recipe: text, build: "1.0", seed: 7))
///     try await store.record(rollout, run: "20261121-043000-sorting", step: 1)
///     try await store.flush()
public final class RolloutStore: Sendable {
    /// How long a write waits for another program's, in seconds. Our own transactions take milliseconds.
    static let busyTimeout: TimeInterval = 30

    public let path: String
    let pool: DatabasePool
    let writer: RolloutWriter
    let knownRuns = KnownRuns()

    /// Opens a store, or makes one where there is no file.
    ///
    /// - Parameter readOnly: look, but change nothing, not even an older file's schema.
    /// - Throws: `WhetError` when the file is no store of whet, of a newer whet, damaged, or may not be used.
    public convenience init(path: String, readOnly: Bool = false) throws {
        try self.init(path: path, readOnly: readOnly, writing: RolloutWriter.Pace())
    }

    init(
        path: String, readOnly: Bool, writing pace: RolloutWriter.Pace, busyTimeout: TimeInterval = busyTimeout
    ) throws {
        self.path = path
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if exists, isDirectory.boolValue {
            throw WhetError("the store's path is a folder", at: path, expected: "a file, or no file yet")
        }
        if readOnly, !exists {
            throw WhetError(
                "there is no store", at: path, remedy: "train something first, or set WHET_HOME to where runs are")
        }
        pool = try explaining(path) { try Self.open(path, readOnly: readOnly, busyTimeout: busyTimeout) }
        writer = RolloutWriter(pool: pool, path: path, pace: pace)
    }

    private static func open(_ path: String, readOnly: Bool, busyTimeout: TimeInterval) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.label = "whet store"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { database in
            guard !readOnly else { return }
            // A checkpoint each 16 MB of log instead of each 4: fewer pages are copied twice.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864")
            guard !database.configuration.readonly else { return }
            // The names that `CHECK … IN` lets through are those of our enums, which nothing else is written from here;
            // SQLite would build a temporary table of them, of 87 kB, for each row. A batch's pages fit into 16 MB.
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA cache_size = -16000")
        }
        if FileManager.default.fileExists(atPath: path) { try checkOrigin(path, busyTimeout: busyTimeout) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let migrator = Schema.migrator
        try pool.read { database in
            if try migrator.hasBeenSuperseded(database) {
                throw WhetError(
                    "the store was written by a newer whet", at: path,
                    expected: "a schema of at most \"\(migrator.migrations.last ?? "")\"",
                    remedy: "use that whet, or set WHET_HOME to another folder")
            }
            let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id")
            if readOnly, identifier == 0 {
                throw WhetError(
                    "there is nothing in the store", at: path,
                    remedy: "train something first; if it was copied, copy the file that ends in -wal, too")
            }
            if readOnly, try !migrator.hasCompletedMigrations(database) {
                throw WhetError(
                    "the store was written by an older whet and is opened for reading only", at: path,
                    remedy: "`whet runs` brings it up to date")
            }
        }
        if !readOnly { try migrate(pool) }
        return pool
    }

    /// Brings the store of an older whet up to date, so that it can be opened for reading only.
    ///
    /// - Returns: whether it had to be.
    /// - Throws: `WhetError` when the file is no store, of a newer whet, damaged, or may not be written.
    public static func bringUpToDate(path: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try explaining(path) {
            try checkOrigin(path, busyTimeout: busyTimeout)
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(busyTimeout)
            let isOlder = try DatabasePool(path: path, configuration: configuration).read { database in
                let applied = try Schema.migrator.appliedIdentifiers(database)
                // One of a newer whet has some that are unknown here, and is refused when it is opened.
                return try !applied.isEmpty && !Schema.migrator.hasCompletedMigrations(database)
                    && !Schema.migrator.hasBeenSuperseded(database)
            }
            if isOlder { try open(path, readOnly: false, busyTimeout: busyTimeout).close() }
            return isOlder
        }
    }

    /// Two programs that open a new file at once may both try; then one fails, and finds the other's work done.
    private static func migrate(_ pool: DatabasePool) throws {
        do { try Schema.migrator.migrate(pool) } catch {
            guard try pool.read(Schema.migrator.hasCompletedMigrations) else { throw error }
        }
    }

    /// A database of another program is left alone; opening it as ours would already change its journal.
    private static func checkOrigin(_ path: String, busyTimeout: TimeInterval) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout)
        let isOurs = try DatabaseQueue(path: path, configuration: configuration).read { database in
            let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id")
            if identifier == Schema.applicationID { return true }
            // A store that another program is just making has no tables yet but that of migrations.
            let tables = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'")
            return identifier == 0 && tables == 0
        }
        guard isOurs else {
            throw WhetError(
                "this SQLite database was not made by whet", at: path,
                remedy: "move the file away, or set WHET_HOME to another folder")
        }
    }

    /// Waits until everything recorded is stored, and closes the file. Nothing can be done with the store afterwards.
    ///
    /// If nobody else has it open, the store is then whole in one file, and the log beside it is empty.
    public func close() async throws {
        try await flush()
        if !pool.configuration.readonly {
            // Left to itself, the last connection to close would be a reader, which may not do this. It says "busy" in
            // a row, not in an error, when somebody else is reading; then the log stays, and all is well too.
            try await explaining(path) { [pool] in
                try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            }
        }
        try explaining(path) { try pool.close() }
    }

    // MARK: Access

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await explaining(path) { try await pool.read(body) }
    }

    /// A transaction that survives a power cut, and with it all transactions before it: the log is one file, and it is
    /// forced to the disk once. The writer's batches are not, which saves a wait for the disk twenty times a second;
    /// kill -9 takes nothing from either, because the log is the kernel's by then.
    func writeDurably(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        // In a task of its own: a step that ends while its run is being stopped is still written.
        let (pool, path) = (pool, path)
        try await Task {
            try await explaining(path) {
                try await pool.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA synchronous = FULL")
                    defer { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
                    try database.inTransaction(.immediate) {
                        try body(database)
                        return .commit
                    }
                }
            }
        }.value
    }
}
