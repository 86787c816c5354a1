import Testing
import WhetCore
import WhetText

@testable import WhetEnvironments

@Suite("An environment with tools", .timeLimit(.minutes(1)))
struct ToolEnvironmentTests {
    private static let limits = ToolLimits(calls: 4, callsPerTurn: 3, time: .seconds(20), resultCharacters: 100)

    private func environment(
        _ tools: any ToolSet, base: SumEnvironment = SumEnvironment(), presentation: ToolPresentation = .template,
        limits: ToolLimits = ToolEnvironmentTests.limits, maximumSessions: Int = 8
    ) async throws -> ToolEnvironment {
        try await ToolEnvironment(
            base, named: "tooled", tools: [tools], presentation: presentation, limits: limits,
            maximumSessions: maximumSessions)
    }

    /// Plays the policy's turns; each but the last must be replied to.
    private func play(
        _ environment: ToolEnvironment, _ turns: [Message], seed: UInt64 = 1
    ) async throws -> (messages: [Message], task: PracticeTask) {
        let task = try await environment.task(level: 0, seed: seed)
        var messages = task.messages
        for turn in turns.dropLast() {
            messages.append(turn)
            messages += try #require(try await environment.reply(to: messages, of: task))
        }
        return (messages + turns.suffix(1), task)
    }

    @Test("results come back in the order of the calls, and the base never sees any of it")
    func plays() async throws {
        let tools = CountingTools(.none)
        let environment = try await environment(tools)
        let (messages, task) = try await play(
            environment, [.calling(("add", #"{"n": 5}"#), ("add", #"{"n": 7}"#)), Message(.assistant, "2")])
        #expect(task.environment == "tooled")
        #expect(messages.map(\.role) == [.user, .assistant, .tool, .tool, .assistant])
        #expect(messages[2].content == "sum 5" && messages[3].content == "sum 7")
        let ids = messages[2...3].map { $0.toolCallID ?? "" }
        #expect(Set(ids).count == 2 && ids.allSatisfy { $0.count == 9 })
        #expect(try await environment.reply(to: messages, of: task) == nil)
        let score = try await environment.score(messages, of: task)
        #expect(score.isSolved && score.reason == "user=1 + 1?|assistant=2")
        #expect(try await environment.callsApart(in: messages, of: task).filter { $0.role == .tool }.map(\.content)
                == ["sum 5", "sum 7"])
        #expect(environment.templateTools?.array?.count == 3)
        #expect(try await environment.demonstration(of: task) == [Message(.assistant, "2")])
    }

    @Test(
        "in words, tools stand in the system message and results in the user's",
        arguments: [nil, "Be brief."] as [String?])
    func presentsInWords(system: String?) async throws {
        let environment = try await environment(
            CountingTools(.none), base: SumEnvironment(system: system), presentation: .messages)
        let (messages, task) = try await play(
            environment, [.calling(("add", #"{"n": 5}"#), ("add", #"{"n": 7}"#)), Message(.assistant, "2")])
        #expect(messages[0].role == .system && messages[0].content.contains(#""name": "add""#))
        #expect(messages[0].content.hasPrefix(system ?? "You can use"))
        #expect(messages[3].role == .user)
        #expect(
            messages[3].content == "<tool_response>\nsum 5\n</tool_response>\n<tool_response>\nsum 7\n</tool_response>")
        #expect(environment.templateTools == nil)
        let shown = (system.map { "system=\($0)|" } ?? "") + "user=1 + 1?|assistant=2"
        #expect(try await environment.score(messages, of: task).reason == shown)
        let foreign = PracticeTask(
            environment: task.environment, seed: 1, level: 0, messages: [Message(.user, "1 + 1?")],
            problem: task.problem)
        await #expect(throws: WhetError.self) { try await environment.score(messages, of: foreign) }
    }

    @Test("the base's own turns go on between calls")
    func replies() async throws {
        let environment = try await environment(CountingTools(.repeatable), base: SumEnvironment(repliesOnce: true))
        let (messages, task) = try await play(
            environment,
            [
                .calling(("add", #"{"n": 5}"#)), Message(.assistant, "3"), .calling(("add", #"{"n": 5}"#)),
                Message(.assistant, "2"),
            ])
        #expect(messages.map(\.content)[2...].contains("sum 10"))
        #expect(try await environment.reply(to: messages, of: task) == nil)
        let score = try await environment.score(messages, of: task)
        #expect(score.reason == "user=1 + 1?|assistant=3|user=sure?|assistant=2")
    }

    @Test(
        "the policy is told what it did wrong",
        arguments: [
            (Message.calling(("ad", "{}")), "there is no tool \"ad\"; did you mean \"add\"?"),
            (.calling(("add", #"{"n": "x"}"#)), "not of type integer"), (.calling(("add", "{}")), "\"n\" is missing"),
            (Message(.assistant, "<tool_call>add</tool_call>"), "not JSON"),
        ])
    func tells(turn: Message, words: String) async throws {
        let tools = CountingTools(.unique)
        let (messages, _) = try await play(try await environment(tools), [turn, Message(.assistant, "2")])
        #expect(messages[2].content.contains(words), "\(messages[2].content)")
        #expect(tools.log.withLock { $0.calls.isEmpty })
    }

    @Test("calls end where their number does")
    func bounds() async throws {
        let tools = CountingTools(.none)
        let environment = try await environment(tools)
        let one = ("add", #"{"n": 1}"#)
        let four = Message.calling(one, one, one, one)
        let (messages, task) = try await play(environment, [four, Message(.assistant, "2")])
        #expect(messages[5].content.contains("no more than 3 may be made in a turn"))
        #expect(messages[5].content.hasSuffix("Give your answer now."))
        #expect(tools.log.withLock { $0.calls.count } == 3)
        // A turn with calls beyond the number is an answer.
        let late = messages.dropLast() + [Message.calling(one)]
        #expect(try await environment.reply(to: Array(late), of: task) == nil)
        #expect(try await environment.score(Array(late), of: task).reward == 0)
        #expect(tools.log.withLock { $0.calls.count } == 3)
    }

    @Test("thoughts are no calls")
    func skipsThoughts() async throws {
        let tools = CountingTools(.none)
        let environment = try await environment(tools)
        let task = try await environment.task(level: 0, seed: 1)
        let call = Message.calling(("add", #"{"n": 1}"#)).content
        for words in ["<think>\(call)</think>2", "<think>\(call)"] {
            #expect(try await environment.reply(to: task.messages + [Message(.assistant, words)], of: task) == nil)
        }
        #expect(tools.log.withLock { $0.calls.isEmpty })
    }

    @Test("a long result is cut with words")
    func cuts() {
        let cut = ToolLimits(resultCharacters: 100).cut(
            String(repeating: "a", count: 90) + String(repeating: "b", count: 90))
        #expect(cut.hasPrefix(String(repeating: "a", count: 75)) && cut.hasSuffix(String(repeating: "b", count: 25)))
        #expect(cut.contains("80 characters are left out"))
        #expect(ToolLimits(resultCharacters: 100).cut("short") == "short")
    }

    // MARK: Failures

    @Test(
        "a tool that fails, or takes too long, fails the rollout",
        arguments: [("fail", ToolFailure.Kind.died), ("wait", .timedOut)])
    func fails(name: String, kind: ToolFailure.Kind) async throws {
        let tools = CountingTools(.unique)
        let limits = ToolLimits(time: .milliseconds(20))
        let environment = try await environment(tools, limits: limits)
        let task = try await environment.task(level: 0, seed: 1)
        let messages = task.messages + [.calling(("add", #"{"n": 1}"#), (name, "{}"))]
        let failure = try await #require(throws: ToolFailure.self) {
            try await environment.reply(to: messages, of: task)
        }
        #expect(failure.kind == kind)
        // Nobody knows the state of its session.
        #expect(tools.log.withLock { [$0.opened, $0.closed] } == [1, 1])
    }

    @Test("a rollout that is given up takes its calls along")
    func cancels() async throws {
        let environment = try await environment(CountingTools(.none))
        let task = try await environment.task(level: 0, seed: 1)
        let play = Task { try await environment.reply(to: task.messages + [.calling(("wait", "{}"))], of: task) }
        play.cancel()
        await #expect(throws: CancellationError.self) { try await play.value }
    }

    // MARK: Sessions

    private let two = Message.calling(("add", #"{"n": 2}"#))
    private let three = Message.calling(("add", #"{"n": 3}"#))

    @Test(
        "each rollout has its own session, which lasts until it is scored", arguments: [ToolMemory.repeatable, .unique])
    func keepsSessions(memory: ToolMemory) async throws {
        let tools = CountingTools(memory)
        let environment = try await environment(tools)
        let task = try await environment.task(level: 0, seed: 1)
        // Two rollouts of one task that say the same at first.
        var rollouts = [task.messages, task.messages]
        for turns in [[two, two], [two, three]] {
            for (index, turn) in turns.enumerated() {
                rollouts[index].append(turn)
                rollouts[index] += try #require(try await environment.reply(to: rollouts[index], of: task))
            }
        }
        #expect(rollouts.map { $0.last?.content } == ["sum 4", "sum 5"])
        #expect(tools.log.withLock { [$0.opened, $0.closed] } == [2, 0])
        for rollout in rollouts { _ = try await environment.score(rollout + [Message(.assistant, "2")], of: task) }
        #expect(tools.log.withLock { [$0.opened, $0.closed] } == [2, 2])
        #expect(tools.log.withLock { $0.calls.count } == 4)
    }

    @Test("a session that is gone is made again from its calls")
    func repeats() async throws {
        let tools = CountingTools(.repeatable)
        let environment = try await environment(tools, maximumSessions: 1)
        let (first, task) = try await play(environment, [two, three, Message(.assistant, "2")])
        // Another rollout takes the only place.
        _ = try await play(environment, [two, Message(.assistant, "2")], seed: 2)
        #expect(tools.log.withLock { $0.closed } == 1)
        let messages = first.dropLast() + [two]
        let reply = try #require(try await environment.reply(to: Array(messages), of: task))
        #expect(reply.map(\.content) == ["sum 7"])
        #expect(tools.log.withLock { $0.calls } == ["add2", "add3", "add2", "add2", "add3", "add2"])
    }

    @Test("one that nobody can make again fails its rollout", arguments: [(ToolMemory.unique, 0), (.repeatable, 100)])
    func loses(memory: ToolMemory, drift: Int) async throws {
        let tools = CountingTools(memory, drift: drift)
        let environment = try await environment(tools, maximumSessions: 1)
        let (first, task) = try await play(environment, [two, Message(.assistant, "2")])
        await environment.sessions.close()
        let other = try await self.environment(tools)
        let failure = try await #require(throws: ToolFailure.self) {
            try await other.reply(to: first.dropLast() + [three], of: task)
        }
        #expect(failure.kind == .lost)
        #expect(tools.log.withLock { $0.opened == $0.closed })
    }

    @Test("there are never more sessions than allowed, however many rollouts are left lying")
    func boundsSessions() async throws {
        let tools = CountingTools(.unique)
        let environment = try await environment(tools, maximumSessions: 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in UInt64(0)..<20 {
                group.addTask { _ = try await play(environment, [two, Message(.assistant, "2")], seed: seed) }
            }
            try await group.waitForAll()
        }
        #expect(await environment.sessions.count <= 3)
        #expect(tools.log.withLock { $0.opened - $0.closed } <= 3)
        await environment.close()
        #expect(tools.log.withLock { $0.opened == $0.closed })
    }

    @Test("tools of one name, and blocks of Python without a tool, are refused")
    func refuses() async throws {
        let tools = CountingTools(.none)
        await #expect(throws: WhetError.self) { try await ToolEnvironment(SumEnvironment(), tools: [tools, tools]) }
        await #expect(throws: WhetError.self) {
            try await ToolEnvironment(SumEnvironment(), tools: [tools], syntax: .pythonBlock)
        }
    }
}
