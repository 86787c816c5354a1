import Foundation
import GRDB
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetStore

@Suite("docs/store.md")
struct DocumentationTests {
    private static func text() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/store.md"), encoding: .utf8)
    }

    /// The text between ```` ```language ```` and the fence that closes it.
    private static func blocks(_ language: String) throws -> [String] {
        try text().components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    /// Two runs of three steps, with failures, resumed rollouts and evaluations, so that every question has an answer.
    private func populated(in folder: TemporaryFolder) async throws -> RolloutStore {
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        for run in ["20261121-043000-sorting", "20261121-050000-sorting"] {
            try await store.begin(.sample(id: run))
            for (step, group) in [(0, 0), (3, 4)] {
                let held = try (0..<4).map {
                    try Rollout.sample(group + $0, purpose: .evaluation, reward: Double(step) / 3)
                }
                try await store.record(held, run: run, step: step)
                let evaluation = EvaluationRecord(
                    step: step, version: PolicyVersion(step), problems: 4, accuracy: Double(step) / 3,
                    meanReward: Double(step) / 3, groups: group...group + 3, startedAt: 1, finishedAt: 2)
                try await store.record(evaluation, run: run)
            }
            for step in 1...3 {
                for member in 0..<4 {
                    let status: Rollout.Status = member == 3 ? .failed : member == 2 ? .truncated : .completed
                    var rollout = try Rollout.sample(
                        step, member, status: status, reward: Double(member), tokens: 2 + member)
                    if member == 1 { try rollout.resumeOnce() }
                    try await store.record(rollout, run: run, step: step)
                }
                let record = StepRecord(
                    step: step, version: PolicyVersion(step), checkpoint: "checkpoints/\(step)",
                    metrics: ["reward": Double(step), "loss": 0.5], startedAt: 1, finishedAt: 3)
                try await store.commit(record, of: run)
            }
            try await store.finish(run: run, accuracyBefore: 0, accuracyAfter: 1)
        }
        return store
    }

    @Test("has ten questions, and each has an answer")
    func questions() async throws {
        let folder = try TemporaryFolder()
        let store = try await populated(in: folder)
        let questions = try Self.blocks("sql")
        #expect(questions.count >= 10)
        for question in questions {
            let rows = try await store.read { try Row.fetchAll($0, sql: question).count }
            #expect(rows > 0, "no rows: \(question)")
        }
    }

    @Test("names every table and column that there is")
    func schema() async throws {
        let folder = try TemporaryFolder()
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        let text = try Self.text()
        let names = try await store.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT name FROM (
                        SELECT name FROM sqlite_master WHERE type IN ('table', 'view')
                        UNION ALL SELECT columns.name FROM sqlite_master AS m, pragma_table_info(m.name) AS columns)
                    WHERE name NOT LIKE 'sqlite_%' AND name NOT IN ('grdb_migrations', 'identifier')
                    """)
        }
        #expect(names.count > 40)
        for name in names { #expect(text.contains("`\(name)`"), "\(name) is not explained") }
    }

    @Test("shows Python that reads what was sampled")
    func python() async throws {
        let folder = try TemporaryFolder()
        let store = try await populated(in: folder)
        try await store.close()
        let script = try #require(try Self.blocks("python").first)
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "runs"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: store.path, toPath: folder.path("runs/whet.sqlite"))
        let outcome = try ChildProcess.run(
            "/usr/bin/env", ["python3", "-c", script], in: folder.url,
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
        // 127 is env's word for a program that is not there: whet needs no Python, and nor does its test.
        guard outcome.code != 127 else { return }
        #expect(outcome.code == 0, "\(outcome.complaints)")
        let printed = outcome.output
        let first = try Rollout.sample(0, purpose: .evaluation)
        let expected = zip(first.trajectory.tokens, first.trajectory.behaviorLogProbabilities).suffix(4)
        #expect(printed.split(separator: "\n").count == 4)
        for (line, pair) in zip(printed.split(separator: "\n"), expected) {
            #expect(line.hasPrefix("\(pair.0) ") && abs((Float(line.split(separator: " ")[1]) ?? 1) - pair.1) < 1e-6)
        }
    }
}

extension Rollout {
    /// As if its turn had been interrupted for a second, and two more tokens had come from the next version.
    fileprivate mutating func resumeOnce() throws {
        let policy = TokenSpan.Policy(
            behaviorLogProbabilities: [-1, -2], version: PolicyVersion(id.member + 1), sampling: SamplingParameters(),
            requestID: "run-\(id)-0-1", server: "http://127.0.0.1:1")
        try trajectory.append(TokenSpan(.policy(policy), tokens: [7, 8]))
        spanTimes = [1_000...1_001, 1_002...1_003]
        finishedAt = 1_003
        resumes = 1
    }
}
