import Testing

@testable import WhetRollouts

@Suite("Bounds of staleness and resumes; stops and starts")
struct StalenessBoundTests {
    typealias Member = Scheduler.Member

    private let long = Member(group: 0, index: 0)

    /// April with one group of one a step, of two open: group 0 is interrupted at the end of every step.
    private func driver(_ bound: StalenessBound) -> SchedulerDriver {
        SchedulerDriver(.small(APRIL(factor: 2), groups: 1, size: 1, slots: 2, bound: bound))
    }

    /// Plays a step whose other rollout ends first.
    private func playStep(_ driver: inout SchedulerDriver) {
        driver.step(batches: .max)
        while driver.drawing > 0 { driver.draw() }
        if let other = driver.inFlight.sorted().first(where: { $0 != long }) { driver.end(other, .finished) }
        if driver.aborted.contains(long) { driver.end(long, .interrupted) }
    }

    private func train(_ driver: inout SchedulerDriver) {
        driver.work()
        driver.work()
    }

    @Test("mask: what is too old goes on, and its tokens are the trainer's to mask (trap 30)")
    func maskVersions() {
        var driver = driver(.init(versions: 1, excess: .mask))
        for _ in 0..<5 {
            playStep(&driver)
            train(&driver)
        }
        #expect(driver.delivered.count == 5)
        #expect(driver.resumes[long] == 5)
        #expect(driver.dropped.isEmpty)
    }

    @Test("mask: what was interrupted too often plays to its end, and the step waits for it (traps 26, 29)")
    func maskResumes() {
        var driver = driver(.init(resumes: 2, excess: .mask))
        for _ in 0..<2 {
            playStep(&driver)
            train(&driver)
        }
        playStep(&driver)
        #expect(driver.delivered.count == 2, "the third step is complete, and waits")
        #expect(driver.inFlight == [long])
        #expect(!driver.aborted.contains(long))
        driver.end(long, .finished)
        #expect(driver.delivered.count == 3)
        #expect(driver.delivered.last == [0])
        #expect(driver.violations.isEmpty)
    }

    @Test("restart: begins anew from its prompt, and counts anew (trap 29)")
    func restart() {
        var driver = driver(.init(versions: 1, excess: .restart))
        for _ in 0..<5 {
            playStep(&driver)
            train(&driver)
        }
        let restarts = driver.actions.compactMap { action -> (Member, String)? in
            guard case .restart(let member, let reason) = action else { return nil }
            return (member, reason)
        }
        #expect(restarts.map(\.0) == [long, long])
        #expect(restarts.first?.1 == "its oldest token is 2 versions old, more than the 1 allowed")
        #expect((driver.resumes[long] ?? 0) <= 2)
        #expect(driver.violations.isEmpty)
    }

    @Test("drop: the group is left out with a reason, and another takes its place at once (trap 29)")
    func drop() {
        var driver = driver(.init(resumes: 1, excess: .drop))
        for _ in 0..<2 {
            playStep(&driver)
            train(&driver)
        }
        driver.step(batches: .max)
        #expect(driver.dropped == [0])
        #expect(driver.actions.contains(.drop(0, reason: "it was interrupted 2 times, more often than the 1 allowed")))
        #expect(driver.drawing == 2, "in the same breath: no event may come any more")
        #expect(driver.violations.isEmpty)
    }

    @Test("drop: members in flight are aborted, and their ends are of no account")
    func dropInFlight() {
        var driver = SchedulerDriver(
            .small(Asynchronous(staleness: 9), groups: 1, size: 3, slots: 3, bound: .init(resumes: 0, excess: .drop)))
        driver.step(batches: 1)
        driver.draw()
        driver.end(Member(group: 0, index: 1), .interrupted)
        #expect(driver.dropped == [0])
        #expect(driver.aborted == [Member(group: 0, index: 0), Member(group: 0, index: 2)])
        driver.end(Member(group: 0, index: 0), .finished)
        driver.end(Member(group: 0, index: 2), .interrupted)
        #expect(driver.scheduler.outstanding.isEmpty)
        #expect(driver.drawing > 0)
        driver.draw()
        #expect(driver.inFlight.allSatisfy { $0.group == 1 })
        #expect(driver.violations.isEmpty)
    }

    @Test("a group that became too old while it waited is dropped, and the batch goes without it", arguments: [0, 1])
    func tooOldWhenReady(allowed: Int) {
        var driver = SchedulerDriver(
            .small(APRIL(factor: 3), groups: 1, size: 1, slots: 3, bound: .init(versions: allowed, excess: .drop)))
        driver.step(batches: 1)
        while driver.drawing > 0 { driver.draw() }
        for group in [0, 1, 2] { driver.end(Member(group: group, index: 0), .finished) }
        for _ in 0..<2 {
            train(&driver)
            driver.step(batches: 3)
        }
        #expect(driver.delivered == (allowed == 0 ? [[0]] : [[0], [1]]))
        #expect(driver.dropped == (allowed == 0 ? [1, 2] : [2]))
        #expect(driver.violations.isEmpty)
    }

    @Test("what an earlier start left: ended members stay ended, partial ones go on first (trap 32)")
    func restored() {
        var driver = SchedulerDriver(.small(Synchronous(), groups: 3, size: 3, slots: 4))
        let ended = Scheduler.Known(end: .finished, oldest: 0, resumes: 0)
        let partial = Scheduler.Known(end: .interrupted, oldest: 0, resumes: 2)
        driver.open(4, members: [ended, ended, ended])
        driver.open(7, members: [ended, nil, partial])
        driver.judge()
        driver.step(batches: 1)
        #expect(driver.actions == [
            .open(1), .start(.init(group: 7, index: 2)), .start(.init(group: 7, index: 1)),
        ])
        driver.open(8)
        driver.carryOut()
        while let member = driver.inFlight.min() { driver.end(member, .finished) }
        #expect(driver.delivered == [[4, 7, 8]])
        #expect(driver.violations.isEmpty)
    }

    @Test("a closed scheduler interrupts all, starts nothing, and still lets weights be published (trap 37)")
    func close() {
        for mode in SchedulerInvariantTests.modes {
            var driver = SchedulerDriver(.small(mode, slots: 5))
            driver.step(batches: 2)
            while driver.drawing > 0 { driver.draw() }
            while driver.delivered.isEmpty, let member = driver.inFlight.min() {
                driver.end(member, driver.aborted.contains(member) ? .interrupted : .finished)
                while driver.drawing > 0 { driver.draw() }
            }
            driver.work()
            driver.scheduler.close()
            driver.carryOut()
            let before = driver.actions.count
            while let member = driver.inFlight.min() { driver.end(member, .interrupted) }
            #expect(driver.trainer == .publishing, "\(mode.name)")
            #expect(driver.actions[before...].allSatisfy { $0 == .publish }, "\(mode.name)")
            let ends = driver.delivered.flatMap { $0 } + driver.scheduler.outstanding
            #expect(ends.sorted() == driver.opened.sorted(), "\(mode.name): nothing is lost")
            #expect(driver.violations.isEmpty, "\(mode.name)")
        }
    }
}
