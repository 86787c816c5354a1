import Foundation
import Testing
import WhetCore
import WhetStore

@testable import whet

@Suite("Runs and rollouts on the command line")
struct StoreCommandTests {
    private static let run = "20261121-043000-sorting"

    /// A store of one run with two groups of two rollouts, one of them failed, and two evaluations.
    private func makeStore(in folder: URL, withTimes: Bool = true) async throws {
        let home = WhetHome(directory: folder.appending(path: "runs"))
        let store = try home.openStore()
        try await store.begin(
            RunRecord(
                id: Self.run, name: "sorting", recipe: "environments: []", build: "test", seed: 7, startedAt: 1_000))
        for (group, member, reward) in [(0, 0, 1.0), (0, 1, 0.25), (1, 0, -1.0), (1, 1, nil)] as [(Int, Int, Double?)] {
            var rollout = try rollout(group, member, reward: reward)
            if !withTimes { rollout.spanTimes = [] }
            try await store.record(rollout, run: Self.run, step: 1)
        }
        try await store.commit(
            StepRecord(
                step: 1, version: PolicyVersion(1),
                metrics: ["reward/mean": 0.125, "rollout/accuracy": 0.5, "train/loss": -0.25],
                startedAt: 1_000, finishedAt: 1_002), of: Self.run)
        for (step, accuracy) in [(0, 0.31), (1, 0.9)] {
            try await store.record(
                EvaluationRecord(
                    step: step, version: PolicyVersion(step), problems: 200, accuracy: accuracy, meanReward: accuracy,
                    groups: step * 200...step * 200 + 199, startedAt: 1_000, finishedAt: 1_001), run: Self.run)
        }
        try await store.finish(run: Self.run, at: 1_010, accuracyBefore: 0.31, accuracyAfter: 0.9)
        try await store.close()
    }

    private func rollout(_ group: Int, _ member: Int, reward: Double?) throws -> Rollout {
        let task = PracticeTask(
            environment: "Sorting", seed: 5, level: group, messages: [Message(.user, "sort 2 1")],
            problem: ["array": [2, 1]])
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2, 3]))
        try trajectory.append(
            TokenSpan(
                .policy(
                    TokenSpan.Policy(
                        behaviorLogProbabilities: [-0.5, -1.5], version: PolicyVersion(0),
                        sampling: SamplingParameters(),
                        requestID: "r\(group).\(member)", server: "http://127.0.0.1:1")), tokens: [4, 5]))
        return Rollout(
            id: RolloutID(group: GroupID(group), member: member), task: task,
            status: reward == nil ? .failed : .completed,
            reason: reward == nil ? "the judge timed out" : nil,
            messages: task.messages + [Message(.assistant, "<answer>1 2</answer>")],
            trajectory: trajectory,
            score: reward.map {
                Score(reward: $0, isSolved: $0 == 1, parts: [Score.Part("order", value: $0, reason: "as it is")])
            },
            seed: 9, startedAt: 1_000, finishedAt: 1_001.5, spanTimes: [1_000...1_001])
    }

    @Test("are listed, shown and counted")
    func commands() async throws {
        try await inTemporaryFolder { folder in
            try await makeStore(in: folder)
            let whet = try BuiltCommand(in: folder)

            let runs = try whet.run("runs", "--json").lines()
            #expect(runs.map { $0["run"] } == [.string(Self.run)])
            #expect(runs.first?["evaluation"] == ["before": 0.31, "after": 0.9])
            #expect(runs.first?["rollouts"] == 4)
            #expect(try whet.run("runs").output.contains("31.0 %  90.0 %"))
            let run = try #require(try whet.run("runs", "last", "--json").lines().first)
            #expect(run["evaluations"]?.array?.count == 2)
            #expect(run["step_metrics"]?[0]?["metrics"]?["train/loss"] == -0.25)
            #expect(run["collection"]?["rollouts"]?["failed"] == ["rollouts": 1, "tokens": 2])
            let shownRun = try whet.run("runs", Self.run)
            #expect(shownRun.output.contains("90.0 %"))
            #expect(shownRun.output.contains("rollouts       4: 3 completed, 1 failed"))
            #expect(try whet.run("runs", "show", "last").output == shownRun.output)

            let rollouts = try whet.run("rollouts", "list", "--json").lines()
            #expect(rollouts.map { $0["rollout"] } == ["0.0", "0.1", "1.0", "1.1"])
            #expect(rollouts.map { $0["reward"]?.double } == [1, 0.25, -1, nil])
            #expect(try whet.run("rollouts", "list", "--no-solved", "--json").lines().count == 2)
            #expect(
                try whet.run("rollouts", "list", "--status", "failed", "--json").lines().map { $0["reason"] } == [
                    "the judge timed out"
                ])
            #expect(try whet.run("rollouts", "list", "--step", "2-5", "--json").lines().isEmpty)
            let page = try whet.run("rollouts", "list", "--limit", "3")
            #expect(page.output.split(separator: "\n").count == 4)
            #expect(page.complaints.contains("3 of 4; see more with --offset 3"))

            let shown = try whet.run("rollouts", "show", "0.1")
            #expect(shown.output.contains("sort 2 1"))
            #expect(shown.output.contains("reward 0.2500, not solved"))
            #expect(shown.output.contains("policy: 2 tokens by version 0"))
            #expect(!shown.output.contains("\u{1B}"))
            let json = try #require(try whet.run("rollouts", "show", "0.1", "--json").lines().first)
            #expect(json["spans"]?[1]?["tokens"] == [4, 5])
            #expect(json["spans"]?[1]?["log_probabilities"] == [-0.5, -1.5])

            let byStatus = try whet.run("rollouts", "stats", "--by", "status", "--json").lines()
            #expect(byStatus.map { $0["value"] } == ["completed", "failed"])
            #expect(byStatus.map { $0["rollouts"] } == [3, 1])
            #expect(try whet.run("rollouts", "stats", "--by", "level", "--run", "all").output.contains("level"))
        }
    }

    @Test("are drawn over time, to a file or to standard output")
    func timeline() async throws {
        try await inTemporaryFolder { folder in
            try await makeStore(in: folder)
            let whet = try BuiltCommand(in: folder)
            let drawn = try whet.run("runs", "timeline")
            #expect(drawn.code == 0 && drawn.output == "\(Self.run)-timeline.svg\n", "\(drawn.complaints)")
            let svg = try String(contentsOf: folder.appending(path: "\(Self.run)-timeline.svg"), encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("4 rollouts"))
            #expect(svg.contains("rollout 0.1, completed, step 1"))
            let step = try whet.run("runs", "timeline", Self.run, "--steps", "1", "--output", "-")
            #expect(step.output.contains("step 1, "))
            let some = try whet.run("runs", "timeline", "last", "--most", "3", "--output", "some.svg")
            #expect(some.complaints.contains("3 of 4 rollouts are shown"))
            #expect(try whet.run("runs", "timeline", "--most", "0").code == 2)
            let none = try whet.run("runs", "timeline", "--steps", "5-6")
            #expect(none.code == 1 && none.complaints.contains("there are no training rollouts"))
            #expect(try whet.run("runs", "timeline", "--output", "no/where.svg").complaints.contains("no/where.svg"))
        }
    }

    @Test("that an older whet stored have no times to draw, and say so")
    func olderRun() async throws {
        try await inTemporaryFolder { folder in
            try await makeStore(in: folder, withTimes: false)
            let drawn = try BuiltCommand(in: folder).run("runs", "timeline")
            #expect(drawn.code == 1 && drawn.complaints.contains("no rollout shown has the times of its requests"))
        }
    }

    @Test("that are not there are named, with their neighbors")
    func missing() async throws {
        try await inTemporaryFolder { folder in
            try await makeStore(in: folder)
            let whet = try BuiltCommand(in: folder)
            let run = try whet.run("runs", "20261121-043000-sortign")
            #expect(run.code == 1)
            #expect(run.complaints.contains("did you mean \"\(Self.run)\"?"))
            let rollout = try whet.run("rollouts", "show", "7.0")
            #expect(rollout.code == 1)
            #expect(rollout.complaints.contains("no rollout 7.0"))
        }
    }

    @Test("are looked for in WHET_HOME, and in --home before it")
    func home() async throws {
        try await inTemporaryFolder { folder in
            try await makeStore(in: folder)
            let elsewhere = folder.appending(path: "else where")
            try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
            let whet = try BuiltCommand(in: elsewhere)
            let runs = folder.appending(path: "runs").path
            #expect(try whet.run("runs").code == 1)
            #expect(try whet.run("runs", environment: ["WHET_HOME": runs]).code == 0)
            #expect(try whet.run("runs", "--home", runs, environment: ["WHET_HOME": "/nowhere"]).code == 0)
            #expect(try whet.run("runs", "--home", "/nowhere").code == 1)
        }
    }
}
