import WhetCore
import WhetRollouts

/// How many decisions a second the scheduler itself takes, with rollouts that end in random order and take no time.
struct SchedulerSpeed {
    let mode: any SchedulingMode
    let slots: Int

    /// Of one core, in wall time.
    struct Figures {
        /// Opened, started, aborted, delivered, published.
        var decisionsPerSecond: Double
        /// Rollouts that ended, for good or to go on later, with all that followed from it.
        var endsPerSecond: Double
    }

    /// - Parameter ends: how many ends of rollouts are timed.
    func figures(ends: Int, seed: UInt64) -> Figures {
        var play = Play(mode: mode, slots: slots, seed: seed)
        let clock = ContinuousClock()
        let elapsed = clock.measure { play.run(ends: ends) } / .seconds(1)
        return Figures(
            decisionsPerSecond: Double(play.decisions) / elapsed, endsPerSecond: Double(play.ends) / elapsed)
    }

    private struct Play {
        var scheduler: Scheduler
        var random: RandomStream
        var inFlight: [Scheduler.Member] = []
        var aborted: [Scheduler.Member] = []
        var next = 0
        var version = 0
        var decisions = 0
        var ends = 0
        var isTraining = false
        var isPublishing = false

        init(mode: any SchedulingMode, slots: Int, seed: UInt64) {
            let groups = max(1, slots / 16)
            scheduler = Scheduler(.init(mode: mode, groupsPerStep: groups, groupSize: 8, slots: slots))
            random = RandomStream(seed: seed, purpose: "scheduler speed")
            inFlight.reserveCapacity(slots)
        }

        mutating func run(ends count: Int) {
            scheduler.demand()
            carryOut()
            while ends < count {
                if let member = aborted.popLast() {
                    ended(member, .interrupted)
                } else if isPublishing {
                    publish()
                } else if isTraining {
                    isTraining = false
                    scheduler.preparePublication()
                    carryOut()
                } else if !inFlight.isEmpty {
                    let index = Int(random.next() % UInt64(inFlight.count))
                    inFlight.swapAt(index, inFlight.count - 1)
                    ended(inFlight.removeLast(), .finished)
                }
            }
        }

        private mutating func publish() {
            isPublishing = false
            version += 1
            scheduler.published(version)
            scheduler.demand()
            carryOut()
        }

        private mutating func ended(_ member: Scheduler.Member, _ end: Scheduler.End) {
            ends += 1
            scheduler.ended(member, end, oldest: version)
            if end == .finished { for number in scheduler.awaitingJudgment { scheduler.judged(number, isKept: true) } }
            carryOut()
        }

        private mutating func carryOut() {
            var actions = scheduler.nextActions()
            while !actions.isEmpty {
                decisions += actions.count
                for action in actions {
                    switch action {
                    case .open(let count):
                        for _ in 0..<count {
                            scheduler.opened(next)
                            next += 1
                        }
                    case .start(let member): inFlight.append(member)
                    case .abort(let member): aborted.append(member)
                    case .deliver: isTraining = true
                    case .publish: isPublishing = true
                    case .restart, .drop: break
                    }
                }
                actions = scheduler.nextActions()
            }
            // Everything in flight is aborted at once, or nothing is.
            if !aborted.isEmpty, aborted.count == scheduler.inFlightCount { inFlight.removeAll(keepingCapacity: true) }
        }
    }
}
