import Synchronization
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
            let client = try state.client ?? HTTPClient()
            state.client = client
            let environment = try OpenEnvEnvironment(name, settings: settings, client: client)
            state.servers.append(environment)
            return environment
        }
    }

    /// Ends all workers and sessions, and returns when they have ended. Nothing can be opened any more.
    public func close() async {
        let (pools, servers) = state.withLock { state in
            defer { state = State(isClosed: true) }
            return (Array(state.pools.values), state.servers)
        }
        await withTaskGroup(of: Void.self) { group in
            for pool in pools { group.addTask { await pool.shutDown() } }
            for server in servers { group.addTask { await server.close() } }
        }
    }

    private static func check(_ state: State) throws {
        guard !state.isClosed else { throw WhetError("the environments of this run were closed already") }
    }
}
