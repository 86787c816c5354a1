import Synchronization
import WhetCore

@testable import WhetEnvironments

/// Asks for a sum; replies once to a first answer, and scores the last.
struct SumEnvironment: Environment {
    let name = "sum"
    var system: String?
    var repliesOnce = false

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level,
            messages: (system.map { [Message(.system, $0)] } ?? []) + [Message(.user, "\(seed) + 1?")],
            problem: ["sum": .integer(Int(seed) + 1)])
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        guard task.environment == name else { throw WhetError("not my task") }
        return repliesOnce && messages.count { $0.role == .assistant } == 1 ? [Message(.user, "sure?")] : nil
    }

    /// The reason shows the conversation that it was shown.
    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        guard task.environment == name, messages.starts(with: task.messages) else { throw WhetError("not my task") }
        let isRight = messages.last?.content == task.problem["sum"]?.text()
        return Score(
            reward: isRight ? 1 : 0, isSolved: isRight,
            reason: messages.map { "\($0.role.rawValue)=\($0.content)" }.joined(separator: "|"))
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        [Message(.assistant, task.problem["sum"]?.text() ?? "")]
    }
}

/// Tools that count: `add` adds to a session's sum and says it; `fail` fails; `wait` waits until it is cancelled.
final class CountingTools: ToolSet {
    struct Log: Sendable {
        var opened = 0
        var closed = 0
        var calls: [String] = []
    }

    let memory: ToolMemory
    let log = Mutex(Log())
    /// Added to what `add` says: a tool that does not repeat itself.
    let drift: Int

    init(_ memory: ToolMemory, drift: Int = 0) {
        self.memory = memory
        self.drift = drift
    }

    func definitions() async throws -> [ToolDefinition] {
        let number: JSONValue = ["properties": ["n": ["type": "integer"]], "required": ["n"]]
        return [
            try ToolDefinition("add", "Adds.", parameters: number), try ToolDefinition("fail"),
            try ToolDefinition("wait"),
        ]
    }

    func session(for task: PracticeTask) async throws -> any ToolSession {
        log.withLock { $0.opened += 1 }
        return Session(tools: self)
    }

    final class Session: ToolSession {
        let tools: CountingTools
        let sum = Mutex(0)

        init(tools: CountingTools) { self.tools = tools }

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            tools.log.withLock { $0.calls.append("\(name)\(arguments["n"]?.text() ?? "")") }
            switch name {
            case "add":
                let total = sum.withLock { sum in
                    sum += arguments["n"]?.integer ?? 0
                    return sum
                }
                let drift = tools.log.withLock { $0.opened > 1 } ? tools.drift : 0
                return ToolResult("sum \(total + drift)")
            case "wait":
                return try await within(limit, of: "wait") {
                    try await Task.sleep(for: .seconds(3600))
                    return ToolResult("")
                }
            default: throw ToolFailure(.died, "it broke", at: "tool fail")
            }
        }

        func close() async { tools.log.withLock { $0.closed += 1 } }
    }
}

extension Message {
    /// A policy's turn that makes these calls, in Hermes' syntax.
    static func calling(_ calls: (name: String, arguments: String)...) -> Message {
        Message(
            .assistant,
            calls.map { "<tool_call>{\"name\": \"\($0.name)\", \"arguments\": \($0.arguments)}</tool_call>" }.joined())
    }
}
