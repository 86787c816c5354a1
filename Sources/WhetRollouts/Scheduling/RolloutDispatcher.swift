import Foundation
import WhetCore
import WhetEnvironments

/// Plays what a `Scheduler` decides: the one actor that owns the state of a run's collection.
///
/// Keeps:
/// - every play is a child of `run`: it ends, or is cancelled, before `run` returns;
/// - a rollout is recorded before anything else learns of it, interrupted ones included;
/// - what failed to be drawn, recorded or judged fails `batch` and `publish`, never a rollout.
///
///     async let running: Void = dispatcher.run()
///     let batch = try await dispatcher.batch()
///     …
///     await dispatcher.close()
///     try await running
public actor RolloutDispatcher {
    struct OpenGroup {
        let drawn: DrawnGroup
        /// Batches that were handed over when it was opened: its cohort.
        let cohort: Int
        var rollouts: [Rollout?]
    }

    let player: EpisodePlayer
    let limits: EpisodeLimits
    let source: Source
    let clock = ContinuousClock()
    var scheduler: Scheduler
    var next: Int
    var groups: [Int: OpenGroup] = [:]
    /// Numbers that are being drawn: theirs already, and not open yet.
    private var drawing: Set<Int> = []
    var episodes: [Scheduler.Member: Flight] = [:]
    /// Filtered since the last batch.
    var filtered: [PlayedGroup] = []
    var metrics = SchedulingMetrics()
    private var work: AsyncStream<Work>.Continuation?
    private var batchWaiter: CheckedContinuation<PlayedBatch, any Error>?
    private var publicationWaiter: CheckedContinuation<Void, any Error>?
    private var idleWaiter: CheckedContinuation<Void, Never>?
    /// How often a rollout was aborted in a row without anybody having asked for it or a token having come.
    private var unasked: [Scheduler.Member: Int] = [:]
    private var failure: (any Error)?
    private var isClosed = false

    struct Flight {
        let episode: Episode
        let startedAt: ContinuousClock.Instant
        let tokens: Int
        var abortedAt: ContinuousClock.Instant?
    }

    private enum Work: Sendable {
        case play(Scheduler.Member, Episode, PolicyVersion?)
        case interrupt(Episode)
        case draw(Range<Int>)
        case leaveOut([RolloutID], reason: String)
        case discard([RolloutID])
    }

    /// - Parameters:
    ///   - version: of the weights on the servers.
    ///   - delivered: batches that were handed over before this start.
    ///   - next: the number of the next group to draw.
    ///   - unfinished: groups that an earlier start opened and did not hand over.
    public init(
        player: EpisodePlayer, limits: EpisodeLimits, settings: Scheduler.Settings, source: Source, version: Int = 0,
        delivered: Int = 0, next: Int = 0, unfinished: [DrawnGroup] = []
    ) {
        self.player = player
        self.limits = limits
        self.source = source
        self.next = next
        scheduler = Scheduler(settings, version: version, delivered: delivered)
        for group in unfinished.sorted(by: { $0.number < $1.number }) {
            groups[group.number] = Self.open(player.withoutLost(group), cohort: delivered, in: &scheduler)
        }
    }

    private static func open(_ drawn: DrawnGroup, cohort: Int, in scheduler: inout Scheduler) -> OpenGroup {
        let members = drawn.plans.indices.map { place in
            drawn.known[place].map { rollout in
                let isFinal = rollout.status.isFinal
                return Scheduler.Known(
                    end: isFinal ? .finished : .interrupted, oldest: rollout.oldestVersion,
                    resumes: rollout.resumes)
            }
        }
        scheduler.opened(drawn.number, members: members)
        return OpenGroup(drawn: drawn, cohort: cohort, rollouts: drawn.plans.indices.map { drawn.known[$0] })
    }

    // MARK: For the training loop

    /// Plays until `close`, or until something fails.
    ///
    /// - Throws: `CancellationError`; what drawing, recording or judging threw.
    public func run() async throws {
        // Whoever had nothing to play may have closed before this began.
        if isClosed { return }
        if let failure { throw failure }
        let (stream, continuation) = AsyncStream.makeStream(of: Work.self)
        work = continuation
        judge()
        advance()
        do {
            try await withThrowingDiscardingTaskGroup { group in
                for await work in stream {
                    group.addTask {
                        do { try await self.perform(work) } catch {
                            // Ends the loop above, which would wait for more work for ever.
                            await self.end(error)
                            throw error
                        }
                    }
                }
                try Task.checkCancellation()
            }
            end(CancellationError())
        } catch {
            end(error)
            throw error
        }
    }

    /// The next batch, once it is complete: its groups by number, and those filtered since the last one.
    ///
    /// - Throws: what drawing, recording or judging threw.
    public func batch() async throws -> PlayedBatch {
        try checkFailure()
        scheduler.demand()
        metrics.batchBegins(at: clock.now)
        return try await withCheckedThrowingContinuation { continuation in
            batchWaiter = continuation
            advance()
        }
    }

    /// The trainer works on a batch that an earlier start handed over: what is played beside it is played again.
    public func playAhead() {
        scheduler.playAhead()
        advance()
    }

    /// Publishes new weights as soon as the mode allows, and plays on under them.
    ///
    /// - Throws: what `body` throws.
    public func publish(_ version: PolicyVersion, _ body: () async throws -> Void) async throws {
        try checkFailure()
        scheduler.preparePublication()
        try await withCheckedThrowingContinuation { continuation in
            publicationWaiter = continuation
            advance()
        }
        try await body()
        scheduler.published(version.number)
        advance()
    }

    /// Interrupts what is in flight, has it recorded, and lets `run` return.
    public func close() async {
        guard failure == nil, !isClosed else { return }
        scheduler.close()
        advance()
        if scheduler.inFlightCount > 0 { await withCheckedContinuation { idleWaiter = $0 } }
        isClosed = true
        work?.finish()
    }

    /// Ends the collection: who waits for a batch or a publication gets the error.
    public func fail(_ error: any Error) { end(error) }

    /// From now on so many rollouts may be in flight.
    public func allow(slots: Int) {
        scheduler.allow(slots: slots)
        advance()
    }

    /// Where the drawing of groups stands.
    public var position: Position {
        let numbers = drawing.union(scheduler.outstanding).sorted()
        return Position(next: next, open: numbers.map { .init(number: $0, prompt: groups[$0]?.drawn.prompt) })
    }

    private func checkFailure() throws {
        if let failure { throw failure }
        if isClosed { throw WhetError("the collection of rollouts is closed already") }
    }

    private func end(_ error: any Error) {
        failure = failure ?? error
        work?.finish()
        batchWaiter?.resume(throwing: error)
        publicationWaiter?.resume(throwing: error)
        idleWaiter?.resume()
        (batchWaiter, publicationWaiter, idleWaiter) = (nil, nil, nil)
    }

    // MARK: Carrying out decisions

    private func perform(_ work: Work) async throws {
        switch work {
        case .play(let member, let episode, let version):
            let rollout = settled(try await player.play(episode, limits: limits, version: version), member)
            try await source.record(rollout)
            ended(member, rollout)
        case .leaveOut(let rollouts, let reason): try await source.markFiltered(rollouts, reason)
        case .interrupt(let episode): await player.interrupt(episode)
        case .discard(let rollouts): await player.discard(rollouts)
        case .draw(let numbers):
            let drawn = try await source.draw(numbers)
            precondition(drawn.map(\.number) == Array(numbers), "the source drew other groups than it was asked for")
            drawing.subtract(numbers)
            for group in drawn {
                groups[group.number] = Self.open(
                    player.withoutLost(group), cohort: scheduler.delivered, in: &scheduler)
            }
            judge()
            advance()
        }
    }

    /// A rollout that ends again and again without anybody having asked for it, and without a token more, has failed.
    private func settled(_ rollout: Rollout, _ member: Scheduler.Member) -> Rollout {
        guard rollout.status == .aborted, let flight = episodes[member], !flight.episode.isStopRequested,
            rollout.policyTokenCount == flight.tokens
        else {
            unasked[member] = nil
            return rollout
        }
        let count = unasked[member, default: 0] + 1
        unasked[member] = count
        guard count >= 5 else { return rollout }
        var failed = rollout
        failed.status = .failed
        failed.reason = "the server aborted it \(count) times in a row, unasked and without a token"
        return failed
    }

    private func ended(_ member: Scheduler.Member, _ rollout: Rollout) {
        let flight = episodes.removeValue(forKey: member)
        metrics.ended(rollout, flight, at: clock.now)
        if groups[member.group] == nil {
            // Its group was dropped meanwhile.
            if rollout.status != .failed { metrics.wasted(rollout, .dropped) }
            if rollout.status == .aborted { work?.yield(.discard([rollout.id])) }
        }
        groups[member.group]?.rollouts[member.index] = rollout
        scheduler.ended(
            member, rollout.status == .aborted ? .interrupted : .finished, oldest: rollout.oldestVersion)
        judge()
        advance()
    }

    /// Decides about groups that are complete.
    private func judge() {
        for number in scheduler.awaitingJudgment {
            guard let group = groups[number] else { continue }
            let rollouts = group.rollouts.compactMap { $0 }
            let refusal = source.refusal(rollouts)
            scheduler.judged(number, isKept: refusal == nil)
            guard let refusal else { continue }
            groups[number] = nil
            metrics.refills += 1
            filtered.append(PlayedGroup(number: number, prompt: group.drawn.prompt, isKept: false, rollouts: rollouts))
            leaveOut(rollouts, because: refusal)
        }
    }

    private func leaveOut(_ rollouts: [Rollout], because reason: String) {
        let scored = rollouts.filter { $0.score != nil && $0.status != .filtered }.map(\.id)
        if !scored.isEmpty { work?.yield(.leaveOut(scored, reason: reason)) }
    }

    private func advance() {
        guard work != nil, failure == nil else { return }
        let actions = scheduler.nextActions()
        // Before a batch is handed over, which tells what was left beside it.
        metrics.observe(scheduler, at: clock.now)
        for action in actions { carryOut(action) }
        if scheduler.inFlightCount == 0, let waiter = idleWaiter {
            idleWaiter = nil
            waiter.resume()
        }
    }

    private func carryOut(_ action: Scheduler.Action) {
        switch action {
        case .open(let count):
            drawing.formUnion(next..<next + count)
            work?.yield(.draw(next..<next + count))
            next += count
        case .start(let member): start(member)
        case .restart(let member, _):
            metrics.wasted(groups[member.group]?.rollouts[member.index], .restarted)
            groups[member.group]?.rollouts[member.index] = nil
        case .abort(let member):
            guard var flight = episodes[member] else { return }
            flight.abortedAt = clock.now
            episodes[member] = flight
            work?.yield(.interrupt(flight.episode))
        case .drop(let number, let reason): drop(number, because: reason)
        case .deliver(let numbers): deliver(numbers)
        case .publish:
            publicationWaiter?.resume()
            publicationWaiter = nil
        }
    }

    private func start(_ member: Scheduler.Member) {
        guard let group = groups[member.group] else { return }
        let plan = group.drawn.plans[member.index]
        let episode: Episode
        if let left = group.rollouts[member.index], left.status == .aborted {
            episode = Episode(plan: plan, resuming: left)
        } else {
            episode = Episode(plan: plan)
        }
        episodes[member] = Flight(
            episode: episode, startedAt: clock.now, tokens: episode.trajectory.policyTokenCount)
        work?.yield(.play(member, episode, PolicyVersion(scheduler.version)))
    }

    private func drop(_ number: Int, because reason: String) {
        guard let group = groups.removeValue(forKey: number) else { return }
        let rollouts = group.rollouts.compactMap { $0 }
        for rollout in rollouts where rollout.status != .failed { metrics.wasted(rollout, .dropped) }
        let played = PlayedGroup(number: number, prompt: group.drawn.prompt, isKept: false, rollouts: rollouts)
        filtered.append(played)
        leaveOut(rollouts, because: reason)
        let interrupted = rollouts.filter { $0.status == .aborted }.map(\.id)
        if !interrupted.isEmpty { work?.yield(.discard(interrupted)) }
    }

    private func deliver(_ numbers: [Int]) {
        let batch = numbers.compactMap { number -> PlayedGroup? in
            guard let group = groups.removeValue(forKey: number) else { return nil }
            let rollouts = group.rollouts.compactMap { $0 }
            metrics.delivered(rollouts, age: scheduler.delivered - 1 - group.cohort)
            return PlayedGroup(number: number, prompt: group.drawn.prompt, isKept: true, rollouts: rollouts)
        }
        let all = (batch + filtered).sorted { $0.number < $1.number }
        filtered = []
        batchWaiter?.resume(returning: PlayedBatch(groups: all, metrics: metrics.batchEnds(at: clock.now)))
        batchWaiter = nil
    }
}

extension EpisodePlayer {
    /// Without what an earlier start interrupted and nobody can go on with: an agent's program ended with it.
    fileprivate func withoutLost(_ group: RolloutDispatcher.DrawnGroup) -> RolloutDispatcher.DrawnGroup {
        guard let task = group.plans.first?.task, environments(task.environment) is AgentEnvironment else {
            return group
        }
        return RolloutDispatcher.DrawnGroup(
            number: group.number, prompt: group.prompt, plans: group.plans,
            known: group.known.filter { $0.value.status != .aborted })
    }
}
