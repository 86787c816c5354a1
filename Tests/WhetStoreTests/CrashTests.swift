import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

/// A program that is killed leaves its files as they were at that moment: the file, and the log beside it. So a copy of
/// both, taken while nothing is being written, is what a kill leaves; a log that is cut anywhere, what a power cut may.
@Suite("After a kill")
struct CrashTests {
    private func copy(_ path: String, to folder: TemporaryFolder, name: String) throws -> String {
        let target = folder.path(name)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try? FileManager.default.removeItem(atPath: target + suffix)
            try FileManager.default.copyItem(atPath: path + suffix, toPath: target + suffix)
        }
        return target
    }

    private func integrity(of store: RolloutStore) async throws -> [String] {
        try await store.read { database in
            try String.fetchAll(database, sql: "PRAGMA integrity_check")
                + (try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")).map(\.description)
        }
    }

    @Test("everything flushed is there, and nothing of the batch that was being written")
    func midTransaction() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let flushed = try (0..<50).map { try Rollout.sample($0) }
        try await store.record(flushed)
        let path = store.path
        // Killed amid the next batch, when some of its pages have reached the log already.
        let killed = try await store.pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA cache_size = 1")
            var killed = ""
            try database.inTransaction(.immediate) {
                let before = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
                var insertion = try RolloutInsertion(database, rows: RowCache())
                for group in 50..<400 {
                    try insertion.insert(.init(run: "run", step: 2, rollout: try .sample(group, tokens: 100)))
                }
                let after = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
                #expect(after > before, "pages have been spilled")
                killed = try self.copy(path, to: folder, name: "killed.sqlite")
                return .rollback
            }
            return killed
        }
        let again = try RolloutStore(path: killed)
        #expect(try await again.rollouts(RolloutFilter()).map(\.rollout) == flushed)
        #expect(try await integrity(of: again) == ["ok"])
        try await again.record([try .sample(50)])
        #expect(try await again.count(RolloutFilter()) == 51)
    }

    @Test("a log cut anywhere gives whole batches and steps, in order, and none in part")
    func cutLog() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        for step in 1...6 {
            try await store.record(try (0..<8).map { try .sample(step, $0) }, step: step)
            try await store.commit(
                StepRecord(step: step, version: PolicyVersion(step), metrics: ["a": 1], startedAt: 0), of: "run")
        }
        let log = try Data(contentsOf: URL(filePath: store.path + "-wal"))
        var seen: Set<Int> = []
        for cut in stride(from: 0, through: log.count, by: max(1, log.count / 40)) {
            let path = try copy(store.path, to: folder, name: "cut-\(cut).sqlite")
            try log.prefix(cut).write(to: URL(filePath: path + "-wal"))
            let again = try RolloutStore(path: path)
            #expect(try await integrity(of: again) == ["ok"])
            let steps = try await again.steps(of: "run")
            let rollouts = try await again.count(RolloutFilter())
            #expect(rollouts.isMultiple(of: 8) && rollouts / 8 >= steps.count && rollouts / 8 <= steps.count + 1)
            #expect(steps.map(\.step) == Array(1..<steps.count + 1) && steps.allSatisfy { $0.metrics == ["a": 1] })
            #expect(try await again.policyVersions(of: "run").count == steps.count)
            seen.insert(steps.count)
            try await again.close()
        }
        #expect(seen.contains(0) && seen.count > 3, "the cuts fell between steps: \(seen)")
    }
}
