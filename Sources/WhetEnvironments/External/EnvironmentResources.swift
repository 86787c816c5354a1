import Synchronization
import WhetChecklists
import WhetCore
import WhetHTTP

/// What environments have outside of whet: workers of programs, sessions on servers.
///
///     try await EnvironmentResources.use { resources in
///         let environment = try entry.environment()     // made of a catalog that was given `resources`
///         …
///     }
///
/// Keeps: environments of the same program share its workers; when `close` or `use` has ended, no process and no
/// connection of theirs is left.
public final class EnvironmentResources: Sendable {
    private struct State {
        var pools: [EnvironmentProgram: WorkerPool] = [:]
        var servers: [OpenEnvEnvironment] = []
        var tooled: [DeferredToolEnvironment] = []
        var judgments: any JudgmentCache = MemoryJudgmentCache()
        var client: HTTPClient?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Opens nothing yet.
    public init() {}

    /// Opens nothing yet, and closes all that `body` has opened, whether it succeeds or not.
    public static func use<Result>(_ body: (EnvironmentResources) async throws -> Result) async rethrows -> Result {
        let resources = EnvironmentResources()
        do {
            let result = try await body(resources)
            await resources.close()
            return result
        } catch {
            await resources.close()
            throw error
        }
    }

    /// The workers of a program; none is started before it is needed.
    ///
    /// - Throws: `WhetError` after `close`.
    func pool(for program: EnvironmentProgram) throws -> WorkerPool {
        try state.withLock { state in
            try Self.check(state)
            if let pool = state.pools[program] { return pool }
            let pool = WorkerPool(program)
            state.pools[program] = pool
            return pool
        }
    }

    /// An environment on servers; nothing is connected before it is needed.
    ///
    /// - Throws: `WhetError` after `close`; what making the environment throws.
    func server(_ name: String, settings: OpenEnvSettings) throws -> OpenEnvEnvironment {
        try state.withLock { state in
            try Self.check(state)
            let environment = try OpenEnvEnvironment(name, settings: settings, client: Self.client(&state))
            state.servers.append(environment)
            return environment
        }
    }

    /// The same environment, whose tools will be ended with all else.
    ///
    /// - Throws: `WhetError` after `close`.
    func keep(_ environment: DeferredToolEnvironment) throws -> DeferredToolEnvironment {
        try state.withLock { state in
            try Self.check(state)
            state.tooled.append(environment)
            return environment
        }
    }

    /// The one that all share.
    ///
    /// - Throws: `WhetError` after `close`.
    func httpClient() throws -> HTTPClient {
        try state.withLock { state in
            try Self.check(state)
            return try Self.client(&state)
        }
    }

    private static func client(_ state: inout State) throws -> HTTPClient {
        let client = try state.client ?? HTTPClient()
        state.client = client
        return client
    }

    /// Keeps judges' answers there from now on, and not only as long as the process runs.
    public func keepJudgments(in cache: any JudgmentCache) { state.withLock { $0.judgments = cache } }

    /// Where judges' answers are kept at the time.
    func judgments() -> any JudgmentCache { SharedJudgments(of: self) }

    fileprivate var currentJudgments: any JudgmentCache { state.withLock { $0.judgments } }

    /// Ends all workers and sessions, and returns when they have ended. Nothing can be opened any more.
    public func close() async {
        let (pools, servers, tooled) = state.withLock { state in
            defer { state = State(isClosed: true) }
            return (Array(state.pools.values), state.servers, state.tooled)
        }
        await withTaskGroup(of: Void.self) { group in
            for pool in pools { group.addTask { await pool.shutDown() } }
            for server in servers { group.addTask { await server.close() } }
            for environment in tooled { group.addTask { await environment.close() } }
        }
    }

    private static func check(_ state: State) throws {
        guard !state.isClosed else { throw WhetError("the environments of this run were closed already") }
    }
}

/// The cache that the resources have when it is asked: environments are made before a store is opened.
private struct SharedJudgments: JudgmentCache {
    let resources: EnvironmentResources

    init(of resources: EnvironmentResources) { self.resources = resources }

    func judgment(for key: JudgmentKey) async throws -> Judgment? {
        try await resources.currentJudgments.judgment(for: key)
    }

    func keep(_ judgment: Judgment, for key: JudgmentKey) async throws {
        try await resources.currentJudgments.keep(judgment, for: key)
    }
}
