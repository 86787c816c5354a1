import WhetCore
import WhetHTTP
import WhetProcess

/// The tools of an MCP server.
///
/// Keeps: a call is made once; a server that dies fails the calls that it holds, and the next call starts it anew, up
/// to a number of times.
public final class MCPTools: ToolSet {
    public enum Server: Sendable {
        /// A program that is spoken to by standard input and output.
        case program(ProcessCommand)
        case http(url: String, headers: HTTPHeaders = [:], client: HTTPClient)
    }

    public struct Settings: Sendable {
        /// Whether each rollout has a server, or a session on it, of its own.
        public var isPerRollout = false
        /// What calls leave behind that a rollout relies on; nil is `none` for a shared server and `unique` for one of
        /// a rollout's own.
        public var memory: ToolMemory?
        /// Only these tools; nil takes all.
        public var only: [String]?
        /// From the start to the list of tools.
        public var startLimit = Duration.seconds(60)
        /// So many servers may fail within `restartWindow`; after that none is started until the window has moved on.
        public var maximumRestarts = 8
        public var restartWindow = Duration.seconds(60)
        /// A server that writes a longer message is given up.
        public var maximumReplyBytes = 1 << 24

        public init() {}
    }

    public let memory: ToolMemory
    private let place: String
    private let settings: Settings
    private let shared: MCPServerKeeper

    /// Starts nothing yet.
    public convenience init(_ server: Server, settings: Settings = Settings()) {
        let limit = settings.maximumReplyBytes
        switch server {
        case .program(let command):
            self.init(at: "MCP server \(command.words)", settings: settings) {
                MCPProcessConnection(command, maximumLineBytes: limit)
            }
        case .http(let url, let headers, let client):
            self.init(at: "MCP server \(url.withoutSecrets)", settings: settings) {
                MCPHTTPConnection(url: url, headers: headers, client: client, maximumReplyBytes: limit)
            }
        }
    }

    init(at place: String, settings: Settings, connect: @escaping @Sendable () -> any MCPConnection) {
        self.place = place
        self.settings = settings
        memory = settings.memory ?? (settings.isPerRollout ? .unique : .none)
        shared = MCPServerKeeper(place: place, settings: settings, connect: connect)
    }

    public func definitions() async throws -> [ToolDefinition] {
        let all = try await shared.client().tools(limit: settings.startLimit)
        guard let only = settings.only else { return all }
        return try only.map { name in
            guard let definition = all.first(where: { $0.name == name }) else {
                throw WhetError.unknownName(name, kind: "tool", among: all.map(\.name), at: place)
            }
            return definition
        }
    }

    public func session(for task: PracticeTask) async throws -> any ToolSession {
        settings.isPerRollout
            ? OwnSession(client: try await shared.newClient()) : SharedSession(keeper: shared, place: place)
    }

    public func close() async { await shared.close() }

    /// A rollout's use of the server that all use.
    private struct SharedSession: ToolSession {
        let keeper: MCPServerKeeper
        let place: String

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            do {
                return try await keeper.client().call(name, arguments, limit: limit)
            } catch is MCPSessionExpired {
                // It was not made, so it is made now.
                do { return try await keeper.client().call(name, arguments, limit: limit) } catch is MCPSessionExpired {
                    throw ToolFailure(.died, "the server forgets every session at once", at: place)
                }
            }
        }
    }

    /// A rollout's own server.
    private struct OwnSession: ToolSession {
        let client: MCPClient
        var isOpen: Bool { client.connection.isOpen }

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            do {
                return try await client.call(name, arguments, limit: limit)
            } catch is MCPSessionExpired {
                throw ToolFailure(.lost, "the server forgot the rollout's session", at: "tool \(name)")
            }
        }

        func close() async { await client.connection.close() }
    }
}

/// Starts a server when it is needed, and anew when it has died.
///
/// Keeps: who asks while it is being started waits for that start.
actor MCPServerKeeper {
    private let place: String
    private let settings: MCPTools.Settings
    private let connect: @Sendable () -> any MCPConnection
    private var current: MCPClient?
    private var starting: Task<MCPClient, any Error>?
    private var restarts: RestartRule
    private var isClosed = false

    init(place: String, settings: MCPTools.Settings, connect: @escaping @Sendable () -> any MCPConnection) {
        self.place = place
        self.settings = settings
        self.connect = connect
        restarts = RestartRule(maximum: settings.maximumRestarts, window: settings.restartWindow)
    }

    isolated deinit { current?.connection.kill() }

    /// The server that all use.
    func client() async throws -> MCPClient {
        if let current {
            if current.connection.isOpen { return current }
            self.current = nil
            restarts.note(ToolFailure(.died, "the server ended", at: place))
            await current.connection.close()
            return try await client()
        }
        if let starting { return try await starting.value }
        try check()
        let start = Task { [connect, place, settings] in
            try await MCPClient(opening: connect(), at: place, limit: settings.startLimit)
        }
        starting = start
        do {
            let client = try await start.value
            starting = nil
            guard !isClosed else {
                await client.connection.close()
                throw closedError
            }
            current = client
            return client
        } catch {
            starting = nil
            restarts.note(error)
            throw error
        }
    }

    /// A server that nobody else uses; who asked for it closes it.
    func newClient() async throws -> MCPClient {
        try check()
        do {
            return try await MCPClient(opening: connect(), at: place, limit: settings.startLimit)
        } catch {
            if !(error is CancellationError) { restarts.note(error) }
            throw error
        }
    }

    func close() async {
        isClosed = true
        starting?.cancel()
        _ = try? await starting?.value
        let client = current
        current = nil
        await client?.connection.close()
    }

    private var closedError: ToolFailure { ToolFailure(.unavailable, "the tools were closed", at: place) }

    private func check() throws {
        guard !isClosed else { throw closedError }
        try restarts.check(at: place)
    }
}
