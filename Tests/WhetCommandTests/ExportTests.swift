import Foundation
import Testing
import WhetCore
import WhetStore
import WhetTraining

@Suite("whet rollouts export")
struct ExportTests {
    private static let run = "20261121-043000-desk"

    /// A run whose policy looks at cards with a tool, or does not; a group of three, and one that failed.
    private func makeRun(in folder: URL) async throws -> BuiltCommand {
        let environments = folder.appending(path: "environments")
        try FileManager.default.createDirectory(at: environments, withIntermediateDirectories: true)
        try Data(
            """
            variables: {card: {integer: [17, 17]}}
            prompt: which card?
            answer: whole
            verifiers: [{kind: numeric, expected: {field: card}}]
            tools:
              presentation: template
              simulated: {definitions: [{name: look, description: Looks., parameters: {properties: {at: {type: string}}}}]}

            """.utf8
        ).write(to: environments.appending(path: "desk.yaml"))
        let recipe = try Recipe(
            yaml: "environments: [{name: desk}]\n",
            catalog: RecipeCatalog(algorithms: ["grpo"], environments: ["desk": .init(hasDemonstrations: false)]))
        let store = try WhetHome(directory: folder.appending(path: "runs")).openStore()
        try await store.begin(
            RunRecord(id: Self.run, name: "desk", recipe: try recipe.json.text(), build: "0.1.0", seed: 7))
        let call = #"<tool_call>{"name": "look", "arguments": {"at": "desk"}}</tool_call>"#
        let said: [(reward: Double?, messages: [Message])] = [
            (0.25, [Message(.assistant, "3")]),
            (1, [Message(.assistant, call), Message(.tool, "a 17"), Message(.assistant, "17")]),
            (0, [Message(.assistant, "4")]), (nil, [Message(.assistant, "5")]),
        ]
        for (member, (reward, messages)) in said.enumerated() {
            let task = PracticeTask(
                environment: "desk", seed: 1, level: 0, messages: [Message(.user, "which card?")], problem: ["card": 17],
                tools: [["type": "function", "function": ["name": "look", "parameters": ["properties": [:]]]]])
            try await store.record(
                Rollout(
                    id: RolloutID(group: GroupID(0), member: member), task: task,
                    status: reward == nil ? .failed : .completed, reason: reward == nil ? "the judge is silent" : nil,
                    messages: task.messages + messages, trajectory: TokenTrajectory(),
                    score: reward.map { Score(reward: $0, isSolved: $0 == 1) }, seed: 1, startedAt: 0, finishedAt: 1),
                run: Self.run, step: 1)
        }
        try await store.close()
        return try BuiltCommand(in: folder)
    }

    @Test("writes lines to standard output, and what it left out to standard error")
    func lines() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder)
            let records = try whet.run("rollouts", "export", "last")
            #expect(records.code == 0 && records.complaints == "4 rollouts exported\n", "\(records.complaints)")
            #expect(try records.lines().map { $0["score"]?["reward"]?.double } == [0.25, 1, 0, nil])
            let bounded = try whet.run("rollouts", "export", "--run", Self.run, "--minimum-reward", "-1", "--limit", "1")
            #expect(try bounded.lines().map { $0["rollout"] } == ["0.0"])

            let chat = try whet.run("rollouts", "export", Self.run, "--format", "chat")
            #expect(
                chat.complaints
                    == "1 rollout exported; left out: 1 without a score, 2 behind the best of their groups\n")
            let messages = try #require(try chat.lines().first?["messages"]?.array)
            #expect(messages.map { $0["role"] } == ["user", "assistant", "tool", "assistant"])
            let call = try #require(messages[1]["tool_calls"]?[0])
            #expect(call["type"] == "function" && call["function"]?["arguments"] == #"{"at":"desk"}"#)
            #expect(call["id"] != nil && call["id"] == messages[2]["tool_call_id"])
            let words = try whet.run("rollouts", "export", "--format", "chat", "--calls", "words").lines()
            #expect(words.first?["messages"]?[1]?["content"]?.string?.hasPrefix("<tool_call>") == true)
            let all = try whet.run("rollouts", "export", "--format", "chat", "--minimum-reward", "0.2")
            #expect(try all.lines().count == 2)
            #expect(all.complaints.contains("2 rollouts exported, 1 of them not solved (--solved leaves those out)"))

            let pairs = try whet.run("rollouts", "export", "--format", "preferences", "--solved", "--margin", "0.5")
            let pair = try #require(try pairs.lines().first)
            #expect(pair["prompt"] == [["role": "user", "content": "which card?"]])
            #expect(pair["chosen"]?.array?.count == 3 && pair["rejected"] == [["role": "assistant", "content": "4"]])
            #expect(pair["tools"]?[0]?["function"]?["name"] == "look")
            #expect(pairs.complaints == "1 pair exported; left out: 1 without a score\n")

            let none = try whet.run("rollouts", "export", "--level", "7")
            #expect(none.code == 0 && none.output.isEmpty && none.complaints.contains("no rollouts are so"))
        }
    }

    @Test("writes a file whole or not at all, and replaces none unless it is told to")
    func files() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder)
            let written = try whet.run("rollouts", "export", "-o", "out.jsonl")
            #expect(written.code == 0 && written.output.isEmpty)
            #expect(written.complaints == "4 rollouts exported to out.jsonl\n")
            let file = folder.appending(path: "out.jsonl")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(try whet.run("rollouts", "export", "-o", "-").output == text)

            let again = try whet.run("rollouts", "export", "--format", "chat", "-o", "out.jsonl")
            #expect(again.code == 2 && again.complaints.contains("there is a file of this name"))
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
            #expect(try whet.run("rollouts", "export", "--format", "chat", "-o", "out.jsonl", "--force").code == 0)
            #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix(#"{"messages""#))

            #expect(try whet.run("rollouts", "export", "-o", "runs").complaints.contains("this is a folder"))
            let nowhere = try whet.run("rollouts", "export", "-o", "no/where.jsonl")
            #expect(nowhere.code == 1 && nowhere.complaints.contains("no/where.jsonl"))
            #expect(nowhere.complaints.contains("try: --output with a file in a folder that is there"))
            let full = try whet.run("rollouts", "export", "-o", "/dev/full")
            #expect(full.code == 1 && full.complaints.contains("No space left on device"))
            #expect(try whet.run("rollouts", "export", "-o", "/dev/null").code == 0)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.filter { $0.hasSuffix(".partial") }.isEmpty)
        }
    }

    @Test(
        "refuses what it cannot do, in a sentence",
        arguments: [
            (["20261121-043000-dekc"], 1, "did you mean \"20261121-043000-desk\"?"),
            (["last", "--run", "all"], 2, "are two runs"),
            (["--format", "chta"], 2, "jsonl, chat, preferences or tokens"),
            (["--margin", "1"], 2, "--margin is of --format preferences, not of jsonl"),
            (["--format", "chat", "--tokens"], 2, "--tokens is of --format jsonl"),
            (["--format", "preferences", "--margin", "-1"], 2, "--margin is at least 0"),
            (["--minimum-reward", "2", "--maximum-reward", "1"], 2, "above --maximum-reward"),
            (["--limit", "0"], 2, "--limit is at least 1"),
            (["--format", "tokens", "--limit", "3"], 2, "--limit is of --format"),
        ] as [([String], Int32, String)])
    func mistakes(arguments: [String], code: Int32, words: String) async throws {
        try await inTemporaryFolder { folder in
            let outcome = try await makeRun(in: folder).run(["rollouts", "export"] + arguments)
            #expect(outcome.code == code && outcome.output.isEmpty)
            #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
        }
    }

    @Test("says what to do where the environment that knows the tools is gone")
    func environmentIsGone() async throws {
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder)
            try FileManager.default.removeItem(at: folder.appending(path: "environments/desk.yaml"))
            let outcome = try whet.run("rollouts", "export", "--format", "chat", "-o", "chat.jsonl")
            #expect(outcome.code == 1 && outcome.complaints.contains("cannot be told apart"))
            #expect(outcome.complaints.contains("try: --calls words"))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "chat.jsonl").path))
            #expect(try whet.run("rollouts", "export", "--format", "chat", "--calls", "words").code == 0)
        }
    }
}
