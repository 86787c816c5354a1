import Foundation
import Testing
import WhetCore
import WhetStore

@testable import whet

@Suite("whet rollouts verify")
struct StoredVerificationTests {
    private static let run = "20261121-043000-sorting"
    private static let models = repository.appending(path: "Tests/Fixtures/models")

    /// Tokens, and what the transformers library says of each but the first under the model qwen3.
    private static func reference() throws -> [(tokens: [Int32], logProbabilities: [Float])] {
        let file = models.appending(path: "qwen3/reference.json")
        let forward = try #require(try JSONValue(parsing: Array(Data(contentsOf: file)))["forward"])
        let tokens = try #require(forward["input_ids"]?.array)
            .map { ($0.array ?? []).compactMap { $0.integer.map(Int32.init) } }
        let values = try #require(forward["next_token_logprobs"]?.array)
            .map { ($0.array ?? []).compactMap { $0.double.map(Float.init) } }
        return Array(zip(tokens, values)).filter { $0.0.count == $0.1.count + 1 }
    }

    /// A rollout of two spans, by version 0 and by `later`, with the numbers of qwen3.
    private static func rollout(_ member: Int, later: Int) throws -> Rollout {
        let (tokens, logProbabilities) = try #require(try reference().first)
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: Array(tokens[..<3])))
        for (range, version) in [(3..<6, 0), (6..<tokens.count, later)] {
            let policy = TokenSpan.Policy(
                behaviorLogProbabilities: Array(logProbabilities[range.lowerBound - 1..<range.upperBound - 1]),
                version: PolicyVersion(version), sampling: SamplingParameters(), requestID: "r\(member)-\(version)",
                server: "http://127.0.0.1:1")
            try trajectory.append(TokenSpan(.policy(policy), tokens: Array(tokens[range])))
        }
        let task = PracticeTask(
            environment: "Sorting", seed: 5, level: 0, messages: [Message(.user, "sort 2 1")], problem: nil)
        return Rollout(
            id: RolloutID(group: GroupID(0), member: member), task: task, status: .completed, messages: task.messages,
            trajectory: trajectory, score: Score(reward: 1, isSolved: true), seed: 9, startedAt: 1_000,
            finishedAt: 1_001, resumes: 1)
    }

    /// A store of rollouts whose second spans are by these versions; 0 and 2 are qwen3, and 1 is another model.
    private func makeRun(in folder: URL, later versions: [Int]) async throws -> BuiltCommand {
        let home = WhetHome(directory: folder.appending(path: "runs"))
        let store = try home.openStore()
        try await store.begin(
            RunRecord(
                id: Self.run, name: "sorting", recipe: "environments: []", build: "test", seed: 7, startedAt: 1_000))
        for (member, version) in versions.enumerated() {
            try await store.record(Self.rollout(member, later: version), run: Self.run, step: 1)
        }
        try await store.close()
        let checkpoints = home.directory(ofRun: Self.run).appending(path: "checkpoints")
        try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
        for (name, model) in [("v000000", "qwen3"), ("v000001", "qwen2"), ("v000002", "qwen3")] {
            try FileManager.default.createSymbolicLink(
                at: checkpoints.appending(path: name), withDestinationURL: Self.models.appending(path: model))
        }
        return try BuiltCommand(in: folder)
    }

    @Test("agrees where every span is of the version that it names, and counts what cannot be compared")
    func agrees() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder, later: [2, 7])
            let outcome = try whet.run("rollouts", "verify", "--json")
            #expect(outcome.code == 0, "\(outcome.complaints)")
            let found = try #require(try outcome.lines().first)
            let later = try #require(try Self.reference().first).tokens.count - 6
            #expect(found["tokens"] == .integer(3 + 3 + later))
            #expect(found["resumed_tokens"] == .integer(later))
            #expect(found["tokens_without_weights"] == .integer(later))
            #expect(found["versions"] == 2)
            // The other implementation's numbers have six decimals or so.
            #expect(try #require(found["largest_difference"]?.double) < 1e-3)
            #expect(try whet.run("rollouts", "verify").output.contains("mean absolute difference from whet's engine"))
        }
    }

    @Test("does not agree where a server had other weights than it said")
    func differs() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder, later: [1])
            let outcome = try whet.run("rollouts", "verify", "--json")
            #expect(outcome.code == 1)
            #expect(try #require(try outcome.lines().first?["largest_difference"]?.double) > 0.1)
        }
    }

    @Test("says what to do where no weights are left, and whose weights are meant")
    func refusals() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder, later: [2])
            try FileManager.default.removeItem(at: folder.appending(path: "runs/\(Self.run)/checkpoints"))
            let gone = try whet.run("rollouts", "verify")
            #expect(gone.code == 1 && gone.complaints.contains("run.checkpoint_keep"), "\(gone.complaints)")
            #expect(try whet.run("rollouts", "verify", "--run", "all").code == 2)
        }
    }
}
