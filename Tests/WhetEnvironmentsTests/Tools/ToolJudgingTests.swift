import Testing
import WhetCore
import WhetText

@testable import WhetEnvironments

/// Shows how it is done with tools, as an environment's author writes it down.
private struct Demonstrating: Environment {
    let name = "sum"
    var replies: [Message]

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, "1 + 1?")], problem: ["sum": 2])
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        Score(reward: 0, isSolved: false, reason: messages.map(\.content).joined(separator: "|"))
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? { replies }
}

@Suite("A conversation with tools, as it is judged and shown", .timeLimit(.minutes(1)))
struct ToolJudgingTests {
    private let tools = CountingTools(.none)

    private func environment(
        _ presentation: ToolPresentation, limits: ToolLimits = ToolLimits(), base: Demonstrating = Demonstrating(replies: [])
    ) async throws -> ToolEnvironment {
        try await ToolEnvironment(base, named: "tooled", tools: [tools], presentation: presentation, limits: limits)
    }

    private func play(
        _ environment: ToolEnvironment, _ turns: [Message]
    ) async throws -> (messages: [Message], task: PracticeTask) {
        let task = try await environment.task(level: 0, seed: 1)
        var messages = task.messages
        for turn in turns {
            messages.append(turn)
            messages += try await environment.reply(to: messages, of: task) ?? []
        }
        return (messages, task)
    }

    @Test("calls and results stand apart from words, however they were told", arguments: ToolPresentation.allCases)
    func apart(presentation: ToolPresentation) async throws {
        let environment = try await environment(presentation)
        var first = Message.calling(("add", #"{"n": 5}"#), ("add", #"{"n": 7}"#))
        first.content = "<think>\nfive, seven\n</think>\nI add. " + first.content
        let (messages, task) = try await play(environment, [first, Message(.assistant, "2")])
        let apart = try await environment.callsApart(in: messages, of: task)
        #expect(Array(apart.prefix(task.messages.count)) == task.messages)
        let own = Array(apart.dropFirst(task.messages.count))
        #expect(own.map(\.role) == [.assistant, .tool, .tool, .assistant])
        #expect(own[0].content.contains("five, seven") && own[0].content.contains("I add."))
        #expect(!own[0].content.contains("tool_call"))
        #expect(own[0].toolCalls.map(\.arguments) == [["n": 5], ["n": 7]])
        #expect(own[1...2].map(\.content) == ["sum 5", "sum 7"])
        #expect(own[1...2].map(\.toolCallID) == own[0].toolCalls.map(\.id))
        #expect(own[3] == Message(.assistant, "2"))
    }

    @Test("a refused call is none; where all of a turn are refused, that is marked", arguments: ToolPresentation.allCases)
    func refusals(presentation: ToolPresentation) async throws {
        let environment = try await environment(presentation)
        let (messages, task) = try await play(
            environment, [.calling(("add", #"{"n": "x"}"#), ("add", #"{"n": 7}"#)), Message(.assistant, "2")])
        let apart = try await environment.callsApart(in: messages, of: task)
        #expect(apart.flatMap(\.toolCalls).map(\.arguments) == [["n": 7]])
        #expect(apart.filter { $0.role == .tool }.map { $0.content.contains("error_tool_call") } == [false, false])
        #expect(apart.filter { $0.role == .tool }.last?.content == "sum 7")
        let (others, _) = try await play(
            environment, [.calling(("add", #"{"n": "x"}"#), ("ad", "{}")), Message(.assistant, "2")])
        let refused = try await environment.callsApart(in: others, of: task)
        #expect(refused.allSatisfy { $0.toolCalls.isEmpty })
        let answers = refused.filter { $0.role == .tool }
        let marks = try answers.map { try JSONValue(parsing: $0.content)["error_tool_call"] != nil }
        #expect(marks == [true, true])
    }

    @Test("a call that nobody answered yet is one, too")
    func pending() async throws {
        let environment = try await environment(.messages)
        let task = try await environment.task(level: 0, seed: 1)
        let apart = try await environment.callsApart(
            in: task.messages + [.calling(("add", #"{"n": 5}"#))], of: task)
        #expect(apart.last?.toolCalls.map(\.name) == ["add"])
        let wrong = try await environment.callsApart(in: task.messages + [.calling(("ad", "{}"))], of: task)
        #expect(wrong.last?.toolCalls.isEmpty == true, "nobody would have made it")
    }

    @Test("silent tools are told of by nobody, and their results all the same")
    func silent() async throws {
        let environment = try await environment(.silent)
        let (messages, task) = try await play(environment, [.calling(("add", #"{"n": 5}"#)), Message(.assistant, "2")])
        #expect(task.messages == [Message(.user, "1 + 1?")] && task.tools == nil)
        #expect(messages[2] == Message(.user, "<tool_response>\nsum 5\n</tool_response>"))
    }

    @Test("a template is handed the tools")
    func template() async throws {
        let task = try await environment(.template).task(level: 0, seed: 1)
        #expect(task.tools?.array?.count == 3 && task.messages == [Message(.user, "1 + 1?")])
    }

    @Test("a policy that only calls tools until it may not has given no answer, which is no failure")
    func noAnswer() async throws {
        let environment = try await environment(.messages, limits: ToolLimits(calls: 8))
        let (messages, task) = try await play(environment, [.calling(("add", #"{"n": 5}"#))])
        let score = try await environment.score(messages, of: task)
        #expect(score.reward == 0 && score.reason == "1 + 1?|")
    }

    @Test("a demonstration calls its tools, and ends with the first reply that calls none")
    func demonstrates() async throws {
        let call = Message.calling(("add", #"{"n": 2}"#))
        let replies = [call, Message(.assistant, "2")]
        let calling = try await environment(.messages, base: Demonstrating(replies: replies))
        let task = try await calling.task(level: 0, seed: 1)
        #expect(
            try await calling.demonstration(of: task)
                == [call, Message(.user, "<tool_response>\nsum 2\n</tool_response>"), Message(.assistant, "2")])
        let guessing = try await environment(
            .messages, base: Demonstrating(replies: [Message(.assistant, "3"), Message(.assistant, "2")]))
        #expect(try await guessing.demonstration(of: task) == [Message(.assistant, "3")])
        // A user's words between are gone on from.
        let talk = [Message(.assistant, "3"), Message(.user, "sure?"), Message(.assistant, "2")]
        #expect(try await environment(.messages, base: Demonstrating(replies: talk)).demonstration(of: task) == talk)
    }
}
