import HeapModule
import WhetCore

/// The events of a simulated training in the order of their times.
///
/// Keeps: events of one time come in the order in which they were planned; what a scheduler asks for is done before the
/// clock goes on; every start is answered by exactly one end.
struct SimulationClock {
    typealias Member = Scheduler.Member

    struct Event: Comparable {
        enum Kind {
            case server(Int, generation: Int)
            case tool(Member, ticket: Int)
            case abort(Member, ticket: Int)
            case trained
            case published
        }

        var time: Double
        var number: Int
        var kind: Kind

        static func < (left: Event, right: Event) -> Bool { (left.time, left.number) < (right.time, right.number) }
        static func == (left: Event, right: Event) -> Bool { left.number == right.number }
    }

    let settings: SchedulingSimulation.Settings
    var scheduler: Scheduler
    var servers: [SimulatedServer]
    var groups: [Int: SimulatedGroup] = [:]
    var report = SchedulingReport()
    var now = 0.0
    var nextGroup = 0
    var version = 0
    private var demandedAt = 0.0
    private var events: Heap<Event> = []
    private var planned = 0
    /// Servers whose next end has to be planned anew.
    private var changed: Set<Int> = []

    init(_ settings: SchedulingSimulation.Settings) {
        self.settings = settings
        scheduler = Scheduler(settings.scheduler)
        servers = (0..<max(1, settings.servers)).map { _ in
            SimulatedServer(
                slots: max(1, settings.slotsPerServer),
                speed: .init(stepSeconds: settings.stepSeconds, requestSeconds: settings.requestSeconds),
                prefillTokensPerSecond: settings.prefillTokensPerSecond)
        }
    }

    mutating func run() throws -> SchedulingReport {
        demand()
        var count = 0
        while report.batches < settings.steps || version < settings.steps {
            guard let event = events.popMin() else {
                throw WhetError(
                    "the simulated training stands still after \(report.batches) of \(settings.steps) batches",
                    at: "mode \(settings.scheduler.mode.name)", expected: "an event to wait for",
                    remedy: "this is a mistake in the mode or in the scheduler: report it with the settings")
            }
            if count % 4_096 == 0 { try Task.checkCancellation() }
            count += 1
            pass(to: event.time)
            happen(event.kind)
            carryOut()
        }
        report.seconds = now
        report.prefilledTokens = servers.reduce(0) { $0 + $1.prefilledTokens }
        for group in groups.values where !group.isDropped {
            report.leftTokens += group.members.reduce(0) { $0 + $1.generated }
        }
        return report
    }

    private mutating func pass(to time: Double) {
        let elapsed = time - now
        if scheduler.inFlightCount > 0 {
            report.playingSeconds += elapsed
            report.slotSeconds += elapsed * Double(scheduler.inFlightCount)
        }
        now = time
    }

    mutating func plan(_ kind: Event.Kind, after seconds: Double) { plan(kind, at: now + seconds) }

    private mutating func plan(_ kind: Event.Kind, at time: Double) {
        planned += 1
        events.insert(Event(time: max(now, time), number: planned, kind: kind))
    }

    private mutating func demand() {
        demandedAt = now
        scheduler.demand()
        carryOut()
    }

    private mutating func happen(_ kind: Event.Kind) {
        switch kind {
        case .server(let index, let generation):
            guard servers[index].generation == generation else { return }
            changed.insert(index)
            for member in servers[index].finished(at: now) { turnEnded(member) }
        case .tool(let member, let ticket):
            guard let rollout = groups[member.group]?.members[member.index], rollout.ticket == ticket,
                rollout.state == .waiting
            else { return }
            decode(member)
        case .abort(let member, let ticket):
            guard let rollout = groups[member.group]?.members[member.index], rollout.ticket == ticket,
                rollout.state != .idle
            else { return }
            interrupt(member)
        case .trained: scheduler.preparePublication()
        case .published:
            version += 1
            scheduler.published(version)
            if report.batches < settings.steps { demand() }
        }
    }

    /// What the scheduler asks for, until it asks for nothing.
    private mutating func carryOut() {
        var actions = scheduler.nextActions()
        while !actions.isEmpty {
            for action in actions { carryOut(action) }
            actions = scheduler.nextActions()
        }
        for index in changed.sorted() {
            if let time = servers[index].nextEnd {
                plan(.server(index, generation: servers[index].generation), at: time)
            }
        }
        changed.removeAll(keepingCapacity: true)
    }

    private mutating func carryOut(_ action: Scheduler.Action) {
        switch action {
        case .open(let count):
            for _ in 0..<count {
                groups[nextGroup] = SimulatedGroup(size: settings.scheduler.groupSize)
                scheduler.opened(nextGroup)
                nextGroup += 1
            }
        case .start(let member):
            report.starts += 1
            begin(member)
        case .restart(let member, _): restart(member)
        case .abort(let member):
            report.aborts += 1
            let ticket = groups[member.group]?.members[member.index].ticket ?? 0
            plan(.abort(member, ticket: ticket), after: settings.abortSeconds)
        case .drop(let number, _): drop(number)
        case .deliver(let numbers): deliver(numbers)
        case .publish: plan(.published, after: settings.publicationSeconds)
        }
    }

    private mutating func deliver(_ numbers: [Int]) {
        report.trainerWaitSeconds += now - demandedAt
        let tokens = train(numbers)
        plan(.trained, after: settings.trainerSeconds + Double(tokens) / settings.trainerTokensPerSecond)
    }

    /// Marks a server whose requests have changed.
    mutating func touch(_ index: Int) { changed.insert(index) }
}
