import WhetCore

/// Plays many episodes at once, a bounded number in flight.
///
/// Keeps: results come in the order of the plans, whatever order the replies came in; at most `concurrency` requests
/// are in flight; when one play is cancelled, all are, and none goes on behind the caller's back.
public struct Orchestrator: Sendable {
    let player: EpisodePlayer
    let concurrency: Int

    public init(player: EpisodePlayer, concurrency: Int) {
        precondition(concurrency > 0, "somebody has to be in flight")
        self.player = player
        self.concurrency = concurrency
    }

    /// - Parameters:
    ///   - version: what every reply must carry; nil takes any.
    ///   - finished: called with each rollout as it ends, in the order of their ends.
    /// - Returns: a rollout a plan, in the plans' order.
    /// - Throws: `CancellationError`, or what `finished` throws.
    public func play(
        _ plans: [RolloutPlan], limits: EpisodeLimits, version: PolicyVersion?,
        finished: (Rollout) async throws -> Void = { _ in }
    ) async throws -> [Rollout] {
        var rollouts = [Rollout?](repeating: nil, count: plans.count)
        try await withThrowingTaskGroup(of: (Int, Rollout).self) { group in
            var next = 0
            func start() {
                guard next < plans.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await player.play(plans[index], limits: limits, version: version)) }
            }
            for _ in 0..<concurrency { start() }
            while let (index, rollout) = try await group.next() {
                start()
                rollouts[index] = rollout
                try await finished(rollout)
            }
        }
        return rollouts.compactMap { $0 }
    }
}
