import Foundation
import Synchronization
import WhetCore
import WhetHTTP

/// Several servers with the same policy, used as one.
///
/// A request goes to the server with the fewest under way; those of one rollout stay with one server, whose cache has
/// their beginning. A server that cannot be reached is taken out, and taken back by `checkHealth` once it has the
/// version that was published last.
///
/// Keeps: a server that is out, or whose version is not confirmed, gets no generation.
public final class ServerPool: Sendable {
    private struct Member {
        let server: any InferenceServer
        var outstanding = 0
        /// Why it is out, in words; nil while it is in.
        var fault: String?
    }

    private struct State {
        var members: [Member]
        var homes: [String: Int] = [:]
        var published: (directory: URL, version: PolicyVersion)?
        /// Where each request under way is.
        var places: [String: Int] = [:]
    }

    private let state: Mutex<State>
    /// A rollout leaves its server when that has more than this many requests more than the idlest.
    private let slack: Int

    public init(_ servers: [any InferenceServer], slack: Int = 16) {
        state = Mutex(State(members: servers.map { Member(server: $0) }))
        self.slack = slack
    }

    /// Each server with why it is out, or nil.
    public var members: [(server: any InferenceServer, outstanding: Int, fault: String?)] {
        state.withLock { $0.members.map { ($0.server, $0.outstanding, $0.fault) } }
    }

    /// - Parameter affinity: names the rollout; see `forget`.
    /// - Returns: what was generated, and by which server.
    /// - Throws: as `InferenceServer.generate`; `WhetError` when no server is left.
    public func generate(
        _ request: GenerationRequest, affinity: String
    ) async throws -> (generation: Generation, server: String) {
        while true {
            let (index, server) = try take(affinity, request.id)
            do {
                defer { giveBack(index, request.id) }
                return (try await server.generate(request), server.name)
            } catch let error as HTTPError where error.reason.meansServerIsGone {
                takeOut(index, because: error.reason.words)
            }
        }
    }

    /// Aborts a request on whichever server it is.
    public func abort(requestID: String) async throws {
        let server = state.withLock { state in state.places[requestID].map { state.members[$0].server } }
        try await server?.abort(requestID: requestID)
    }

    /// A rollout has ended: its server need not be remembered.
    public func forget(affinity: String) { state.withLock { _ = $0.homes.removeValue(forKey: affinity) } }

    /// Publishes to all servers at once. Those that fail are taken out.
    ///
    /// - Throws: `WhetError` when none took it up.
    public func publish(directory: URL, version: PolicyVersion) async throws {
        let members = state.withLock { state in
            state.published = (directory, version)
            return state.members.enumerated().filter { $0.element.fault == nil }.map { ($0.offset, $0.element.server) }
        }
        await withTaskGroup(of: Void.self) { group in
            for (index, server) in members {
                group.addTask {
                    do {
                        try await server.publish(directory: directory, version: version)
                    } catch {
                        self.takeOut(index, because: "version \(version) could not be published: \(error)")
                    }
                }
            }
        }
        try Task.checkCancellation()
        if state.withLock({ state in state.members.allSatisfy { $0.fault != nil } }) { throw nobodyLeft() }
    }

    /// Asks every server how it is; takes out those that are not well, and takes back those that are well again, after
    /// publishing to them what they missed.
    public func checkHealth() async {
        let (members, published) = state.withLock { ($0.members, $0.published) }
        await withTaskGroup(of: Void.self) { group in
            for (index, member) in members.enumerated() {
                group.addTask {
                    do {
                        try await member.server.health()
                        if member.fault != nil { try await self.takeBack(index, member.server, published) }
                    } catch {
                        guard !Task.isCancelled else { return }
                        self.takeOut(index, because: "\(error)")
                    }
                }
            }
        }
    }

    private func takeBack(
        _ index: Int, _ server: any InferenceServer, _ published: (directory: URL, version: PolicyVersion)?
    ) async throws {
        if let published, try await server.policyVersion() != published.version {
            try await server.publish(directory: published.directory, version: published.version)
        }
        state.withLock { state in
            // Something newer was published meanwhile: the next check catches it up.
            guard state.published?.version == published?.version else { return }
            state.members[index].fault = nil
        }
    }
}

// MARK: Who gets what

extension ServerPool {
    private func take(_ affinity: String, _ requestID: String) throws -> (Int, any InferenceServer) {
        let choice = state.withLock { state -> (Int, any InferenceServer)? in
            let idlest = state.members.indices
                .filter { state.members[$0].fault == nil }
                .min { state.members[$0].outstanding < state.members[$1].outstanding }
            guard var index = idlest else { return nil }
            if let home = state.homes[affinity], state.members[home].fault == nil,
                state.members[home].outstanding <= state.members[index].outstanding + slack
            {
                index = home
            }
            state.homes[affinity] = index
            state.members[index].outstanding += 1
            state.places[requestID] = index
            return (index, state.members[index].server)
        }
        guard let choice else { throw nobodyLeft() }
        return choice
    }

    private func giveBack(_ index: Int, _ requestID: String) {
        state.withLock { state in
            state.members[index].outstanding -= 1
            state.places[requestID] = nil
        }
    }

    private func takeOut(_ index: Int, because fault: String) {
        state.withLock { $0.members[index].fault = fault }
    }

    private func nobodyLeft() -> WhetError {
        let faults = members.map { "\($0.server.name): \($0.fault ?? "in use")" }
        return WhetError(
            faults.isEmpty
                ? "there is no inference server" : "no inference server is left: \(faults.joined(separator: "; "))",
            remedy: "see that at least one runs and has the weights")
    }
}

extension HTTPError.Reason {
    /// Whether the fault is the server's, rather than the request's or ours.
    fileprivate var meansServerIsGone: Bool {
        switch self {
        case .couldNotConnect, .connectionCut, .idle, .invalidReply, .untrusted: true
        case .status(let response): response.status >= 500
        default: false
        }
    }
}
