import Testing
import WhetCore

@testable import WhetRollouts

@Suite("Scheduler, by mode")
struct SchedulerModeTests {
    typealias Member = Scheduler.Member

    /// Demands a batch and hands out the groups that are asked for.
    private func begun(_ settings: Scheduler.Settings) -> SchedulerDriver {
        var driver = SchedulerDriver(settings)
        driver.step(batches: 1)
        while driver.drawing > 0 { driver.draw() }
        return driver
    }

    private func finish(_ group: Int, in driver: inout SchedulerDriver) {
        for member in driver.inFlight.sorted() where member.group == group { driver.end(member, .finished) }
    }

    @Test("synchronous and one step off: groups and batches do not depend on the order of ends", arguments: [0, 3])
    func orderOfEnds(refills: Int) {
        for mode in [Synchronous(), OneStepOff()] as [any SchedulingMode] {
            let runs = (1...20 as ClosedRange<UInt64>).map { seed in
                var driver = SchedulerDriver(.small(mode, refills: refills, batches: 6), seed: seed)
                driver.isKept = { $0 % 3 != 1 }
                driver.unaskedShare = 0.1
                driver.play(batches: 6)
                #expect(driver.violations.isEmpty)
                return driver
            }
            #expect(Set(runs.map(\.delivered)).count == 1, "\(mode.name)")
            #expect(Set(runs.map(\.opened)).count == 1, "\(mode.name)")
        }
    }

    @Test("one step off: after the first batch every token is one version old, and none mixed", arguments: [1, 5, 40])
    func oneStepOff(slots: Int) {
        for seed in 1...20 as ClosedRange<UInt64> {
            var driver = SchedulerDriver(.small(OneStepOff(), slots: slots, batches: 6), seed: seed)
            driver.trainerShare = seed % 2 == 0 ? 0.9 : 0.05
            driver.play(batches: 6)
            #expect(driver.lags == [[0], [1], [1], [1], [1], [1]])
        }
    }

    @Test("one filtered group, one new one, up to the bound; then the step goes on with fewer (trap 27)")
    func exactRefill() {
        var driver = begun(.small(Synchronous(), size: 1, refills: 2))
        driver.isKept = { $0 > 2 }
        finish(0, in: &driver)
        #expect(driver.drawing == 1)
        driver.draw()
        finish(1, in: &driver)
        #expect(driver.drawing == 1)
        driver.draw()
        finish(2, in: &driver)
        #expect(driver.drawing == 0, "the bound is two")
        for group in 3...5 { finish(group, in: &driver) }
        #expect(driver.delivered == [[3, 4, 5]])
        #expect(driver.opened == Array(0...5))
    }

    @Test("a step whose every group is filtered ends without any (trap 27)", arguments: [0, 5])
    func nothingKept(refills: Int) {
        for (index, mode) in SchedulerInvariantTests.modes.enumerated() {
            var driver = SchedulerDriver(.small(mode, refills: refills, batches: 2), seed: UInt64(index))
            driver.isKept = { _ in false }
            driver.play(batches: 2)
            #expect(driver.delivered == [[], []], "\(mode.name)")
            #expect(driver.violations.isEmpty, "\(mode.name)")
        }
    }

    @Test("april: complete groups beyond the batch are trained next, the oldest first (trap 25)")
    func surplus() {
        var driver = begun(.small(APRIL(factor: 2), groups: 2, size: 1, slots: 8))
        #expect(driver.inFlight.count == 4)
        finish(3, in: &driver)
        finish(2, in: &driver)
        #expect(driver.aborted.count == 2)
        // Both were on their way to their ends when they were aborted (trap 16: the end wins).
        finish(1, in: &driver)
        finish(0, in: &driver)
        #expect(driver.delivered == [[0, 1]])
        driver.work()
        driver.work()
        driver.step(batches: 2)
        #expect(driver.delivered == [[0, 1], [2, 3]], "without anything being played")
        #expect(driver.violations.isEmpty)
    }

    @Test("april: interrupted rollouts go on first, the oldest first, whatever the order of their ends (trap 29)")
    func oldestFirst() {
        var driver = begun(.small(APRIL(factor: 3), groups: 1, size: 1, slots: 3))
        finish(1, in: &driver)
        for group in [2, 0] { driver.end(Member(group: group, index: 0), .interrupted) }
        driver.work()
        driver.work()
        let before = driver.actions.count
        driver.step(batches: 2)
        #expect(Array(driver.actions[before...].prefix(3)) == [
            .open(1), .start(.init(group: 0, index: 0)), .start(.init(group: 2, index: 0)),
        ])
    }

    @Test(
        "asynchronous: opens no more than the staleness bound, and waits for the trainer (trap 29)",
        arguments: [0, 1, 4])
    func backPressure(staleness: Int) {
        var driver = SchedulerDriver(.small(Asynchronous(staleness: staleness), size: 1, slots: 1_000))
        driver.step(batches: 1)
        for _ in 0..<200 {
            if driver.drawing > 0 {
                driver.draw()
            } else if let member = driver.inFlight.min() {
                driver.end(member, .finished)
            }
        }
        #expect(driver.delivered.count == 1)
        #expect(driver.opened.count == (staleness + 1) * 4, "the trainer has not published")
        #expect(driver.inFlight.isEmpty)
        driver.work()
        driver.work()
        while driver.drawing > 0 { driver.draw() }
        #expect(driver.opened.count == (staleness + 2) * 4)
    }

    @Test("asynchronous: of groups that end in order none is trained on later than allowed", arguments: [0, 1, 3])
    func lag(staleness: Int) {
        var driver = SchedulerDriver(.small(Asynchronous(staleness: staleness), slots: 30, batches: 12))
        for _ in 0..<100_000 where driver.delivered.count < 12 {
            if driver.trainer == .idle {
                driver.step(batches: 12)
            } else if driver.inFlight.isEmpty, driver.drawing == 0 {
                driver.work()
            } else if driver.drawing > 0 {
                driver.draw()
            } else if let member = driver.inFlight.min() {
                driver.end(member, driver.aborted.contains(member) ? .interrupted : .finished)
            }
        }
        #expect(driver.delivered.count == 12)
        #expect(driver.violations.isEmpty)
        #expect((driver.lags.flatMap { $0 }.max() ?? 0) <= staleness)
    }

    @Test("asynchronous: while groups are being drawn, their slots are not filled a second time")
    func noDoubleOpening() {
        var driver = SchedulerDriver(.small(Asynchronous(staleness: 50), size: 4, slots: 16))
        driver.step(batches: 1)
        #expect(driver.drawing == 4)
        driver.draw()
        #expect(driver.drawing == 3)
        driver.end(driver.inFlight.sorted()[0], .finished)
        #expect(driver.drawing == 4)
        driver.end(driver.inFlight.sorted()[0], .finished)
        #expect(driver.drawing == 4, "two free slots fit one group")
    }

    @Test("asynchronous: filtered groups that are no longer replaced leave no slot idle")
    func shortage() {
        var driver = SchedulerDriver(.small(Asynchronous(staleness: 50), groups: 8, size: 1, slots: 8))
        driver.isKept = { $0 >= 3 }
        driver.step(batches: 1)
        while driver.drawing > 0 { driver.draw() }
        for group in 0..<3 { finish(group, in: &driver) }
        while driver.drawing > 0 { driver.draw() }
        #expect(driver.inFlight.count == 8)
    }

    @Test("the last batch of a run opens nothing for a next one")
    func lastBatch() {
        for mode in [OneStepOff(), Asynchronous(staleness: 5)] as [any SchedulingMode] {
            var driver = SchedulerDriver(.small(mode, batches: 3), seed: 3)
            driver.play(batches: 3)
            #expect(driver.opened.count == 12)
            #expect(driver.scheduler.outstanding.isEmpty)
        }
    }
}
