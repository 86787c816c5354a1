import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

@Suite("Runs and steps")
struct StepTests {
    @Test("a run comes back whole, and ends as it is told")
    func run() async throws {
        let folder = try TemporaryFolder()
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        var run = RunRecord.sample(id: "20261121-043000-sorting")
        run.recipe = "a: \"\0\"\n# wörds\r\n"
        try await store.begin(run)
        #expect(try await store.run(run.id) == run)
        try await store.finish(run: run.id, as: .interrupted, at: 5, accuracyBefore: 0.25)
        try await store.resume(run: run.id)
        #expect(try await store.run(run.id).finishedAt == nil)
        try await store.finish(run: run.id, at: 9, accuracyAfter: 0.75)
        (run.status, run.finishedAt, run.accuracyBefore, run.accuracyAfter) = (.finished, 9, 0.25, 0.75)
        #expect(try await store.runs() == [run])
    }

    @Test(
        "an id that is taken, unknown or no folder's name is refused", arguments: ["", "a/b", "..", "-x", "ä", "a b"])
    func ids(wrong: String) async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        await #expect(throws: WhetError.self) { try await store.begin(.sample(id: wrong)) }
        let taken = await #expect(throws: WhetError.self) { try await store.begin(.sample(id: "run")) }
        #expect(taken?.remedy?.contains("--resume run") == true)
        await #expect(throws: WhetError.self) { try await store.run(wrong) }
        await #expect(throws: WhetError.self) { try await store.finish(run: wrong) }
    }

    @Test("a committed step comes back with its metrics, version and checkpoint")
    func commit() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        #expect(try await store.lastCommittedStep(of: "run") == nil)
        let warmup = StepRecord(step: 0, kind: .warmup, version: nil, metrics: ["loss": 2], startedAt: 1, finishedAt: 2)
        let first = StepRecord(
            step: 1, version: PolicyVersion(1), checkpoint: "checkpoints/1",
            metrics: ["loss": 0.1, "reward": -.infinity],
            startedAt: 2, finishedAt: 3)
        let second = StepRecord(step: 2, version: PolicyVersion(2), metrics: [:], startedAt: 3, finishedAt: 4)
        try await store.commit(warmup, of: "run")
        try await store.commit(first, of: "run")
        #expect(try await store.lastCommittedStep(of: "run") == first)
        try await store.commit(second, of: "run")
        #expect(try await store.steps(of: "run") == [warmup, first, second])
        #expect(try await store.lastCommittedStep(of: "run") == second)
        let versions = try await store.policyVersions(of: "run")
        #expect(versions.map(\.version.number) == [1, 2] && versions.map(\.checkpoint) == ["checkpoints/1", nil])
    }

    @Test("a metric that is not a number is kept as such")
    func notANumber() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.commit(StepRecord(step: 1, version: nil, metrics: ["kl": .nan], startedAt: 0), of: "run")
        #expect(try await store.steps(of: "run").map { $0.metrics["kl"]?.isNaN } == [true])
    }

    @Test("a step is committed once, with all that was recorded before it")
    func once() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder, pace: .init(interval: .seconds(3_600)))
        try await store.record(try .sample(0), run: "run", step: 1)
        try await store.commit(StepRecord(step: 1, version: nil, metrics: ["a": 1], startedAt: 0), of: "run")
        #expect(try await store.count(RolloutFilter(steps: 1...1)) == 1)
        let again = StepRecord(step: 1, version: PolicyVersion(4), metrics: ["a": 2], startedAt: 0)
        await #expect(throws: WhetError.self) { try await store.commit(again, of: "run") }
        #expect(try await store.steps(of: "run").map { $0.metrics["a"] } == [1])
        #expect(try await store.policyVersions(of: "run").isEmpty)
        await #expect(throws: WhetError.self) { try await store.commit(again, of: "nobody") }
    }

    @Test("version 0 is entered by itself; a step that keeps the weights keeps its checkpoint")
    func versions() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let start = PolicyVersionRecord(.initial, checkpoint: "checkpoints/0", createdAt: 1)
        try await store.record(start, run: "run")
        try await store.commit(StepRecord(step: 0, version: .initial, startedAt: 0), of: "run")
        #expect(try await store.policyVersions(of: "run") == [start])
        #expect(try await store.lastCommittedStep(of: "run")?.checkpoint == "checkpoints/0")
    }

    @Test("an evaluation done again replaces the earlier one")
    func evaluations() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        var evaluation = EvaluationRecord(
            step: 0, version: .initial, problems: 200, accuracy: 0.1, meanReward: -0.5, groups: 0...199, startedAt: 1,
            finishedAt: 2)
        try await store.record(evaluation, run: "run")
        evaluation.accuracy = 0.2
        try await store.record(evaluation, run: "run")
        #expect(try await store.evaluations(of: "run") == [evaluation])
    }

    @Test("a summary says how far each run came")
    func summaries() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        var other = RunRecord.sample(id: "empty")
        other.startedAt = 2_000
        try await store.begin(other)
        try await store.record([try .sample(0, reward: 0)], step: 1)
        try await store.commit(StepRecord(step: 1, version: PolicyVersion(1), startedAt: 0), of: "run")
        let second: [Rollout] = try [
            .sample(1, 0, reward: 0.25), .sample(1, 1, reward: 0.75), .sample(1, 2, status: .failed),
            .sample(1, purpose: .evaluation, reward: 100),
        ]
        try await store.record(second, step: 2)
        try await store.commit(StepRecord(step: 2, version: PolicyVersion(2), startedAt: 0), of: "run")
        let summaries = try await store.summaries()
        #expect(summaries.map(\.run.id) == ["run", "empty"])
        #expect(summaries.map(\.lastStep) == [2, nil])
        #expect(summaries.map(\.rollouts) == [5, 0])
        #expect(summaries.map(\.lastMeanReward) == [0.5, nil])
    }
}
