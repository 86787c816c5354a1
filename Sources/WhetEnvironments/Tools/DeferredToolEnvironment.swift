import WhetCore

/// An environment with tools that are started when they are first needed.
///
/// Keeps: until something is asked of it, no server runs.
final class DeferredToolEnvironment: LayeredEnvironment {
    let base: any Environment
    let maximumLevel: Int
    private let make: @Sendable (any Environment) async throws -> ToolEnvironment
    private let made: OnDemand<ToolEnvironment>

    init(
        on base: any Environment, maximumLevel: Int,
        make: @escaping @Sendable (any Environment) async throws -> ToolEnvironment
    ) {
        self.base = base
        self.maximumLevel = maximumLevel
        self.make = make
        made = OnDemand { try await make(base) }
    }

    func map(_ body: (any Environment) -> any Environment) -> DeferredToolEnvironment {
        DeferredToolEnvironment(on: body(base), maximumLevel: maximumLevel, make: make)
    }

    func prepare() async throws -> Int {
        _ = try await made.value()
        return try await preparedBase()
    }

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await made.value().task(level: level, seed: seed)
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await made.value().reply(to: messages, of: task)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await made.value().score(messages, of: task)
    }

    func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        try await made.value().callsApart(in: messages, of: task)
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await made.value().demonstration(of: task)
    }

    /// Ends the tools, if they were started.
    func close() async { await made.ifMade()?.close() }
}
