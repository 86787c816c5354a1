import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

@Suite("Recording")
struct RecordingTests {
    @Test("again never doubles: what ended for good stays, the rest is replaced", arguments: Rollout.Status.allCases)
    func twice(first: Rollout.Status) async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let old = try Rollout.sample(3, 1, status: first, tokens: 9)
        var new = try Rollout.sample(3, 1, reward: 1, tokens: 2)
        new.task.seed = 77
        try await store.record([old, try .sample(3, 0)])
        try await store.record([new], step: 2)
        try await store.close()

        let again = try RolloutStore(path: folder.path("whet.sqlite"))
        try await again.record([new, new], step: 3)
        let stored = try await again.rollout(new.id, run: "run")
        #expect(stored.rollout == (first.isFinal ? old : new))
        #expect(stored.step == (first.isFinal ? 1 : 2))
        #expect(try await again.count(RolloutFilter(run: "run")) == 2)
        let spans = try await again.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM spans") }
        #expect(spans == 4)
    }

    @Test("twice within one batch counts once")
    func twiceInABatch() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let rollout = try Rollout.sample(0, status: .aborted)
        try await store.record([rollout, try .sample(0, status: .completed), try .sample(0, status: .failed)])
        #expect(try await store.rollouts(RolloutFilter()).map(\.rollout) == [try .sample(0, status: .completed)])
    }

    @Test("keeps purposes and runs apart")
    func apart() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.begin(.sample(id: "other"))
        try await store.record([try .sample(0), try .sample(0, purpose: .evaluation)])
        try await store.record([try .sample(0, reward: 1)], run: "other")
        #expect(try await store.count(RolloutFilter()) == 3)
        #expect(
            try await store.rollout(RolloutID(group: GroupID(0), member: 0), run: "other").rollout.score?.reward == 1)
        let evaluated = try await store.rollouts(RolloutFilter(run: "run", purpose: .evaluation)).map(\.rollout.id)
        #expect(evaluated == [RolloutID(group: GroupID(0, purpose: .evaluation), member: 0)])
    }

    @Test("for an unknown run is refused, with the nearest name")
    func unknownRun() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let error = await #expect(throws: WhetError.self) {
            try await store.record(try .sample(0), run: "rum", step: 1)
        }
        #expect(error?.suggestion == "run")
        try await store.flush()
        #expect(try await store.count(RolloutFilter()) == 0)
    }

    @Test("waits when too many are waiting, and loses none", arguments: [1, 2, 7])
    func backPressure(capacity: Int) async throws {
        let folder = try TemporaryFolder()
        let pace = RolloutWriter.Pace(interval: .seconds(3_600), batch: 3, capacity: capacity)
        let store = try await RolloutStore.withRun(in: folder, pace: pace)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in 0..<40 { tasks.addTask { try await store.record(try .sample(group), run: "run", step: 1) } }
            try await tasks.waitForAll()
        }
        try await store.flush()
        #expect(try await store.list(RolloutFilter()).map(\.id.group.index) == Array(0..<40))
    }

    @Test("goes on when the disk was full and is no more")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.pool.write { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 20)")
        }
        let rollouts = try (0..<300).map { try Rollout.sample($0) }
        for rollout in rollouts { try await store.record(rollout, run: "run", step: 1) }
        let error = await #expect(throws: WhetError.self) { try await store.flush() }
        #expect(error?.problem.contains("disk is full") == true)
        await #expect(throws: WhetError.self) {
            try await store.commit(.init(step: 1, version: nil, startedAt: 0), of: "run")
        }
        #expect(try await store.count(RolloutFilter()) == 0)

        try await store.pool.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        try await store.flush()
        #expect(try await store.rollouts(RolloutFilter()).map(\.rollout) == rollouts)
    }

    @Test("that somebody cancels is still written")
    func cancellation() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.record(try .sample(0), run: "run", step: 1)
            try await store.commit(StepRecord(step: 1, version: nil, startedAt: 0), of: "run")
        }
        try await task.value
        #expect(try await store.lastCommittedStep(of: "run")?.step == 1)
        #expect(try await store.count(RolloutFilter(steps: 1...1)) == 1)
    }

    @Test("may leave the step open, and assigning it later is all or nothing")
    func assign() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let rollouts = try (0..<4).map { try Rollout.sample($0) }
        try await store.record(rollouts, step: nil)
        #expect(try await store.rollout(rollouts[0].id, run: "run").step == nil)
        let unknown = RolloutID(group: GroupID(9), member: 0)
        await #expect(throws: WhetError.self) { try await store.assign([rollouts[0].id, unknown], run: "run", to: 5) }
        #expect(try await store.count(RolloutFilter(steps: 5...5)) == 0)
        try await store.assign(rollouts.prefix(2).map(\.id), run: "run", to: 5)
        #expect(try await store.rollouts(RolloutFilter(steps: 5...5)).map(\.rollout) == Array(rollouts.prefix(2)))
    }

    @Test("then filtering keeps the score; what has none cannot be filtered")
    func filtered() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([try .sample(0), try .sample(1, status: .failed)])
        let scored = RolloutID(group: GroupID(0), member: 0)
        try await store.markFiltered([scored], run: "run", reason: "all rewards equal")
        let rollout = try await store.rollout(scored, run: "run").rollout
        #expect(rollout.status == .filtered && rollout.reason == "all rewards equal" && rollout.score?.reward == 0.5)
        await #expect(throws: WhetError.self) {
            try await store.markFiltered([RolloutID(group: GroupID(1), member: 0)], run: "run", reason: "no")
        }
    }
}
