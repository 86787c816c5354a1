import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// Tasks played through their environment, by JSON calls.
@Suite("App tasks: played")
struct AppTasksTests {
    @Test("every level's demonstration is an episode that solves its task", arguments: 0...AppTaskKind.hardest)
    func demonstrations(level: Int) async throws {
        let environment = AppTasks(.json)
        #expect(try await environment.prepare() == AppTaskKind.hardest)
        for seed in 0..<UInt64(6) {
            let task = try await environment.task(level: level, seed: seed)
            #expect(try await environment.task(level: level, seed: seed) == task)
            let demonstration = try #require(try await environment.demonstration(of: task))
            let score = try await environment.score(task.messages + demonstration, of: task)
            #expect(score.isSolved && score.reward == 1, "\(score.reason ?? "")")
            #expect(demonstration.last?.content.hasPrefix("<answer>") == true)
            #expect(try await environment.reply(to: task.messages + demonstration, of: task) == nil)
        }
        await environment.close()
    }

    @Test("there are no levels below and beyond")
    func levels() async throws {
        let environment = AppTasks(.json)
        await #expect(throws: WhetError.self) { try await environment.task(level: -1, seed: 0) }
        await #expect(throws: WhetError.self) {
            try await environment.task(level: AppTaskKind.hardest + 1, seed: 0)
        }
    }

    @Test("each syntax's calls do the same", arguments: ["hermes", "qwen_coder", "mistral", "llama"])
    func syntaxes(name: String) async throws {
        for kind in ["add_line", "expense_report", "invite_two", "new_contact"] {
            let environment = try EnvironmentCatalog.gym.environment(
                named: "AppTasks", options: ["calls": "json", "syntax": .string(name), "kind": .string(kind)])
            let task = try await environment.task(level: 2, seed: 4)
            #expect(task.problem["kind"]?.string == kind)
            let demonstration = try #require(try await environment.demonstration(of: task))
            let score = try await environment.score(task.messages + demonstration, of: task)
            #expect(score.isSolved, "\(kind): \(score.reason ?? "")")
        }
    }

    /// An environment with its parts in hand, whose tools can be told to forget.
    private func parts(
        _ kind: String, reward: AppReward = .share
    ) async throws -> (ToolEnvironment, [Message], PracticeTask) {
        let kind = AppTaskKind.all.first { $0.name == kind }
        let source = AppTaskSource(form: .json, kind: kind)
        let environment = try await ToolEnvironment(
            source, tools: [AppTools(reward: reward)], limits: ToolLimits(calls: 100))
        let task = try await environment.task(level: 1, seed: 9)
        let words = try AppTasks.Form.json.demonstration(AppTask(problem: task.problem), syntax: .hermes)
        return (environment, words, task)
    }

    @Test("a session that is gone is made again by its calls, in the middle and at the end")
    func repeats() async throws {
        let (environment, words, task) = try await parts("plan_party")
        var messages = task.messages
        for (index, word) in words.enumerated() {
            if index % 5 == 3 { await environment.sessions.close() }
            messages.append(word)
            if let reply = try await environment.reply(to: messages, of: task) { messages += reply }
        }
        // Elsewhere: nothing of the rollout but its messages.
        let (other, _, same) = try await parts("plan_party")
        #expect(same == task)
        let score = try await other.score(messages, of: task)
        #expect(score.isSolved, "\(score.reason ?? "")")
        #expect(try await environment.score(messages, of: task) == score)
        #expect(await environment.sessions.count == 0)
        #expect(await other.sessions.count == 0)
    }

    @Test("a session is scored and ended; who never called is scored by a fresh one")
    func ends() async throws {
        let (environment, words, task) = try await parts("new_contact")
        let done = Message(.assistant, "<answer>done</answer>")
        let before = try await environment.score(task.messages + [done], of: task)
        #expect(before.reward == 0 && !before.isSolved)
        #expect(before.parts.map(\.name) == ["change_1", "answer", "nothing_else"])
        #expect(await environment.sessions.count == 0)
        var messages = task.messages + [words[0]]
        messages += try #require(try await environment.reply(to: messages, of: task))
        #expect(await environment.sessions.count == 1)
        let cut = try await environment.score(messages, of: task)
        #expect(!cut.isSolved && abs(cut.reward - 2.0 / 3) < 1e-9, "changed, but never said so")
        #expect(await environment.sessions.count == 0)
        await #expect(throws: WhetError.self) { try await environment.score(task.messages, of: task) }
    }

    @Test("solved pays for nothing less than all")
    func rewards() async throws {
        let (environment, words, task) = try await parts("new_contact", reward: .solved)
        var messages = task.messages + [words[0]]
        messages += try #require(try await environment.reply(to: messages, of: task))
        #expect(try await environment.score(messages, of: task).reward == 0)
        messages.append(words[1])
        #expect(try await environment.score(messages, of: task).reward == 1)
    }

    @Test("what a policy does wrong it is told, and the world stays")
    func mistakes() async throws {
        let (environment, words, task) = try await parts("new_contact")
        var messages = task.messages
        for call in [
            #"{"name": "contacts.add_contact", "arguments": {"nam": "X"}}"#,
            #"{"name": "contacts.drop_table", "arguments": {}}"#,
            #"{"name": "mail.reply", "arguments": {"message_id": 1, "body": "", "access_token": "x"}}"#,
        ] {
            messages.append(Message(.assistant, "<tool_call>\(call)</tool_call>"))
            let reply = try #require(try await environment.reply(to: messages, of: task))
            #expect(reply[0].content.contains("Error: "))
            messages += reply
        }
        for word in words {
            messages.append(word)
            if let reply = try await environment.reply(to: messages, of: task) { messages += reply }
        }
        #expect(try await environment.score(messages, of: task).isSolved)
    }

    @Test("it is sound")
    func sound() async throws {
        let entry = try EnvironmentCatalog.gym.entry(named: "AppTasks")
        var bounds = SoundnessBounds()
        // Nonsense is told so turn after turn; a few turns show what fifty would.
        (bounds.turns, bounds.hostileProblems, bounds.hugeAnswer) = (8, 1, 1 << 16)
        // How long it takes on a busy machine is not what is asked here.
        bounds.scoring = .seconds(120)
        let report = try await SoundnessCheck(entry, options: ["calls": "json"], bounds: bounds).report(
            seeds: 2, levels: 0...AppTaskKind.hardest)
        #expect(report.isSound, "\(report.findings)")
    }

    /// Figures for docs/apps.md: WHET_BENCHMARK=1 prints them.
    @Test("figures", .enabled(if: ProcessInfo.processInfo.environment["WHET_BENCHMARK"] != nil))
    func measures() async throws {
        let clock = ContinuousClock()
        let kinds = AppTaskKind.all
        var tasks: [AppTask] = []
        let made = clock.measure { for kind in kinds { tasks += kind.tasks() } }
        print("a task and its world: \(made / tasks.count)")
        var solved: [(program: AppProgram, answer: String)] = []
        let played = try clock.measure { solved = try tasks.map { try $0.solution() } }
        let calls = solved.map(\.program.calls.count)
        print("a call: \(played / calls.reduce(0, +)); calls of a solution: \(calls.reduce(0, +) / calls.count), "
            + "at most \(calls.max() ?? 0)")
        let scored = clock.measure {
            for (task, solution) in zip(tasks, solved) { _ = task.score(solution.program.world, solution.answer) }
        }
        print("a score: \(scored / tasks.count)")
        for level in 0...AppTaskKind.hardest {
            let counts = zip(tasks, calls).filter { $0.0.kind.level == level }.map { $0.1 }
            print("level \(level): \(counts.min() ?? 0) to \(counts.max() ?? 0) calls")
        }
        let task = try await AppTasks(.json).task(level: 0, seed: 0)
        print("the prompt with all functions: \(task.messages.map(\.content.count)) characters")
        print("without: \(AppTasks.Form.python.opening(tasks[0]).count)")
        let environment = AppTasks(.json)
        let episodes = try await clock.measure {
            for seed in 0..<UInt64(20) {
                let task = try await environment.task(level: 3, seed: seed)
                _ = try await environment.demonstration(of: task)
            }
        }
        print("an episode of level 3 by JSON calls: \(episodes / 20)")
    }
}
