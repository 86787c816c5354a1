import WhetCore

extension RolloutDispatcher {
    /// What a batch that does not come waits for.
    public struct Stall: Sendable {
        /// Since the last rollout ended, or the batch was asked for.
        public let quietSeconds: Double
        /// Since the batch was asked for.
        public let batchSeconds: Double
        /// For a person: how far the batch is, and which rollouts have been under way for longest.
        public let words: String
    }

    /// Nil while nobody waits for a batch.
    public var stall: Stall? {
        guard let begunAt = metrics.begunAt else { return nil }
        let now = clock.now
        let quietSince = max(begunAt, metrics.lastEndAt ?? begunAt)
        let oldest = episodes.sorted { ($0.value.startedAt, $0.key) < ($1.value.startedAt, $1.key) }.prefix(3)
        let waiting = oldest.map { member, flight in
            let seconds = Int((now - flight.startedAt) / .seconds(1))
            return "\(RolloutID(group: GroupID(member.group), member: member.index)) for \(seconds) s"
                + " (\(flight.episode.whereabouts))"
        }
        let words =
            "\(scheduler.readyCount) of \(scheduler.settings.groupsPerStep) groups are complete, "
            + "\(scheduler.inFlightCount) rollouts in flight, \(scheduler.openGroups) groups open"
            + (waiting.isEmpty ? "" : "; longest under way: \(waiting.joined(separator: ", "))")
        return Stall(
            quietSeconds: (now - quietSince) / .seconds(1), batchSeconds: (now - begunAt) / .seconds(1), words: words)
    }
}
