import WhetCore

/// How the collection of one batch went, for the store and the screen.
struct SchedulingMetrics: Sendable {
    /// Why sampled tokens will never be trained on.
    enum Waste: String, CaseIterable {
        case failed
        /// Too old: the rollout begins again from its prompt.
        case restarted
        /// Too old, or interrupted too often: given up with its group.
        case dropped
    }

    var refills = 0
    /// When the batch was asked for; nil while nobody waits for one.
    private(set) var begunAt: ContinuousClock.Instant?
    private(set) var lastEndAt: ContinuousClock.Instant?
    /// Since when slots are free with nothing to put into them.
    private var tailSince: ContinuousClock.Instant?
    private var abortSeconds: [Double] = []
    private var resumed = 0
    private var played = 0
    private var resumes: [Double] = []
    private var ages: [Double] = []
    private var ownLengths: [Double] = []
    private var olderLengths: [Double] = []
    private var wastedTokens: [Waste: Int] = [:]
    private var depth = (ready: 0, interrupted: 0, inFlight: 0)

    mutating func batchBegins(at now: ContinuousClock.Instant) { begunAt = now }

    mutating func ended(_ rollout: Rollout, _ flight: RolloutDispatcher.Flight?, at now: ContinuousClock.Instant) {
        lastEndAt = now
        guard let flight else { return }
        played += 1
        if flight.tokens > 0 { resumed += 1 }
        if let abortedAt = flight.abortedAt { abortSeconds.append((now - abortedAt) / .seconds(1)) }
        if rollout.status == .failed { wasted(rollout, .failed) }
    }

    /// Tokens that are never trained on.
    mutating func wasted(_ rollout: Rollout?, _ reason: Waste) {
        wastedTokens[reason, default: 0] += rollout?.policyTokenCount ?? 0
    }

    /// - Parameter age: batches that were handed over between the group's opening and this one.
    mutating func delivered(_ rollouts: [Rollout], age: Int) {
        ages.append(Double(age))
        resumes += rollouts.map { Double($0.resumes) }
        let lengths = rollouts.map { Double($0.policyTokenCount) }
        if age == 0 { ownLengths += lengths } else { olderLengths += lengths }
    }

    mutating func observe(_ scheduler: Scheduler, at now: ContinuousClock.Instant) {
        depth = (scheduler.readyCount, scheduler.interruptedCount, scheduler.inFlightCount)
        if scheduler.hasNothingToStart { tailSince = tailSince ?? now } else { tailSince = nil }
    }

    /// The metrics of the batch that is handed over; counting begins anew.
    mutating func batchEnds(at now: ContinuousClock.Instant) -> [String: Double] {
        var metrics: [String: Double] = [
            "schedule/refills": Double(refills), "schedule/ready_groups": Double(depth.ready),
            "schedule/interrupted_rollouts": Double(depth.interrupted), "schedule/in_flight": Double(depth.inFlight),
            "schedule/resumed_plays": Double(resumed), "schedule/plays": Double(played),
            "schedule/resumes_mean": resumes.mean, "schedule/resumes_max": resumes.max() ?? 0,
            "schedule/group_age_mean": ages.mean, "schedule/group_age_max": ages.max() ?? 0,
        ]
        for reason in Waste.allCases {
            metrics["schedule/\(reason.rawValue)_tokens"] = Double(wastedTokens[reason] ?? 0)
        }
        if !ownLengths.isEmpty { metrics["schedule/length_own_step"] = ownLengths.mean }
        if !olderLengths.isEmpty { metrics["schedule/length_earlier_steps"] = olderLengths.mean }
        if !abortSeconds.isEmpty {
            metrics["schedule/abort_seconds_mean"] = abortSeconds.mean
            metrics["schedule/abort_seconds_max"] = abortSeconds.max()
        }
        if let begunAt {
            metrics["time/wait_for_batch_seconds"] = (now - begunAt) / .seconds(1)
            metrics["time/wait_for_slowest_seconds"] = tailSince.map { (now - max($0, begunAt)) / .seconds(1) } ?? 0
        }
        self = SchedulingMetrics()
        return metrics
    }
}
