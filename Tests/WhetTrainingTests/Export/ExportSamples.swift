import Foundation
import WhetCore
import WhetStore
import WhetTraining

/// A store of one run, "run", in a folder that is gone when this is.
final class ExportSamples: Sendable {
    let folder: URL
    let store: RolloutStore

    init(_ rollouts: [Rollout]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "whet-export-\(UUID().uuidString)")
        store = try WhetHome(directory: folder).openStore()
        try await store.begin(RunRecord(id: "run", recipe: "{}", build: "test", seed: 7))
        for rollout in rollouts { try await store.record(rollout, run: "run", step: 1) }
        try await store.flush()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The lines of an export, and its report.
    func export(
        _ form: any ExportForm, _ filter: RolloutFilter = RolloutFilter(run: "run"), isUnique: Bool = false,
        limit: Int? = nil
    ) async throws -> (lines: [JSONValue], report: ExportReport) {
        var bytes: [UInt8] = []
        let report = try await RolloutExport(form, isUnique: isUnique, limit: limit).write(filter, of: store) {
            bytes += $0
            return true
        }
        let lines = try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        return (lines, report)
    }
}

extension Rollout {
    /// - Parameters:
    ///   - reward: nil for one that failed.
    ///   - answer: what the policy says at the end.
    ///   - between: what was said between the opening and the answer.
    static func sample(
        _ group: Int, _ member: Int, reward: Double?, answer: String = "4", between: [Message] = [],
        status: Status = .completed, purpose: GroupID.Purpose = .training, prompt: String? = nil,
        tools: JSONValue? = nil
    ) throws -> Rollout {
        let task = PracticeTask(
            environment: "sums", seed: .max - UInt64(group), level: group % 3,
            messages: [Message(.system, "be brief"), Message(.user, prompt ?? "2 + \(group)?")],
            problem: ["sum": .integer(2 + group)], tools: tools)
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2, 3]))
        try trajectory.append(
            .policy([4, 5], [-0.1, -1.5e-5], version: member, request: "run-\(group).\(member)"))
        return Rollout(
            id: RolloutID(group: GroupID(group, purpose: purpose), member: member), task: task,
            status: reward == nil ? .failed : status,
            reason: reward == nil ? "the judge was silent" : status == .completed ? nil : "because",
            messages: task.messages + between + [Message(.assistant, answer)], trajectory: trajectory,
            score: reward.map {
                Score(
                    reward: $0, isSolved: $0 >= 1, parts: [.init("sum", value: $0, weight: 2, reason: "so \"it\" is")])
            },
            seed: .max - 1, startedAt: 1_000.25, finishedAt: 1_001.5)
    }
}

extension TokenSpan {
    static func policy(
        _ tokens: [Int32], _ logProbabilities: [Float], version: Int = 0, request: String = "r"
    ) -> TokenSpan {
        TokenSpan(
            .policy(
                Policy(
                    behaviorLogProbabilities: logProbabilities, version: PolicyVersion(version),
                    sampling: SamplingParameters(
                        temperature: 0.7, topP: 0.95, topK: 20, maximumNewTokens: 9, stopStrings: ["\n"],
                        stopTokens: [0]),
                    requestID: request, server: "http://127.0.0.1:1")), tokens: tokens)
    }
}
