import Foundation
import Testing
import WhetCore

@testable import WhetStore

@Suite("How rollouts were collected")
struct CollectionTests {
    /// A rollout whose policy spans are as given; two in a row were one turn that was interrupted.
    private func rollout(
        _ group: Int, _ member: Int, _ status: Rollout.Status, purpose: GroupID.Purpose = .training,
        reason: String? = nil, spans: [(version: Int, tokens: Int)], startedAt: Double = 100
    ) throws -> Rollout {
        var rollout = try Rollout.sample(group, member, purpose: purpose, status: status, tokens: 0)
        for (place, span) in spans.enumerated() {
            let policy = TokenSpan.Policy(
                behaviorLogProbabilities: Array(repeating: -1, count: span.tokens),
                version: PolicyVersion(span.version), sampling: SamplingParameters(), requestID: "r\(place)",
                server: "s")
            try rollout.trajectory.append(
                TokenSpan(.policy(policy), tokens: Array(repeating: 5, count: span.tokens)))
            rollout.spanTimes.append(startedAt + Double(place)...startedAt + Double(place) + 0.5)
        }
        rollout.startedAt = startedAt
        rollout.finishedAt = startedAt + Double(spans.count)
        rollout.resumes = max(0, spans.count - 1)
        if reason != nil { rollout.reason = reason }
        return rollout
    }

    /// Two committed steps, and everything that can become of a rollout.
    private func populated(in folder: TemporaryFolder) async throws -> RolloutStore {
        let store = try await RolloutStore.withRun(in: folder)
        let rollouts = try [
            rollout(0, 0, .completed, spans: [(0, 10)], startedAt: 100),
            rollout(0, 1, .failed, spans: [(0, 3)], startedAt: 103),
            rollout(1, 0, .completed, spans: [(0, 4), (1, 16)], startedAt: 101),
            rollout(1, 1, .truncated, spans: [(1, 5)], startedAt: 102),
            rollout(2, 0, .filtered, reason: "its oldest token is 3 versions old", spans: [(0, 7)]),
            rollout(2, 1, .aborted, spans: [(0, 2)]),
            rollout(3, 0, .filtered, reason: "its oldest token is 12 versions old", spans: [(0, 1)]),
            rollout(4, 0, .aborted, spans: [(1, 6)], startedAt: 104),
            rollout(4, 1, .completed, spans: [(1, 8)], startedAt: 104),
            rollout(9, 0, .completed, purpose: .evaluation, spans: [(0, 999)]),
        ]
        for rollout in rollouts { try await store.record(rollout, run: "run", step: nil) }
        for (step, groups) in [(1, [0]), (2, [1, 2, 3])] {
            let batch = HandedBatch(step: step, groups: groups.map { .init(number: $0, prompt: $0, isKept: $0 < 2) })
            try await store.hand(batch, of: "run")
            try await store.commit(
                StepRecord(
                    step: step, version: PolicyVersion(step),
                    metrics: [
                        "train/tokens": step == 1 ? 10 : 21, "schedule/refills": Double(step),
                        "time/wait_for_batch_seconds": Double(step) / 2, "reward/mean": 1,
                    ], startedAt: 1, finishedAt: 2), of: "run")
        }
        return store
    }

    @Test("every rollout is counted once, and what was never trained on by its reason")
    func amounts() async throws {
        let folder = try TemporaryFolder()
        let summary = try await populated(in: folder).collectionSummary(of: "run")
        #expect(
            summary.statuses == [
                .completed: .init(rollouts: 3, tokens: 38), .truncated: .init(rollouts: 1, tokens: 5),
                .failed: .init(rollouts: 1, tokens: 3), .filtered: .init(rollouts: 2, tokens: 8),
                .aborted: .init(rollouts: 2, tokens: 8),
            ])
        #expect(
            summary.untrained == [
                .failed: .init(rollouts: 1, tokens: 3), .filtered: .init(rollouts: 2, tokens: 8),
                .dropped: .init(rollouts: 1, tokens: 2), .waiting: .init(rollouts: 1, tokens: 6),
                .ready: .init(rollouts: 1, tokens: 8),
            ])
        #expect(summary.filterReasons == ["its oldest token is # versions old": .init(rollouts: 2, tokens: 8)])
        // 10 of step 1 and 25 of step 2 were there to be trained on; 31 were.
        #expect(summary.maskedTokens == 4)
    }

    @Test("a token's lag is counted from the weights its step began with, each span by its own version")
    func lags() async throws {
        let folder = try TemporaryFolder()
        let summary = try await populated(in: folder).collectionSummary(of: "run")
        #expect(summary.tokensByLag == [0: 10 + 3 + 16 + 5, 1: 4 + 7 + 2 + 1])
        #expect(summary.offPolicyShare == 1 - 34.0 / 48)
    }

    @Test("metrics of scheduling are summed, the others left alone")
    func metrics() async throws {
        let folder = try TemporaryFolder()
        let summary = try await populated(in: folder).collectionSummary(of: "run")
        #expect(Set(summary.metrics.keys) == ["schedule/refills", "time/wait_for_batch_seconds"])
        #expect(
            summary.metrics["schedule/refills"] == .init(steps: 2, sum: 3, mean: 1.5, maximum: 2, last: 2))
    }

    @Test("a run without rollouts has nothing to say")
    func empty() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let summary = try await store.collectionSummary(of: "run")
        #expect(summary.statuses.isEmpty && summary.offPolicyShare == nil && summary.maskedTokens == nil)
        #expect(try await store.rolloutTimes(of: "run", most: 10).isEmpty)
    }

    @Test("times come in the order of starts, of the steps asked for, as many as asked for")
    func times() async throws {
        let folder = try TemporaryFolder()
        let store = try await populated(in: folder)
        let all = try await store.rolloutTimes(of: "run", most: 100)
        #expect(all.count == 9)
        #expect(all.map(\.startedAt) == all.map(\.startedAt).sorted())
        let step = try await store.rolloutTimes(of: "run", steps: 2...2, most: 100)
        #expect(step.map(\.id.description) == ["2.0", "2.1", "3.0", "1.0", "1.1"])
        #expect(
            step[3].pieces == [
                .policy(PolicyVersion(0), times: 101...101.5), .policy(PolicyVersion(1), times: 102...102.5),
            ])
        #expect(step[3].resumes == 1 && step[3].step == 2 && step[0].reason == "its oldest token is 3 versions old")
        #expect(try await store.rolloutTimes(of: "run", most: 3).count == 3)
        #expect(try await store.trainingRolloutCount(of: "run") == 9)
        #expect(try await store.trainingRolloutCount(of: "run", steps: 2...2) == 5)
    }

    @Test("spans without times, as an older whet stored them, have none")
    func olderSpans() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([Rollout.sample(0)])
        #expect(
            try await store.rolloutTimes(of: "run", most: 1).map(\.pieces) == [[.policy(PolicyVersion(0), times: nil)]])
    }
}
