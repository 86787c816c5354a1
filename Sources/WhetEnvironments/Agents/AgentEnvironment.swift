import WhetCore

/// An environment whose tasks an agent solves: `base` sets and scores them, `agent` is run on each.
///
/// Whoever plays episodes asks for this type first, and runs the program (`AgentHost`). What needs no policy is the
/// base's: checks of tasks and scores, a warm start's demonstrations.
public struct AgentEnvironment: LayeredEnvironment {
    public let base: any Environment
    public let agent: AgentProgram
    let maximumLevel: Int

    /// - Parameter maximumLevel: of `base`, unless it is external and knows for itself.
    public init(_ agent: AgentProgram, on base: any Environment, maximumLevel: Int = 0) {
        self.agent = agent
        self.base = base
        self.maximumLevel = maximumLevel
    }

    func map(_ body: (any Environment) -> any Environment) -> AgentEnvironment {
        AgentEnvironment(agent, on: body(base), maximumLevel: maximumLevel)
    }

    /// - Throws: `WhetError` where there is no such program; what the base throws.
    public func prepare() async throws -> Int {
        try agent.check()
        return try await preparedBase()
    }

    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await base.task(level: level, seed: seed)
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await base.reply(to: messages, of: task)
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await base.score(messages, of: task)
    }

    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await base.demonstration(of: task)
    }
}
