import WhetCore

@testable import WhetRollouts

/// A dispatcher without anything behind it: carries out what a scheduler asks for, in random order, and notes what it
/// must never ask for.
struct SchedulerDriver {
    typealias Member = Scheduler.Member

    enum Trainer { case idle, waiting, training, prepared, publishing }

    var scheduler: Scheduler
    var random: RandomStream
    /// Which groups dynamic sampling keeps.
    var isKept: (Int) -> Bool = { _ in true }
    /// How often a rollout is interrupted though nobody asked for it.
    var unaskedShare = 0.0
    /// How likely the trainer is to finish its present work rather than a rollout, in a step.
    var trainerShare = 0.2

    var violations: [String] = []
    var actions: [Scheduler.Action] = []
    var opened: [Int] = []
    var delivered: [[Int]] = []
    /// For each batch, the versions between the tokens of its rollouts and the version that trains on them.
    var lags: [Set<Int>] = []
    var filtered: Set<Int> = []
    var dropped: Set<Int> = []
    var aborted: Set<Member> = []
    var trainer = Trainer.idle
    var version = 0
    private(set) var drawing = 0
    private(set) var inFlight: Set<Member> = []
    private var finished: Set<Member> = []
    private var freshWaiting: Set<Member> = []
    private var interruptedWaiting: Set<Member> = []
    private var ready: Set<Int> = []
    private var versions: [Member: Set<Int>] = [:]
    private(set) var resumes: [Member: Int] = [:]
    private var nextGroup = 0

    init(_ settings: Scheduler.Settings, seed: UInt64 = 1) {
        scheduler = Scheduler(settings)
        random = RandomStream(seed: seed, purpose: "test")
    }

    var groupSize: Int { scheduler.settings.groupSize }

    /// Plays until so many batches are trained on and published.
    mutating func play(batches: Int) {
        var steps = 0
        while delivered.count < batches || trainer != .idle, steps < 100_000 {
            step(batches: batches)
            steps += 1
        }
        if delivered.count < batches || trainer != .idle { violations.append("stands still") }
        checkNothingIsLost()
    }

    mutating func step(batches: Int) {
        if trainer == .idle, delivered.count < batches {
            trainer = .waiting
            scheduler.demand()
            return carryOut()
        }
        let canTrain = trainer == .training || trainer == .publishing
        if canTrain, (inFlight.isEmpty && drawing == 0) || random.unit() < trainerShare { return work() }
        if drawing > 0, inFlight.isEmpty || random.unit() < 0.5 { return draw() }
        if let member = inFlight.sorted().randomElement(using: &random) { end(member) }
    }

    /// The trainer's next step.
    mutating func work() {
        switch trainer {
        case .training:
            trainer = .prepared
            scheduler.preparePublication()
        case .publishing:
            trainer = .idle
            version += 1
            scheduler.published(version)
        case .idle, .waiting, .prepared: break
        }
        carryOut()
    }

    /// A group arrives that was asked for.
    mutating func draw(members: [Scheduler.Known?] = []) {
        drawing -= 1
        open(nextGroup, members: members)
        judge()
        carryOut()
    }

    mutating func open(_ number: Int, members: [Scheduler.Known?] = []) {
        opened.append(number)
        for index in 0..<groupSize {
            let member = Member(group: number, index: index)
            switch (index < members.count ? members[index] : nil)?.end {
            case .finished: finished.insert(member)
            case .interrupted: interruptedWaiting.insert(member)
            case nil: freshWaiting.insert(member)
            }
        }
        nextGroup = max(nextGroup, number + 1)
        scheduler.opened(number, members: members)
    }

    /// A rollout ends: mostly interrupted where that was asked for, else for good.
    mutating func end(_ member: Member) {
        let isInterrupted = random.unit() < (aborted.contains(member) ? 0.8 : unaskedShare)
        end(member, isInterrupted ? .interrupted : .finished)
    }

    mutating func end(_ member: Member, _ end: Scheduler.End) {
        inFlight.remove(member)
        aborted.remove(member)
        versions[member, default: []].insert(version)
        if end == .finished {
            finished.insert(member)
        } else {
            resumes[member, default: 0] += 1
            if !dropped.contains(member.group) { interruptedWaiting.insert(member) }
        }
        scheduler.ended(member, end, oldest: versions[member]?.min())
        judge()
        carryOut()
    }

    mutating func judge() {
        for number in scheduler.awaitingJudgment {
            if !isWhole(number) { violations.append("group \(number) is judged before all its members have ended") }
            let isKept = isKept(number)
            scheduler.judged(number, isKept: isKept)
            if isKept { ready.insert(number) } else { filtered.insert(number) }
        }
    }

    mutating func carryOut() {
        let actions = scheduler.nextActions()
        for action in actions { carryOut(action) }
        if !scheduler.nextActions().isEmpty { violations.append("not all that is to be done was said at once") }
        if inFlight.count != scheduler.inFlightCount { violations.append("counts another number in flight") }
        self.actions += actions
    }

    private func isWhole(_ number: Int) -> Bool {
        (0..<groupSize).allSatisfy { finished.contains(Member(group: number, index: $0)) }
    }

    private mutating func carryOut(_ action: Scheduler.Action) {
        switch action {
        case .open(let count): drawing += count
        case .start(let member): start(member)
        case .restart(let member, _):
            versions[member] = nil
            resumes[member] = nil
        case .abort(let member):
            if !aborted.insert(member).inserted { violations.append("\(member) is aborted twice") }
            if !inFlight.contains(member) { violations.append("\(member) is aborted, and not in flight") }
        case .drop(let number, _):
            dropped.insert(number)
            ready.remove(number)
            freshWaiting = freshWaiting.filter { $0.group != number }
            interruptedWaiting = interruptedWaiting.filter { $0.group != number }
        case .deliver(let numbers): deliver(numbers)
        case .publish:
            if trainer != .prepared { violations.append("publishes unasked") }
            if !inFlight.isEmpty { violations.append("publishes under rollouts in flight") }
            trainer = .publishing
        }
    }

    private mutating func start(_ member: Member) {
        let isInterrupting = scheduler.settings.mode.publication == .interrupting
        if trainer == .publishing || (trainer == .prepared && isInterrupting) {
            violations.append("\(member) starts during a publication")
        }
        if trainer == .training, !scheduler.settings.mode.playsWhileTraining {
            violations.append("\(member) starts while the trainer works")
        }
        if !inFlight.insert(member).inserted { violations.append("\(member) starts twice") }
        if finished.contains(member) { violations.append("\(member) starts after its end") }
        if inFlight.count > scheduler.slots { violations.append("more in flight than slots") }
        if let first = interruptedWaiting.min() ?? freshWaiting.min(), first != member {
            violations.append("\(member) starts before \(first)")
        }
        interruptedWaiting.remove(member)
        freshWaiting.remove(member)
    }

    private mutating func deliver(_ numbers: [Int]) {
        if trainer != .waiting { violations.append("delivers unasked") }
        for number in numbers {
            if !isWhole(number) { violations.append("group \(number) is delivered in part") }
            if ready.remove(number) == nil { violations.append("group \(number) is delivered, and was not ready") }
        }
        if let last = numbers.max(), ready.contains(where: { $0 < last }) {
            violations.append("an older group than \(last) was ready")
        }
        if numbers.count > scheduler.settings.groupsPerStep { violations.append("more groups than a step has") }
        let members = numbers.flatMap { number in (0..<groupSize).map { Member(group: number, index: $0) } }
        lags.append(Set(members.flatMap { versions[$0] ?? [] }.map { version - $0 }))
        delivered.append(numbers)
        trainer = .training
    }

    private mutating func checkNothingIsLost() {
        var ends = delivered.flatMap { $0 } + filtered.sorted() + dropped.sorted()
        if Set(ends).count != ends.count { violations.append("a group has two ends") }
        ends += scheduler.outstanding
        if ends.sorted() != opened.sorted() { violations.append("groups were lost") }
    }
}

extension Scheduler.Settings {
    /// Four groups of three in ten slots, unless said otherwise.
    static func small(
        _ mode: any SchedulingMode, groups: Int = 4, size: Int = 3, slots: Int = 10, refills: Int = 0,
        bound: StalenessBound = StalenessBound(), batches: Int = .max
    ) -> Scheduler.Settings {
        Scheduler.Settings(
            mode: mode, groupsPerStep: groups, groupSize: size, slots: slots, refills: refills, bound: bound,
            batches: batches)
    }
}
