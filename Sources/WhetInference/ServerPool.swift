import Foundation
import Synchronization
import WhetCore
import WhetHTTP

/// Several servers with the same policy, used as one.
///
/// A request goes to the server with the fewest under way; those of one rollout stay with one server, whose cache has
/// their beginning. A server that fails is taken out: what it had streamed comes back as interrupted generations, to be
/// gone on with; what it had not begun is begun elsewhere at once. `run` looks after the servers, and takes those back
/// that are well again and have the version that was published last.
///
/// Keeps: a server that is out, or whose version is not confirmed, gets no generation.
public final class ServerPool: InferenceServer {
    /// What became of a server.
    public enum Event: Hashable, Sendable {
        case takenOut(server: String, because: String)
        case takenBack(server: String)
    }

    /// How a server does.
    public struct Member: Sendable {
        public let server: any InferenceServer
        /// Requests that it has under way.
        public internal(set) var outstanding = 0
        /// Why it is out, in words; nil while it is in.
        public internal(set) var fault: String?
        /// The version that it was published last, and confirmed; nil before.
        public internal(set) var version: PolicyVersion?
        /// Its weights are changing: what it says of its version does not count.
        var isPublishing = false
        /// Checks of its health that failed in a row.
        var failedChecks = 0
    }

    /// What was published last, for those that missed it.
    struct Published {
        let publication: Publication
        let version: PolicyVersion
    }

    /// A request that the pool has not answered yet.
    fileprivate struct Place {
        /// nil while it is between two servers.
        var member: Int?
        var isAborted = false
    }

    struct State {
        var members: [Member]
        var published: Published?
        fileprivate var homes = Homes()
        fileprivate var places: [String: Place] = [:]
    }

    public let name: String
    /// What all of them can do.
    public let capabilities: InferenceCapabilities
    let state: Mutex<State>
    /// A rollout leaves its server when that has more than this many requests more than the idlest.
    private let slack: Int
    private let report: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - servers: at least one.
    ///   - report: told when one is taken out or back.
    public init(
        _ servers: [any InferenceServer], slack: Int = 16, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        precondition(!servers.isEmpty, "a pool has at least one server")
        name = servers.map(\.name).joined(separator: ", ")
        capabilities = InferenceCapabilities.common(to: servers.map(\.capabilities)) ?? servers[0].capabilities
        state = Mutex(State(members: servers.map { Member(server: $0) }))
        self.slack = slack
        self.report = report
    }

    public var members: [Member] { state.withLock { $0.members } }

    /// - Throws: as `InferenceServer.generate`, when no server could answer; `WhetError` when none is left.
    public func generate(_ request: GenerationRequest) async throws -> Generation {
        let isNew = state.withLock { state in
            guard state.places[request.id] == nil else { return false }
            state.places[request.id] = Place()
            return true
        }
        guard isNew else { throw WhetError("a request of this id is already under way", at: request.id) }
        defer { state.withLock { _ = $0.places.removeValue(forKey: request.id) } }
        var tried: Set<Int> = []
        var lastError: (any Error)?
        while true {
            guard let (index, server) = try take(request, except: tried, after: lastError) else {
                return Generation(abortedBeforeStart: request)
            }
            tried.insert(index)
            do {
                defer { giveBack(index, request.id) }
                var generation = try await server.generate(request)
                generation.server = server.name
                // With nothing to keep, another server can begin at once.
                let isLost = generation.wasInterrupted && generation.tokens.isEmpty
                guard isLost, state.withLock({ $0.members[index].fault != nil }) else { return generation }
                lastError = nil
            } catch {
                if Task.isCancelled { throw error }
                guard try await isFault(error, of: server, index) else { throw error }
                lastError = error
            }
        }
    }

    public func abort(requestID: String) async throws {
        let server = state.withLock { state -> (any InferenceServer)? in
            state.places[requestID]?.isAborted = true
            return state.places[requestID]?.member.map { state.members[$0].server }
        }
        try await server?.abort(requestID: requestID)
    }

    public func abandon() { for member in members { member.server.abandon() } }

    /// Fails only if every server is out.
    public func health() async throws {
        await checkHealth()
        if members.allSatisfy({ $0.fault != nil }) { throw nobodyLeft() }
    }

    /// What all servers that are in have; nil if they differ.
    public func policyVersion() async throws -> PolicyVersion? {
        let servers = members.filter { $0.fault == nil }.map(\.server)
        var versions: Set<PolicyVersion?> = []
        for server in servers { versions.insert(try await server.policyVersion()) }
        return versions.count == 1 ? versions.first ?? nil : nil
    }

    /// Of the servers that are in and tell.
    public func load() async throws -> ServerLoad? {
        let servers = members.filter { $0.fault == nil }.map(\.server)
        return await withTaskGroup(of: ServerLoad?.self) { group in
            // One that does not answer just now is the business of its health.
            for server in servers { group.addTask { try? await server.load() } }
            return ServerLoad(await group.reduce(into: []) { loads, load in if let load { loads.append(load) } })
        }
    }
}

// MARK: Who gets what

extension ServerPool {
    /// - Returns: nil if the request was aborted.
    private func take(
        _ request: GenerationRequest, except tried: Set<Int>, after lastError: (any Error)?
    ) throws -> (Int, any InferenceServer)? {
        enum Choice { case aborted, nobody, server(Int, any InferenceServer) }
        let choice = state.withLock { state -> Choice in
            if state.places[request.id]?.isAborted == true { return .aborted }
            let idlest = state.members.indices
                .filter { state.members[$0].fault == nil && !tried.contains($0) }
                .min { state.members[$0].outstanding < state.members[$1].outstanding }
            guard var index = idlest else { return .nobody }
            if let affinity = request.affinity {
                if let home = state.homes[affinity], state.members[home].fault == nil, !tried.contains(home),
                    state.members[home].outstanding <= state.members[index].outstanding + slack
                {
                    index = home
                }
                state.homes[affinity] = index
            }
            state.members[index].outstanding += 1
            state.places[request.id]?.member = index
            return .server(index, state.members[index].server)
        }
        switch choice {
        case .aborted: return nil
        case .server(let index, let server): return (index, server)
        case .nobody:
            // With a server in, it is the request that none can answer.
            if let lastError, members.contains(where: { $0.fault == nil }) { throw lastError }
            throw nobodyLeft()
        }
    }

    private func giveBack(_ index: Int, _ requestID: String) {
        state.withLock { state in
            state.members[index].outstanding -= 1
            state.places[requestID]?.member = nil
        }
    }

    /// Whether an error is the server's fault, so that another may do better; takes out a server that is not well.
    private func isFault(_ error: any Error, of server: any InferenceServer, _ index: Int) async throws -> Bool {
        if error is UnknownWeights {
            takeOut(index, because: "\(error)")
            return true
        }
        guard let error = error as? HTTPError, error.reason.mayBeTheServers else { return false }
        switch error.reason {
        case .couldNotConnect, .untrusted: takeOut(index, because: error.reason.words)
        default:
            // One request that a server trips over says nothing of the others.
            do { try await server.health() } catch let illness {
                if Task.isCancelled { throw error }
                let words = (illness as? HTTPError)?.reason.words ?? "\(illness)"
                takeOut(index, because: "\(error.reason.words); asked for its health, \(words)")
            }
        }
        return true
    }

    /// - Returns: whether it was in.
    @discardableResult
    func takeOut(_ index: Int, because fault: String) -> Bool {
        let (server, wasIn) = state.withLock { state in
            let wasIn = state.members[index].fault == nil
            state.members[index].fault = fault
            return (state.members[index].server, wasIn)
        }
        guard wasIn else { return false }
        server.abandon()
        report(.takenOut(server: server.name, because: fault))
        return true
    }

    func tell(_ event: Event) { report(event) }

    func nobodyLeft() -> WhetError {
        let faults = members.map { "\($0.server.name): \($0.fault ?? "could not answer this request")" }
        let (published, hadAny) = state.withLock { ($0.published, $0.members.contains { $0.version != nil }) }
        let directory: URL? = if case .directory(let directory)? = published?.publication { directory } else { nil }
        return WhetError(
            "no inference server is left: \(faults.joined(separator: "; "))",
            expected: "at least one that runs and has the weights",
            remedy: directory != nil && !hadAny
                ? "see the server's own log; it has to be started with a model of the policy's shape and vocabulary, "
                    + "such as \(directory?.path ?? "")"
                : "start one again: it is taken back, and resumed runs go on")
    }
}

/// Which server a rollout was at last. Remembers as many as there may be in flight and forgets the longest unused.
fileprivate struct Homes {
    private static let capacity = 131_072
    private var young: [String: Int] = [:]
    private var old: [String: Int] = [:]

    subscript(affinity: String) -> Int? {
        get { young[affinity] ?? old[affinity] }
        set {
            if young.count >= Homes.capacity { (old, young) = (young, [:]) }
            young[affinity] = newValue
        }
    }
}

extension HTTPError.Reason {
    /// Whether the fault may be the server's, rather than the request's or ours.
    fileprivate var mayBeTheServers: Bool {
        switch self {
        case .couldNotConnect, .connectionCut, .idle, .invalidReply, .untrusted: true
        case .status(let response): response.status >= 500
        default: false
        }
    }
}
