import WhetCore

extension EnvironmentPool {
    /// The same environment, computing on the pool's threads what takes long; one that waits for a process or a server
    /// as it is.
    public func environment(_ environment: any Environment) -> any Environment {
        if let layered = environment as? any LayeredEnvironment { return layered.map(self.environment) }
        return environment.computesHere ? PooledEnvironment(environment, on: self) : environment
    }
}

/// An environment whose work is done on a pool's threads.
///
/// What has been quick so far, such as comparing two numbers, is done where it is asked for: a hop to a thread and back
/// takes some microseconds, more than such work itself. What proves slow goes to the pool.
///
/// Keeps: results are the environment's own, wherever they were computed.
public struct PooledEnvironment: Environment {
    private let environment: any Environment
    private let pool: EnvironmentPool
    private let costs: Costs

    /// What each kind of work has taken.
    private final class Costs: Sendable {
        let task, reply, score, demonstration: CostEstimate
        init(inlineLimit: Duration) {
            task = CostEstimate(inlineLimit: inlineLimit)
            reply = CostEstimate(inlineLimit: inlineLimit)
            score = CostEstimate(inlineLimit: inlineLimit)
            demonstration = CostEstimate(inlineLimit: inlineLimit)
        }
    }

    /// - Parameter inlineLimit: what takes as long, or less, is done where it is asked for; zero: nothing is.
    public init(
        _ environment: any Environment, on pool: EnvironmentPool, inlineLimit: Duration = .microseconds(100)
    ) {
        self.environment = environment
        self.pool = pool
        costs = Costs(inlineLimit: inlineLimit)
    }

    public var name: String { environment.name }
    public var judgesSteps: Bool { environment.judgesSteps }

    public func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        try await environment.callsApart(in: messages, of: task)
    }

    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await perform(costs.task) { try await environment.task(level: level, seed: seed) }
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await perform(costs.reply) { try await environment.reply(to: messages, of: task) }
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await perform(costs.score) { try await environment.score(messages, of: task) }
    }

    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await perform(costs.demonstration) { try await environment.demonstration(of: task) }
    }

    private func perform<Value: Sendable>(
        _ cost: CostEstimate, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        if cost.isCheap { return try await cost.measuring(body) }
        return try await pool.run { try await cost.measuring(body) }
    }
}

extension PooledEnvironment {
    /// An episode to judge or go on with.
    public struct Episode: Sendable {
        public var task: PracticeTask
        /// The whole conversation.
        public var messages: [Message]

        public init(_ task: PracticeTask, _ messages: [Message]) {
            self.task = task
            self.messages = messages
        }
    }

    /// Many problems at once, in the order of `requests`; an error is that of one problem.
    ///
    /// - Throws: `CancellationError` alone.
    public func tasks(
        _ requests: [(level: Int, seed: UInt64)]
    ) async throws -> [Result<PracticeTask, any Error>] {
        try await pool.results(of: requests) { try await environment.task(level: $0.level, seed: $0.seed) }
    }

    /// As `tasks`: what the environment says to each, nil where an episode is over.
    public func replies(to episodes: [Episode]) async throws -> [Result<[Message]?, any Error>] {
        try await pool.results(of: episodes) { try await environment.reply(to: $0.messages, of: $0.task) }
    }

    /// As `tasks`: what each is worth.
    public func scores(of episodes: [Episode]) async throws -> [Result<Score, any Error>] {
        try await pool.results(of: episodes) { try await environment.score($0.messages, of: $0.task) }
    }
}
