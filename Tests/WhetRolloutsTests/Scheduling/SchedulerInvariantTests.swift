import Testing
import WhetCore

@testable import WhetRollouts

@Suite("Scheduler, any order of events")
struct SchedulerInvariantTests {
    static let modes: [any SchedulingMode] = [
        Synchronous(), APRIL(factor: 2), APRIL(factor: 1), APRIL(factor: 3.3), OneStepOff(), Asynchronous(staleness: 0),
        Asynchronous(staleness: 3),
    ]

    /// A training with all that can go wrong: filtered groups, servers that interrupt, bounds of any kind.
    private func training(_ mode: any SchedulingMode, seed: UInt64) -> SchedulerDriver {
        var random = RandomStream(seed: seed, purpose: "settings")
        let excess = StalenessBound.Excess.allCases.randomElement(using: &random) ?? .mask
        let bound = StalenessBound(
            versions: Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil,
            resumes: Bool.random(using: &random) ? Int.random(in: 1...3, using: &random) : nil, excess: excess)
        let batches = 8
        var driver = SchedulerDriver(
            .small(
                mode, groups: Int.random(in: 1...5, using: &random), size: Int.random(in: 1...4, using: &random),
                slots: Int.random(in: 1...24, using: &random), refills: Int.random(in: 0...6, using: &random),
                bound: bound, batches: batches), seed: seed)
        let share: Double = [0, 0.3, 0.9].randomElement(using: &random) ?? 0
        driver.isKept = { group in
            var stream = RandomStream(seed: seed, purpose: "kept", group)
            return stream.unit() >= share
        }
        driver.unaskedShare = [0, 0.1].randomElement(using: &random) ?? 0
        driver.trainerShare = [0.02, 0.2, 0.9].randomElement(using: &random) ?? 0.2
        return driver
    }

    @Test(
        "slots, one end a rollout, whole groups, oldest first, nothing lost (traps 16, 21, 22, 25, 26, 29)",
        arguments: SchedulerInvariantTests.modes.indices)
    func invariants(mode: Int) {
        for seed in 1...120 as ClosedRange<UInt64> {
            var driver = training(Self.modes[mode], seed: seed)
            driver.play(batches: 8)
            #expect(driver.violations.isEmpty, "\(Self.modes[mode]), seed \(seed): \(driver.violations.prefix(3))")
        }
    }

    @Test("the same events give the same actions (trap 38)", arguments: SchedulerInvariantTests.modes.indices)
    func deterministic(mode: Int) {
        var (first, second) = (training(Self.modes[mode], seed: 5), training(Self.modes[mode], seed: 5))
        first.play(batches: 8)
        second.play(batches: 8)
        #expect(first.actions == second.actions)
        #expect(first.actions.count > 20)
    }

    @Test("what is left at the end of a run is known by number (trap 37)")
    func leftovers() {
        var driver = SchedulerDriver(.small(APRIL(), batches: 3))
        driver.play(batches: 3)
        #expect(driver.violations.isEmpty)
        #expect(driver.scheduler.outstanding.count == driver.opened.count - 12)
        #expect(!driver.scheduler.outstanding.isEmpty)
    }

    @Test("slots that become fewer let what plays end, and then hold")
    func fewerSlots() {
        var driver = SchedulerDriver(.small(Synchronous(), slots: 12))
        driver.step(batches: 1)
        while driver.drawing > 0 { driver.draw() }
        #expect(driver.inFlight.count == 12)
        driver.scheduler.allow(slots: 2)
        for member in driver.inFlight.sorted().prefix(3) { driver.end(member, .interrupted) }
        #expect(driver.inFlight.count == 9)
        #expect(driver.violations.isEmpty)
    }

    @Test("an end that was told twice, or of a rollout that never started, changes nothing (trap 16)")
    func strayEnds() {
        var driver = SchedulerDriver(.small(Synchronous(), groups: 1, size: 2))
        driver.step(batches: 1)
        driver.draw()
        driver.end(.init(group: 0, index: 0), .finished)
        driver.scheduler.ended(.init(group: 0, index: 0), .finished, oldest: 0)
        driver.scheduler.ended(.init(group: 7, index: 0), .finished, oldest: 0)
        driver.judge()
        driver.carryOut()
        #expect(driver.delivered.isEmpty)
        driver.end(.init(group: 0, index: 1), .finished)
        #expect(driver.delivered == [[0]])
        #expect(driver.violations.isEmpty)
    }
}
