import WhetCore
import WhetEnvironments

/// An environment whose tasks an agent solves: `base` sets and scores them, `agent` is run on each by `AgentPlayer`.
///
/// Whoever plays episodes asks for this type first; a player that knows only environments cannot play it, and is told so.
public struct AgentEnvironment: Environment {
    public let name: String
    public let base: any Environment
    public let agent: AgentProgram

    public init(_ agent: AgentProgram, on base: any Environment, named name: String? = nil) {
        self.agent = agent
        self.base = base
        self.name = name ?? base.name
    }

    /// A task of `base`, under this environment's name.
    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        var task = try await base.task(level: level, seed: seed)
        task.environment = name
        return task
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        throw WhetError(
            "this environment's tasks are solved by a program, not by messages", at: "environment \(name)",
            expected: "a player of agents", remedy: "play it with AgentPlayer")
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        var task = task
        task.environment = base.name
        return try await base.score(messages, of: task)
    }
}
