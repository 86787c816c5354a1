import WhetCore

/// Plays episodes on a bounded number of sessions.
///
/// Keeps: an episode that was played so far goes on where it is, if its session is still there; if not, it is played
/// again from reset on another. Which of both was the case shows only in the time it takes, provided that the server
/// does the same when it is asked the same; the caller compares what it is told.
actor OpenEnvSessions {
    private struct Live {
        let session: any OpenEnvSession
        let server: Int
        var plan: OpenEnvPlan?
        var episode: OpenEnvEpisode?
    }

    private let open: @Sendable (_ server: Int) throws -> any OpenEnvSession
    private let capacity: Int
    private let turnstile: Turnstile
    /// How many sessions each server has.
    private var counts: [Int]
    /// Those that nobody plays on, the one that waits longest first.
    private var idle: [Live] = []
    /// Episodes that are over, the oldest first: their rewards will be asked for.
    private var finished: [(plan: OpenEnvPlan, episode: OpenEnvEpisode)] = []
    private static let maximumFinished = 512

    init(servers: Int, sessionsPerServer: Int, open: @escaping @Sendable (_ server: Int) throws -> any OpenEnvSession) {
        self.open = open
        capacity = servers * sessionsPerServer
        turnstile = Turnstile(places: capacity)
        counts = Array(repeating: 0, count: servers)
    }

    isolated deinit { close() }

    /// The episode after all of the plan's actions, or up to where it was done.
    ///
    /// - Throws: `WhetError` when a server fails.
    func play(_ plan: OpenEnvPlan) async throws -> OpenEnvEpisode {
        if let known = finished.last(where: { $0.plan == plan }) { return known.episode }
        return try await turnstile.pass { try await playOnSession(plan) }
    }

    /// Closes all sessions that nobody plays on.
    func close() {
        for live in idle {
            live.session.close()
            counts[live.server] -= 1
        }
        idle = []
    }

    private func playOnSession(_ plan: OpenEnvPlan) async throws -> OpenEnvEpisode {
        while true {
            var (live, isFresh) = try takeIdle(playing: plan).map { ($0, false) } ?? takeAny()
            do {
                return try await play(plan, on: &live)
            } catch let lost as OpenEnvSessionLost {
                try Task.checkCancellation()
                // One that waited may have been forgotten by its server: that is no failure of the episode.
                if isFresh { throw lost.error }
            }
        }
    }

    /// The one that has played the most of it.
    private func takeIdle(playing plan: OpenEnvPlan) -> Live? {
        for count in stride(from: plan.actions.count, through: 0, by: -1) {
            let wanted = plan.prefix(count)
            if let place = idle.lastIndex(where: { $0.plan == wanted }) { return idle.remove(at: place) }
        }
        return nil
    }

    /// A new one, while there may be more; one that nobody plays on otherwise.
    private func takeAny() throws -> (Live, isFresh: Bool) {
        if let place = idle.firstIndex(where: { $0.plan == nil }) { return (idle.remove(at: place), false) }
        if counts.reduce(0, +) < capacity, let server = counts.indices.min(by: { counts[$0] < counts[$1] }) {
            counts[server] += 1
            do {
                return (Live(session: try open(server), server: server), true)
            } catch {
                counts[server] -= 1
                throw error
            }
        }
        // The turnstile lets in no more than there are sessions, so one is idle; its episode will be played again.
        var live = idle.removeFirst()
        (live.plan, live.episode) = (nil, nil)
        return (live, false)
    }

    private func play(_ plan: OpenEnvPlan, on live: inout Live) async throws -> OpenEnvEpisode {
        do {
            var episode: OpenEnvEpisode
            if let known = live.episode {
                episode = known
            } else {
                episode = OpenEnvEpisode(opening: try await live.session.reset(plan.reset))
            }
            for action in plan.actions.dropFirst(episode.steps.count) where !episode.isDone {
                episode.steps.append(try await live.session.step(action))
            }
            if episode.isDone {
                (live.plan, live.episode) = (nil, nil)
                if finished.count >= Self.maximumFinished { finished.removeFirst() }
                finished.append((plan, episode))
            } else {
                (live.plan, live.episode) = (plan, episode)
            }
            idle.append(live)
            return episode
        } catch {
            // Nobody knows what it is in the middle of.
            live.session.close()
            counts[live.server] -= 1
            throw error
        }
    }
}
