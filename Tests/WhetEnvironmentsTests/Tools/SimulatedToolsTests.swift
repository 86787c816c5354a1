import Synchronization
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetEnvironments

/// Says what it is told to, and keeps what it was asked.
final class CannedModel: ChatModel {
    let name = "canned"
    let questions = Mutex<[[Message]]>([])
    let seeds = Mutex<[UInt64]>([])
    private let answer: @Sendable ([Message]) async throws -> String

    init(_ answer: @escaping @Sendable ([Message]) async throws -> String) { self.answer = answer }

    func reply(to messages: [Message], seed: UInt64) async throws -> String {
        questions.withLock { $0.append(messages) }
        seeds.withLock { $0.append(seed) }
        return try await answer(messages)
    }
}

@Suite("Tools that are not there", .timeLimit(.minutes(1)))
struct SimulatedToolsTests {
    private let definition: ToolDefinition
    private let task: PracticeTask

    init() throws {
        definition = try ToolDefinition(
            "weather", "Tells the weather.", parameters: ["properties": ["city": ["type": "string"]]])
        task = PracticeTask(
            environment: "e", seed: 3, level: 0, messages: [Message(.user, "Hi")],
            problem: [
                "tool_calls": [
                    ["name": "weather", "arguments": ["city": "Bern", "days": 1], "result": "sun"],
                    ["name": "weather", "arguments": ["city": "Bern", "days": 1], "result": "rain"],
                    ["name": "time", "arguments": [:], "result": ["hour": 3]],
                ],
                "user_turns": ["And tomorrow?", "Thanks."], "user_goal": "Find out the weather in Bern.",
            ])
    }

    private func call(_ tools: SimulatedTools, _ arguments: JSONObject) async throws -> ToolResult {
        try await tools.session(for: task).call("weather", arguments, limit: .seconds(20))
    }

    @Test("a recorded call gets its first recorded result, however it is written")
    func replays() async throws {
        let model = CannedModel { _ in "fog" }
        let tools = SimulatedTools([definition], model: model)
        #expect(try await call(tools, ["days": 1.0, "city": "Bern"]) == ToolResult("sun"))
        #expect(model.questions.withLock { $0.isEmpty })
        #expect(try await tools.session(for: task).call("time", [:], limit: .seconds(1)).text == #"{"hour": 3}"#)
        #expect(try await tools.definitions() == [definition])
    }

    @Test("any other is imitated once, with the same question and seed in every run")
    func imitates() async throws {
        let models = [CannedModel { _ in "<think>hm</think>\n fog \n" }, CannedModel { _ in "fog" }]
        for model in models {
            let tools = SimulatedTools([definition], model: model)
            #expect(try await call(tools, ["city": "Basel"]) == ToolResult("fog"))
            #expect(try await call(tools, ["city": "Basel"]) == ToolResult("fog"))
            #expect(try await call(tools, ["city": "Chur"]) == ToolResult("fog"))
            #expect(model.questions.withLock { $0.count } == 2)
            let question = model.questions.withLock { $0[0][1].content }
            #expect(
                question.contains("result: sun")
                    && question.contains(#"{"name": "weather", "arguments": {"city": "Basel"}}"#))
        }
        #expect(models[0].seeds.withLock { $0 } == models[1].seeds.withLock { $0 })
    }

    @Test("who asks the same at the same time shares one answer, and outlives who is given up")
    func shares() async throws {
        let (asked, gate) = (WhetCore.Gate(), WhetCore.Gate())
        let first = Mutex(true)
        let model = CannedModel { _ in
            let isFirst = first.withLock { first in
                defer { first = false }
                return first
            }
            if isFirst {
                asked.open()
                try await Task.sleep(for: .seconds(3600))
            }
            await gate.wait()
            return "fog"
        }
        let tools = SimulatedTools([definition], model: model)
        let impatient = Task { try await call(tools, ["city": "Basel"]) }
        await asked.wait()
        let patient = (0..<5).map { _ in Task { try await call(tools, ["city": "Basel"]) } }
        impatient.cancel()
        await #expect(throws: CancellationError.self) { try await impatient.value }
        gate.open()
        for task in patient { #expect(try await task.value == ToolResult("fog")) }
        #expect(model.questions.withLock { $0.count } == 2)
    }

    @Test("a model that fails, is silent or takes too long fails the call, and is not remembered")
    func fails() async throws {
        let count = Mutex(0)
        let model = CannedModel { _ in
            switch count.withLock({ count in
                count += 1
                return count
            }) {
            case 1: throw WhetError("the server is down", at: "server")
            case 2: return " \n"
            case 3:
                try await Task.sleep(for: .seconds(3600))
                return ""
            default: return "fog"
            }
        }
        let tools = SimulatedTools([definition], model: model)
        for (kind, limit) in [
            (ToolFailure.Kind.reported, Duration.seconds(20)), (.garbled, .seconds(20)), (.timedOut, .milliseconds(5)),
        ] {
            let failure = try await #require(throws: ToolFailure.self) {
                try await tools.session(for: task).call("weather", ["city": "Basel"], limit: limit)
            }
            #expect(failure.kind == kind, "\(failure)")
        }
        #expect(try await call(tools, ["city": "Basel"]) == ToolResult("fog"))
    }

    @Test("without a model there is nothing on what was not recorded; records that are none are refused")
    func doesWithout() async throws {
        let tools = SimulatedTools([definition], model: nil)
        #expect(try await call(tools, ["city": "Basel"]).isError)
        let records: [JSONValue] = [
            ["name": "x"], ["arguments": [:], "result": ""], ["name": "x", "arguments": 3, "result": ""],
        ]
        for record in records {
            let broken = PracticeTask(
                environment: "e", seed: 3, level: 0, messages: [], problem: ["tool_calls": [record]])
            await #expect(throws: WhetError.self) { try await tools.session(for: broken) }
        }
    }

    // MARK: Users

    private struct Opening: Environment {
        let name = "dialogue"
        let made: PracticeTask
        func task(level: Int, seed: UInt64) async throws -> PracticeTask { made }
        func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
            guard task.environment == name else { throw WhetError("not my task") }
            return Score(reward: Double(messages.count), isSolved: true)
        }
    }

    private func play(_ environment: SimulatedUserEnvironment) async throws -> (messages: [Message], score: Score) {
        let task = try await environment.task(level: 0, seed: 0)
        var messages = task.messages
        while true {
            messages.append(Message(.assistant, "<think>[DONE]</think>turn \(messages.count)"))
            guard let reply = try await environment.reply(to: messages, of: task) else { break }
            messages += reply
        }
        return (messages, try await environment.score(messages, of: task))
    }

    @Test("a user's turns are replayed from the reference, up to the last or the limit")
    func replaysUsers() async throws {
        let base = Opening(made: task)
        let whole = try await play(SimulatedUserEnvironment(base, named: "talk", user: .replayedFromProblem))
        #expect(whole.messages.filter { $0.role == .user }.map(\.content) == ["Hi", "And tomorrow?", "Thanks."])
        #expect(whole.score.reward == 6)
        let short = try await play(SimulatedUserEnvironment(base, user: .replayedFromProblem, maximumTurns: 2))
        #expect(short.messages.map(\.role) == [.user, .assistant, .user, .assistant])
        let broken = SimulatedUserEnvironment(base, user: .replayed { _ in throw WhetError("no turns") })
        await #expect(throws: WhetError.self) { try await play(broken) }
    }

    @Test("a model plays a user with a goal until it says farewell")
    func playsUsers() async throws {
        let model = CannedModel { messages in
            messages[1].content.contains("turn 3") ? "Bye. [DONE]" : "<think>what?</think> And tomorrow?"
        }
        let environment = SimulatedUserEnvironment(Opening(made: task), user: .playedFromProblem(model))
        let (messages, _) = try await play(environment)
        #expect(
            messages.map(\.content) == [
                "Hi", "<think>[DONE]</think>turn 1", "And tomorrow?", "<think>[DONE]</think>turn 3",
            ])
        let questions = model.questions.withLock { $0 }
        #expect(questions[0][0].content.contains("Find out the weather in Bern."))
        #expect(
            questions[1][1].content.contains("You: Hi\n\nAssistant: turn 1\n\nYou: And tomorrow?\n\nAssistant: turn 3"))
        #expect(Set(model.seeds.withLock { $0 }).count == 2)
        let silent = SimulatedUserEnvironment(Opening(made: task), user: .playedFromProblem(CannedModel { _ in "" }))
        await #expect(throws: WhetError.self) { try await play(silent) }
        let endless = SimulatedUserEnvironment(
            Opening(made: task), user: .playedFromProblem(CannedModel { _ in "more" }))
        #expect(try await play(endless).messages.count { $0.role == .assistant } == 30)
    }

    @Test("a model behind a server is asked in OpenAI's form")
    func asksServers() async throws {
        let server = try CannedServer { request in
            request.index == 0
                ? .json(#"{"choices": [{"message": {"role": "assistant", "content": "fog"}}]}"#)
                : .json(#"{"choices": []}"#)
        }
        let model = ChatServerModel(
            url: server.url + "/", model: "m", temperature: 0.5, client: try HTTPClient(), retries: .never)
        #expect(try await model.reply(to: [Message(.user, "weather?")], seed: .max) == "fog")
        let body = try JSONValue(parsing: try #require(server.requests.first).body)
        #expect(server.requests[0].path == "/v1/chat/completions")
        #expect(body["model"] == "m" && body["seed"] == .integer(Int(Int32.max)) && body["temperature"] == 0.5)
        #expect(body["messages"]?[0]?["content"] == "weather?")
        await #expect(throws: WhetError.self) { try await model.reply(to: [], seed: 0) }
    }
}
