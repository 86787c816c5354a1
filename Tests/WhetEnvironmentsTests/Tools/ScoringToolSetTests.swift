import Synchronization
import Testing
import WhetCore

@testable import WhetEnvironments

/// Tools that add up, and score by the sum: it has to be the task's.
private final class SummingTools: ScoringToolSet {
    struct Log: Sendable {
        var opened = 0
        var closed = 0
    }

    let memory: ToolMemory
    let log = Mutex(Log())
    let failure: WhetError?

    init(_ memory: ToolMemory = .repeatable, failure: WhetError? = nil) {
        self.memory = memory
        self.failure = failure
    }

    func definitions() async throws -> [ToolDefinition] {
        [try ToolDefinition("add", "Adds.", parameters: ["properties": ["n": ["type": "integer"]], "required": ["n"]])]
    }

    func scoredSession(for task: PracticeTask) async throws -> any ScoredToolSession {
        log.withLock { $0.opened += 1 }
        return Session(tools: self)
    }

    final class Session: ScoredToolSession {
        let tools: SummingTools
        let sum = Mutex(0)

        init(tools: SummingTools) { self.tools = tools }

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            let n = arguments["n"]?.integer ?? 0
            return ToolResult("\(sum.withLock { $0 += n; return $0 })")
        }

        func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
            if let failure = tools.failure { throw failure }
            guard task.environment == "sum", messages.starts(with: task.messages) else {
                throw WhetError("not my task")
            }
            let isRight = sum.withLock { $0 } == task.problem["sum"]?.integer
            return Score(
                reward: isRight ? 1 : 0, isSolved: isRight,
                reason: messages.map { "\($0.role.rawValue)=\($0.content)" }.joined(separator: "|"))
        }

        func close() async { tools.log.withLock { $0.closed += 1 } }
    }
}

@Suite("Tools that score", .timeLimit(.minutes(1)))
struct ScoringToolSetTests {
    private func environment(_ tools: any ToolSet...) async throws -> ToolEnvironment {
        try await ToolEnvironment(SumEnvironment(), named: "tooled", tools: tools, maximumSessions: 4)
    }

    /// Adds the numbers turn by turn, and ends.
    private func play(
        _ environment: ToolEnvironment, adding numbers: [Int]
    ) async throws -> (messages: [Message], task: PracticeTask) {
        let task = try await environment.task(level: 0, seed: 6)
        var messages = task.messages
        for number in numbers {
            messages.append(.calling(("add", "{\"n\": \(number)}")))
            messages += try #require(try await environment.reply(to: messages, of: task))
        }
        messages.append(Message(.assistant, "over"))
        #expect(try await environment.reply(to: messages, of: task) == nil)
        return (messages, task)
    }

    @Test("the session is scored in place of the base, sees no calls, and ends")
    func scores() async throws {
        let tools = SummingTools()
        let environment = try await environment(tools)
        let (messages, task) = try await play(environment, adding: [3, 4])
        let score = try await environment.score(messages, of: task)
        #expect(score.isSolved && score.reason == "user=6 + 1?|assistant=over")
        #expect(tools.log.withLock { ($0.opened, $0.closed) } == (1, 1))
        #expect(await environment.sessions.count == 0)
        let (others, _) = try await play(environment, adding: [3, 5])
        #expect(try await !environment.score(others, of: task).isSolved)
    }

    @Test("a session that is gone is made again by its calls; one that cannot be fails the rollout")
    func repeats() async throws {
        let (messages, task) = try await play(try await environment(SummingTools()), adding: [3, 4])
        let tools = SummingTools()
        let fresh = try await environment(tools)
        #expect(try await fresh.score(messages, of: task).isSolved)
        #expect(tools.log.withLock { ($0.opened, $0.closed) } == (1, 1))
        let unique = try await environment(SummingTools(.unique))
        let failure = try await #require(throws: ToolFailure.self) { try await unique.score(messages, of: task) }
        #expect(failure.kind == .lost)
    }

    @Test("who never called is scored by a fresh session, who said nothing by none")
    func neverCalled() async throws {
        let tools = SummingTools(.unique)
        let environment = try await environment(tools)
        let (messages, task) = try await play(environment, adding: [])
        #expect(try await environment.score(messages, of: task).reward == 0)
        #expect(tools.log.withLock { ($0.opened, $0.closed) } == (1, 1))
        await #expect(throws: WhetError.self) { try await environment.score(task.messages, of: task) }
        #expect(tools.log.withLock { $0.opened } == 1)
    }

    @Test("what cannot be judged throws, and its session ends")
    func failure() async throws {
        let tools = SummingTools(failure: WhetError("no idea"))
        let environment = try await environment(tools)
        let (messages, task) = try await play(environment, adding: [7])
        let error = try await #require(throws: WhetError.self) { try await environment.score(messages, of: task) }
        #expect(error.problem == "no idea")
        #expect(tools.log.withLock { $0.closed } == 1)
        #expect(await environment.sessions.count == 0)
    }

    @Test("other tools' sessions end with it")
    func others() async throws {
        let tools = SummingTools()
        let plain = FunctionTools([.init(try ToolDefinition("nothing")) { _ in ToolResult("") }])
        let environment = try await environment(plain, tools)
        let (messages, task) = try await play(environment, adding: [7])
        #expect(try await environment.score(messages, of: task).isSolved)
        #expect(tools.log.withLock { $0.closed } == 1)
    }
}
