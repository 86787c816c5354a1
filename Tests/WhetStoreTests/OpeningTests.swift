import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

@Suite("Opening a store")
struct OpeningTests {
    @Test("makes it from nothing, and finds it again as it was")
    func again() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([try .sample(0)])
        try await store.close()
        let log = try? FileManager.default.attributesOfItem(atPath: folder.path("whet.sqlite-wal"))[.size] as? Int
        #expect((log ?? 0) == 0, "the file is whole without its log")
        for _ in 0..<2 {
            let again = try RolloutStore(path: folder.path("whet.sqlite"))
            #expect(try await again.rollouts(RolloutFilter()).map(\.rollout) == [try .sample(0)])
            try await again.close()
        }
    }

    @Test("uses a log, foreign keys, and a file that says whose it is")
    func settings() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let settings = try await store.pool.write { database in
            try ["journal_mode", "foreign_keys", "synchronous", "application_id"].map {
                try String.fetchOne(database, sql: "PRAGMA \($0)") ?? ""
            }
        }
        #expect(settings == ["wal", "1", "1", "\(Schema.applicationID)"])
        await #expect(throws: DatabaseError.self) {
            try await store.pool.write {
                try $0.execute(sql: "INSERT INTO groups (run, purpose, number) VALUES ('x', 'y', 1)")
            }
        }
    }

    @Test("by a program that is too old is refused in words, and changes nothing")
    func newer() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
        try await store.close()
        for readOnly in [true, false] {
            let error = #expect(throws: WhetError.self) {
                try RolloutStore(path: folder.path("whet.sqlite"), readOnly: readOnly)
            }
            #expect(error?.problem.contains("newer whet") == true)
        }
    }

    @Test("that is older is refused when it may only be read")
    func older() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("whet.sqlite")
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
        try queue.close()
        let error = #expect(throws: WhetError.self) { try RolloutStore(path: path, readOnly: true) }
        #expect(error?.problem.contains("older whet") == true)
        _ = try RolloutStore(path: path)
        _ = try RolloutStore(path: path, readOnly: true)
    }

    @Test("that is older is brought up to date once, and nothing else is")
    func bringingUpToDate() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("whet.sqlite")
        #expect(try !RolloutStore.bringUpToDate(path: path))
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "2 what a run carries from step to step")
        try queue.close()
        #expect(throws: WhetError.self) { try RolloutStore(path: path, readOnly: true) }
        #expect(try RolloutStore.bringUpToDate(path: path))
        #expect(try !RolloutStore.bringUpToDate(path: path))
        #expect(try await RolloutStore(path: path, readOnly: true).runs().isEmpty)
        let store = try RolloutStore(path: path)
        try await store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
        try await store.close()
        #expect(try !RolloutStore.bringUpToDate(path: path))
    }

    @Test("for reading only, of a copy without its log, says that there is nothing in it")
    func withoutLog() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        // Nothing has been moved out of the log yet.
        try FileManager.default.copyItem(atPath: folder.path("whet.sqlite"), toPath: folder.path("copy.sqlite"))
        let error = #expect(throws: WhetError.self) {
            try RolloutStore(path: folder.path("copy.sqlite"), readOnly: true)
        }
        #expect(error?.problem.contains("nothing in the store") == true && error?.remedy?.contains("-wal") == true)
        try await store.close()
    }

    @Test("runs come in the order in which they were begun, whatever the clock said")
    func order() async throws {
        let folder = try TemporaryFolder()
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        for (id, time) in [("a", 3_000.0), ("b", 1_000), ("c", 2_000)] {
            try await store.begin(RunRecord(id: id, recipe: "{}", build: "0.1", seed: 1, startedAt: time))
        }
        #expect(try await store.runs().map(\.id) == ["a", "b", "c"])
        #expect(try await store.summaries().map(\.run.id) == ["a", "b", "c"])
    }

    @Test("of another program's database leaves it untouched")
    func foreign() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("other.sqlite")
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE things (x); INSERT INTO things VALUES (1)") }
        try queue.close()
        let before = try Data(contentsOf: URL(filePath: path))
        let error = #expect(throws: WhetError.self) { try RolloutStore(path: path) }
        #expect(error?.problem.contains("not made by whet") == true)
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test(
        "of a file that is no database is refused",
        arguments: ["hello, this is a letter to a friend", "{\"a\": 1}", "\0\0\0\0"])
    func noDatabase(content: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("whet.sqlite")
        try Data(content.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: WhetError.self) { try RolloutStore(path: path) }
        #expect(error?.problem.contains("no SQLite database") == true, "\(String(describing: error))")
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(content.utf8))
    }

    @Test("of a store with a torn page fails in words")
    func corrupt() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record(try (0..<200).map { try .sample($0) })
        try await store.close()
        let url = URL(filePath: folder.path("whet.sqlite"))
        var bytes = try Data(contentsOf: url)
        for index in 4_096..<bytes.count { bytes[index] = 0xA5 }
        try bytes.write(to: url)
        let error = await #expect(throws: WhetError.self) {
            _ = try await RolloutStore(path: url.path, readOnly: true).rollouts(RolloutFilter())
        }
        #expect(error?.problem.contains("damaged") == true, "\(String(describing: error))")
        #expect(error?.problem.contains("SELECT") == true, "the statement is named")
    }

    @Test("where there is a folder, nothing, or no way, is refused")
    func nowhere() throws {
        let folder = try TemporaryFolder()
        #expect(throws: WhetError.self) { try RolloutStore(path: folder.url.path) }
        let missing = #expect(throws: WhetError.self) {
            try RolloutStore(path: folder.path("none.sqlite"), readOnly: true)
        }
        #expect(missing?.problem == "there is no store")
        #expect(!FileManager.default.fileExists(atPath: folder.path("none.sqlite")))
        let unreachable = #expect(throws: WhetError.self) { try RolloutStore(path: folder.path("no/such/whet.sqlite")) }
        #expect(unreachable?.problem.contains("cannot be opened") == true)
    }

    @Test("for reading only writes nothing")
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([try .sample(0)])
        let reader = try RolloutStore(path: store.path, readOnly: true)
        #expect(try await reader.rollouts(RolloutFilter()).count == 1)
        let error = await #expect(throws: WhetError.self) { try await reader.begin(.sample(id: "other")) }
        #expect(error?.problem.contains("cannot be written") == true, "\(String(describing: error))")
        try await reader.record(try .sample(1), run: "run", step: 1)
        await #expect(throws: WhetError.self) { try await reader.flush() }
        #expect(try await store.count(RolloutFilter()) == 1)
    }
}
