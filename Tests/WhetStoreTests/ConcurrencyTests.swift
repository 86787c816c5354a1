import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

@Suite("Several at one store")
struct ConcurrencyTests {
    @Test("may make it at the same moment")
    func creation() async throws {
        for _ in 0..<5 {
            let folder = try TemporaryFolder()
            let path = folder.path("whet.sqlite")
            let runs = try await withThrowingTaskGroup(of: Void.self) { tasks in
                for index in 0..<4 {
                    tasks.addTask { try await RolloutStore(path: path).begin(.sample(id: "run\(index)")) }
                }
                try await tasks.waitForAll()
                return try await RolloutStore(path: path).runs()
            }
            #expect(Set(runs.map(\.id)) == ["run0", "run1", "run2", "run3"])
        }
    }

    @Test("train their own runs while others read: no one waits in vain, and a group is never seen in part of a batch")
    func trainings() async throws {
        let folder = try TemporaryFolder()
        let path = try await RolloutStore.withRun(in: folder).path
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<3 {
                tasks.addTask {
                    let store = try RolloutStore(path: path)
                    let run = "run\(index)"
                    try await store.begin(.sample(id: run))
                    for step in 1...10 {
                        for member in 0..<20 { try await store.record(try .sample(step, member), run: run, step: step) }
                        try await store.commit(
                            StepRecord(step: step, version: PolicyVersion(step), metrics: ["n": 20], startedAt: 0),
                            of: run)
                    }
                    try await store.close()
                }
            }
            tasks.addTask {
                let reader = try RolloutStore(path: path, readOnly: true)
                for _ in 0..<30 {
                    for rollout in try await reader.rollouts(RolloutFilter(run: "run1")) {
                        #expect(rollout.rollout == (try .sample(rollout.step ?? 0, rollout.rollout.id.member)))
                    }
                    if let last = try await reader.lastCommittedStep(of: "run1") {
                        #expect(
                            try await reader.count(RolloutFilter(run: "run1", steps: 1...last.step)) == last.step * 20)
                    }
                }
            }
            try await tasks.waitForAll()
        }
        let store = try RolloutStore(path: path)
        #expect(try await store.statistics(RolloutFilter(), by: .run).map(\.rollouts) == [200, 200, 200])
        #expect(try await store.summaries().map(\.lastStep) == [nil, 10, 10, 10])
    }

    @Test("one that locks too long is named; nothing is lost by it")
    func locked() async throws {
        let folder = try TemporaryFolder()
        _ = try await RolloutStore.withRun(in: folder)
        let path = folder.path("whet.sqlite")
        let store = try RolloutStore(path: path, readOnly: false, writing: .init(), busyTimeout: 0.01)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await store.record(try .sample(0), run: "run", step: 1)
        let error = await #expect(throws: WhetError.self) { try await store.flush() }
        #expect(error?.problem.contains("locked") == true)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await store.flush()
        #expect(try await store.count(RolloutFilter()) == 1)
    }
}
