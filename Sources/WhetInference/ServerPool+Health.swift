import Foundation
import WhetCore
import WhetHTTP

/// Weights and health of a pool's servers.
///
/// Keeps: a server is taken back only once it has said that it has the version that was published last.
extension ServerPool {
    /// Checks each server's health again and again, until the task is cancelled: one that takes long, because it is
    /// sick or gets weights that it missed, holds up the checks of no other.
    public func run(every interval: Duration = .seconds(5)) async {
        await withTaskGroup(of: Void.self) { group in
            for index in members.indices {
                group.addTask {
                    while !Task.isCancelled {
                        do { try await Task.sleep(for: interval) } catch { return }
                        await self.check(index)
                    }
                }
            }
        }
    }

    /// Runs `body` while the servers are looked after.
    public func running<Result: Sendable>(
        checkingEvery interval: Duration = .seconds(5), _ body: @escaping @Sendable (ServerPool) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                await self.run(every: interval)
                return nil
            }
            group.addTask { try await body(self) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Publishes to all servers at once. Those that fail are taken out.
    ///
    /// - Throws: `WhetError` when none took it up.
    public func publish(directory: URL, version: PolicyVersion) async throws {
        try await publish(Published(publication: .directory(directory), version: version))
    }

    public func publish(adapter: URL, version: PolicyVersion) async throws {
        try await publish(Published(publication: .adapter(adapter), version: version))
    }

    public func publish(remote: RemotePolicy, version: PolicyVersion) async throws {
        try await publish(Published(publication: .remote(remote), version: version))
    }

    private func publish(_ published: Published) async throws {
        let indices = state.withLock { state in
            state.published = published
            return state.members.indices.filter { state.members[$0].fault == nil }
        }
        await withTaskGroup(of: Void.self) { group in
            for index in indices {
                group.addTask {
                    do { try await self.publish(published, to: index) } catch {
                        guard !Task.isCancelled else { return }
                        self.takeOut(index, because: self.words(of: error, from: index, about: published))
                    }
                }
            }
        }
        try Task.checkCancellation()
        if members.allSatisfy({ $0.fault != nil }) { throw nobodyLeft() }
    }

    /// The first line of what went wrong: what to do stands below the whole.
    static func sentence(of error: any Error, within place: String) -> String {
        (error as? WhetError)?.sentence(within: place) ?? "\("\(error)".prefix { !$0.isNewline })"
    }

    private func words(of error: any Error, from index: Int, about published: Published) -> String {
        "version \(published.version) could not be published: "
            + ServerPool.sentence(of: error, within: members[index].server.name)
    }

    private func publish(_ published: Published, to index: Int) async throws {
        let server = state.withLock { state in
            state.members[index].isPublishing = true
            return state.members[index].server
        }
        defer { state.withLock { $0.members[index].isPublishing = false } }
        try await server.publish(published.publication, version: published.version)
        state.withLock { $0.members[index].version = published.version }
    }

    /// Asks every server how it is and which weights it has; takes out those that are not well or have others, and
    /// takes back those that are well again, after publishing to them what they missed.
    func checkHealth() async {
        await withTaskGroup(of: Void.self) { group in
            for index in members.indices { group.addTask { await self.check(index) } }
        }
    }

    private func check(_ index: Int) async {
        let (member, published) = state.withLock { ($0.members[index], $0.published) }
        do {
            try await member.server.health()
            state.withLock { $0.members[index].failedChecks = 0 }
            if member.fault != nil { return try await takeBack(index, published) }
            try await checkVersion(index)
        } catch {
            guard !Task.isCancelled else { return }
            let isUnreachable = if case .couldNotConnect? = (error as? HTTPError)?.reason { true } else { false }
            let failedChecks = state.withLock { state in
                state.members[index].failedChecks += 1
                return state.members[index].failedChecks
            }
            // A server under load may miss one; nobody listening is an answer.
            if member.fault != nil || isUnreachable || failedChecks >= 2 {
                takeOut(index, because: ServerPool.sentence(of: error, within: member.server.name))
            }
        }
    }

    /// A server that was started again between two checks is well, and has the weights that it was started with.
    private func checkVersion(_ index: Int) async throws {
        let before = state.withLock { $0.members[index] }
        guard let version = before.version, !before.isPublishing, before.server.capabilities.version != .never else {
            return
        }
        let reported = try await before.server.policyVersion()
        let isSettled = state.withLock { state in
            !state.members[index].isPublishing && state.members[index].version == version
        }
        guard isSettled, reported != version else { return }
        let words = reported.map { "version \($0)" } ?? "none of ours"
        takeOut(
            index, because: "it has \(words), and not version \(version): it was started again, or somebody changed it")
        try await takeBack(index, state.withLock { $0.published })
    }

    private func takeBack(_ index: Int, _ published: Published?) async throws {
        let server = state.withLock { $0.members[index].server }
        if let published { try await publish(published, to: index) }
        let isBack = state.withLock { state in
            // Something newer was published meanwhile: the next check catches it up.
            guard state.published?.version == published?.version, state.members[index].fault != nil else {
                return false
            }
            state.members[index].fault = nil
            return true
        }
        if isBack { tell(.takenBack(server: server.name)) }
    }
}
