import Foundation
import GRDB
import Testing
import WhetCore

@testable import WhetStore

@Suite("What is recorded")
struct RoundTripTests {
    @Test("is read back bit for bit, whatever it is")
    func arbitraryRollouts() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let rollouts = try (0..<600).map(Rollout.arbitrary)
        try await store.record(rollouts)
        let read = try await store.rollouts(RolloutFilter(run: "run")).map(\.rollout)
        #expect(read == rollouts.sorted { $0.id.storedOrder < $1.id.storedOrder })
        let byID = Dictionary(uniqueKeysWithValues: read.map { ($0.id, $0) })
        for rollout in rollouts {
            // Equality of texts and of zeros is laxer than equality of bits.
            #expect(byID[rollout.id].map(Fingerprint.init) == Fingerprint(rollout), "\(rollout.id)")
        }
    }

    @Test("keeps a reward that is not a number apart from no reward")
    func notANumber() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        var rollout = try Rollout.sample(0)
        rollout.score?.reward = .nan
        rollout.finishedAt = .nan
        try await store.record([rollout, try .sample(1, status: .failed)])
        let read = try await store.rollouts(RolloutFilter(run: "run")).map(\.rollout)
        #expect(read[0].score?.reward.isNaN == true && read[0].finishedAt.isNaN)
        #expect(read[1].score == nil)
    }

    @Test("may be large: 100,000 tokens and a megabyte of text")
    func largeRollout() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        var rollout = try Rollout.sample(0, tokens: 100_000)
        rollout.messages.append(Message(.assistant, String(repeating: "wörd ", count: 200_000)))
        try await store.record([rollout])
        #expect(try await store.rollout(rollout.id, run: "run").rollout == rollout)
    }

    @Test("shares one task a group, and keeps tasks that differ within a group")
    func tasks() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        var odd = try Rollout.sample(0, 2)
        odd.task.problem = "another"
        let rollouts = try [.sample(0, 0), .sample(0, 1), odd, .sample(0, 3), .sample(1, 0)]
        try await store.record(rollouts)
        #expect(try await store.rollouts(RolloutFilter(run: "run")).map(\.rollout) == rollouts)
        let tasks = try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM tasks") }
        #expect(tasks == 3)
    }

    @Test("is not taken for what Swift holds to be equal: two spellings of é, and the zeros")
    func lookalikes() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        let rollouts = try ["é", "e\u{301}"].enumerated().map { member, letter in
            var rollout = try Rollout.sample(0, member)
            rollout.task.environment = letter
            rollout.task.problem = .number(member == 0 ? 0.0 : -0.0)
            rollout.trajectory = TokenTrajectory()
            try rollout.trajectory.append(TokenSpan(.prompt, tokens: [1]))
            let sampling = SamplingParameters(temperature: member == 0 ? 0.0 : -0.0, stopStrings: [letter])
            let policy = TokenSpan.Policy(
                behaviorLogProbabilities: [-1], version: .initial, sampling: sampling, requestID: "", server: letter)
            try rollout.trajectory.append(TokenSpan(.policy(policy), tokens: [2]))
            return rollout
        }
        #expect(rollouts[0].task == rollouts[1].task)
        try await store.record(rollouts)
        #expect(
            try await store.rollouts(RolloutFilter()).map { Fingerprint($0.rollout) } == rollouts.map(Fingerprint.init))
    }

    @Test("of numbers are four bytes each, the lowest first")
    func blobs() async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([try .sample(258, 0, tokens: 2)])
        let blobs = try await store.read { database in
            try ["tokens", "log_probabilities"].map {
                try Data.fetchOne(database, sql: "SELECT \($0) FROM spans WHERE origin = 'policy'")
            }
        }
        let third = withUnsafeBytes(of: (-Float(1) / 3).bitPattern.littleEndian) { Data($0) }
        #expect(blobs == [Data([2, 1, 0, 0, 3, 1, 0, 0]), Data([0, 0, 0, 0x80]) + third])
    }

    @Test(
        "and damaged later is refused with the rollout's name",
        arguments: [
            "UPDATE spans SET tokens = x'010203'", "UPDATE spans SET tokens = x'FFFFFFFF' WHERE origin = 'policy'",
            "UPDATE spans SET log_probabilities = x'00000000' WHERE origin = 'policy'",
            "UPDATE spans SET sampling_id = NULL", "UPDATE spans SET ordinal = 9 WHERE ordinal = 0",
            "UPDATE rollouts SET messages = '{'", "UPDATE rollouts SET messages = '[{}]'",
            "UPDATE rollouts SET score_parts = '[1]'",
            "UPDATE rollouts SET reason = CAST(x'FF' AS TEXT)",
        ])
    func damage(sql: String) async throws {
        let folder = try TemporaryFolder()
        let store = try await RolloutStore.withRun(in: folder)
        try await store.record([try .sample(7, 1)])
        try await store.pool.write { try $0.execute(sql: sql) }
        let error = await #expect(throws: WhetError.self) { try await store.rollouts(RolloutFilter(run: "run")) }
        #expect(error?.place?.contains("rollout 7.1 of run") == true, "\(String(describing: error))")
    }
}

/// A rollout by its bits.
private struct Fingerprint: Equatable {
    private var texts: [[UInt8]] = []
    private var numbers: [UInt64] = []
    private let logProbabilities: [UInt32]

    init(_ rollout: Rollout) {
        logProbabilities = rollout.trajectory.behaviorLogProbabilities.map(\.bitPattern)
        add([rollout.reason, rollout.task.environment, rollout.task.problem.text()])
        for message in rollout.messages + rollout.task.messages {
            add([message.content, message.reasoning, message.toolCallID])
            for call in message.toolCalls { add([call.id, call.name, call.arguments.text()]) }
        }
        numbers += [rollout.seed, rollout.task.seed, rollout.startedAt.bitPattern, rollout.finishedAt.bitPattern]
        if let score = rollout.score {
            add([score.reason])
            numbers.append(score.reward.bitPattern)
            for part in score.parts {
                add([part.name, part.reason])
                numbers += [part.value.bitPattern, part.weight.bitPattern]
            }
        }
        for policy in rollout.trajectory.spans.compactMap(\.policy) {
            add([policy.requestID, policy.server] + policy.sampling.stopStrings)
            numbers += [policy.sampling.temperature.bitPattern, policy.sampling.topP.bitPattern]
        }
    }

    private mutating func add(_ words: [String?]) { texts += words.map { Array(($0 ?? "nil").utf8) } }
}

extension RolloutID {
    fileprivate var storedOrder: String {
        String(format: "%@ %08d %08d", group.purpose.rawValue as NSString, group.index, member)
    }
}
