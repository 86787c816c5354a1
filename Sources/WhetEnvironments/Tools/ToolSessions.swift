import Synchronization
import WhetCore

/// One turn in which a policy called tools, and what it was told.
struct ToolTurn: Hashable, Sendable {
    /// The policy's words.
    let words: String
    /// What it was answered, message by message.
    let replies: [String]
}

/// What a rollout's tools have been through: enough to know their state by.
///
/// Two rollouts of one task that said and were told the same are in the same state, so neither has to be told apart
/// from the other.
struct ToolHistory: Hashable, Sendable {
    let task: PracticeTask
    var turns: [ToolTurn] = []
}

/// The sessions of tool sets that remember, for many rollouts at a time.
///
/// Keeps: a session is used by one rollout at a time; there are never more than `capacity`; where there would be, the
/// one that has waited longest is ended, because its rollout was most likely given up.
actor ToolSessions {
    /// One rollout's sessions, by the place of their tool set.
    typealias Sessions = [Int: any ToolSession]

    private struct Idle {
        let sessions: Sessions
        let since: Int
    }

    private let turnstile: Turnstile
    private let capacity: Int
    private var idle: [ToolHistory: [Idle]] = [:]
    private var idleCount = 0
    private var busyCount = 0
    private var clock = 0
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        turnstile = Turnstile(places: max(1, capacity))
    }

    /// How many there are.
    var count: Int { idleCount + busyCount }

    /// Lends the sessions of this history, none where there are none, and keeps what is open afterwards for the history
    /// that `body` names; where it names none, they end. What fails leaves nothing: nobody knows what its sessions are in the middle of.
    func use<Value: Sendable>(
        _ history: ToolHistory, _ body: @Sendable (OpenToolSessions) async throws -> (Value, ToolHistory?)
    ) async throws -> Value {
        try await turnstile.pass {
            let open = OpenToolSessions(await self.take(history))
            do {
                let (value, next) = try await body(open)
                if let next { await self.put(open.sessions, next) } else { await self.drop(open.sessions) }
                return value
            } catch {
                await self.drop(open.sessions)
                throw error
            }
        }
    }

    /// Ends the sessions of this history, if there are any.
    func end(_ history: ToolHistory) async {
        guard idle[history] != nil else { return }
        await drop(take(history) ?? [:])
    }

    /// Ends all that nobody uses; those in use end when they come back.
    func close() async {
        isClosed = true
        let all = idle.values.flatMap { $0.flatMap { Array($0.sessions.values) } }
        (idle, idleCount) = ([:], 0)
        for session in all { await session.close() }
    }

    private func take(_ history: ToolHistory) async -> Sessions? {
        busyCount += 1
        while var waiting = idle[history] {
            let last = waiting.removeLast()
            idle[history] = waiting.isEmpty ? nil : waiting
            idleCount -= 1
            if last.sessions.values.allSatisfy(\.isOpen) { return last.sessions }
            for session in last.sessions.values { await session.close() }
        }
        while idleCount + busyCount > capacity, let oldest = removeOldest() {
            for session in oldest.values { await session.close() }
        }
        return nil
    }

    private func put(_ sessions: Sessions, _ history: ToolHistory) async {
        busyCount -= 1
        guard !isClosed, !sessions.isEmpty else {
            for session in sessions.values { await session.close() }
            return
        }
        clock += 1
        idle[history, default: []].append(Idle(sessions: sessions, since: clock))
        idleCount += 1
    }

    private func drop(_ sessions: Sessions) async {
        for session in sessions.values { await session.close() }
        busyCount -= 1
    }

    private func removeOldest() -> Sessions? {
        let oldest = idle.min { ($0.value.first?.since ?? .max) < ($1.value.first?.since ?? .max) }
        guard let history = oldest?.key, var waiting = oldest?.value else { return nil }
        let sessions = waiting.removeFirst().sessions
        idle[history] = waiting.isEmpty ? nil : waiting
        idleCount -= 1
        return sessions
    }
}

/// The sessions that one rollout has open.
final class OpenToolSessions: Sendable {
    private let state: Mutex<ToolSessions.Sessions>
    /// Whether none was there: a rollout's first turn, or one whose sessions are gone.
    let isNew: Bool

    init(_ sessions: ToolSessions.Sessions?) {
        state = Mutex(sessions ?? [:])
        isNew = sessions == nil
    }

    var sessions: ToolSessions.Sessions { state.withLock { $0 } }

    /// The session of this tool set, begun if there is none. Called by one task at a time for each set.
    func session(_ index: Int, _ begin: () async throws -> any ToolSession) async throws -> any ToolSession {
        if let session = state.withLock({ $0[index] }) { return session }
        let session = try await begin()
        state.withLock { $0[index] = session }
        return session
    }
}
