import Synchronization
import Testing
import WhetCore
import WhetInference
import WhetTestSupport

@testable import WhetRollouts

/// The actor between scheduler, player and store.
@Suite("Rollout dispatcher")
struct DispatcherTests {
    private let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 64), maximumTurns: 2)

    /// What was recorded, and groups drawn from `TwoTurns`.
    private final class Ledger: Sendable {
        let recorded = Mutex<[Rollout]>([])
        let filtered = Mutex<[RolloutID]>([])

        func source(
            size: Int, refusing: @escaping @Sendable ([Rollout]) -> String? = { _ in nil }
        ) -> RolloutDispatcher.Source {
            RolloutDispatcher.Source(
                draw: { numbers in
                    let format = try Fixtures.format()
                    return try numbers.map { number in
                        let task = try TwoTurns().task(level: 0, seed: UInt64(number))
                        return RolloutDispatcher.DrawnGroup(
                            number: number, prompt: number,
                            plans: try RolloutPlan.group(GroupID(number), of: task, size: size, format: format, runSeed: 1))
                    }
                },
                record: { rollout in self.recorded.withLock { $0.append(rollout) } }, refusal: refusing,
                markFiltered: { ids, _ in self.filtered.withLock { $0 += ids } })
        }

        var statuses: [Rollout.Status: Int] {
            recorded.withLock { Dictionary($0.map { ($0.status, 1) }, uniquingKeysWith: +) }
        }
    }

    private func dispatcher(
        _ server: ScriptedServer, _ ledger: Ledger, mode: any SchedulingMode, groups: Int = 2, size: Int = 2,
        slots: Int = 8, refills: Int = 0, refusing: @escaping @Sendable ([Rollout]) -> String? = { _ in nil }
    ) throws -> RolloutDispatcher {
        RolloutDispatcher(
            player: try Fixtures.player(server), limits: limits,
            settings: Scheduler.Settings(mode: mode, groupsPerStep: groups, groupSize: size, slots: slots, refills: refills),
            source: ledger.source(size: size, refusing: refusing))
    }

    @Test("april stops when enough groups are complete, keeps the others, and goes on with them (16, 17, 25, 29)")
    func april() async throws {
        // Odd groups never end unless they are aborted, until the second step.
        let isSecond = Mutex(false)
        let waiting = Mutex<[String: CheckedContinuation<Void, Never>]>([:])
        let server = ScriptedServer(abort: { id in waiting.withLock { $0.removeValue(forKey: id) }?.resume() }) { request in
            let group = Int(request.id.split(separator: "-")[1].split(separator: ".")[0]) ?? 0
            let later = isSecond.withLock { $0 }
            guard group % 2 == 1, !later else { return try Fixtures.generation("yes", to: request, version: later ? 1 : 0) }
            await withCheckedContinuation { continuation in waiting.withLock { $0[request.id] = continuation } }
            return try Fixtures.generation("ye", to: request, finish: .abort)
        }
        let ledger = Ledger()
        let dispatcher = try dispatcher(server, ledger, mode: APRIL(factor: 2))
        async let running: Void = dispatcher.run()
        let first = try await dispatcher.batch()
        #expect(first.groups.map(\.number) == [0, 2])
        #expect(ledger.statuses == [.completed: 4, .aborted: 4])
        #expect(waiting.withLock { $0.isEmpty }, "each was aborted by its own id")
        isSecond.withLock { $0 = true }
        try await dispatcher.publish(PolicyVersion(1)) {}
        #expect(await dispatcher.position.open.map(\.number) == [1, 3])
        let second = try await dispatcher.batch()
        #expect(second.groups.map(\.number) == [1, 3], "the oldest are handed over first")
        #expect(second.groups.flatMap(\.rollouts).allSatisfy { $0.resumes == 1 && $0.messages.dropFirst().first?.content == "yeyes" })
        #expect(second.metrics["schedule/resumed_plays"] == 4)
        await dispatcher.close()
        try await running
    }

    @Test("a filtered group is marked, handed along and replaced by one (27)")
    func filters() async throws {
        let ledger = Ledger()
        let server = ScriptedServer { try Fixtures.generation("yes", to: $0) }
        let dispatcher = try dispatcher(server, ledger, mode: Synchronous(), refills: 2) { rollouts in
            rollouts[0].id.group.index < 2 ? "too easy" : nil
        }
        async let running: Void = dispatcher.run()
        let batch = try await dispatcher.batch()
        #expect(batch.groups.map(\.number) == [0, 1, 2, 3])
        #expect(batch.groups.map(\.isKept) == [false, false, true, true])
        await dispatcher.close()
        try await running
        #expect(ledger.filtered.withLock { Set($0).count } == 4)
    }

    @Test("a rollout that a server aborts again and again, unasked, has failed in the end")
    func unaskedAborts() async throws {
        let server = ScriptedServer { request in
            request.id.contains("-0.1-")
                ? try Fixtures.generation("", to: request, finish: .abort) : try Fixtures.generation("yes", to: request)
        }
        let ledger = Ledger()
        let dispatcher = try dispatcher(server, ledger, mode: Synchronous())
        async let running: Void = dispatcher.run()
        let batch = try await dispatcher.batch()
        let failed = batch.groups.flatMap(\.rollouts).filter { $0.status == .failed }
        #expect(failed.map(\.id.description) == ["0.1"] && failed[0].reason?.contains("unasked") == true)
        await dispatcher.close()
        try await running
    }

    @Test("asynchronous rollouts are interrupted by new weights and go on under them (34)")
    func publishes() async throws {
        let waiting = Mutex<[String: CheckedContinuation<Bool, Never>]>([:])
        let version = Mutex(0)
        let server = ScriptedServer(abort: { id in waiting.withLock { $0.removeValue(forKey: id) }?.resume(returning: false) }) {
            request in
            let group = Int(request.id.split(separator: "-")[1].split(separator: ".")[0]) ?? 0
            let now = version.withLock { $0 }
            if group >= 2, now == 0 {
                let isDone = await withCheckedContinuation { continuation in
                    waiting.withLock { $0[request.id] = continuation }
                }
                if !isDone { return try Fixtures.generation("y", to: request, finish: .abort, version: now) }
            }
            return try Fixtures.generation("yes", to: request, version: now)
        }
        let ledger = Ledger()
        let dispatcher = try dispatcher(server, ledger, mode: Asynchronous(staleness: 2), slots: 8)
        async let running: Void = dispatcher.run()
        _ = try await dispatcher.batch()
        while waiting.withLock({ $0.count }) < 8 { await Task.yield() }
        try await dispatcher.publish(PolicyVersion(1)) {
            #expect(waiting.withLock { $0.isEmpty }, "nothing is in flight while weights are published")
            version.withLock { $0 = 1 }
        }
        let second = try await dispatcher.batch()
        // The first two to end, whichever they are.
        #expect(second.groups.count == 2 && second.groups.allSatisfy { (2...5).contains($0.number) })
        let spans = second.groups.first?.rollouts.first?.trajectory.spans.compactMap { $0.policy?.version.number }
        #expect(spans == [0, 1, 1])
        await dispatcher.close()
        try await running
    }

    @Test("what a step waits for can be told, and its end forced")
    func stalls() async throws {
        let server = ScriptedServer { request in
            if request.id.contains("-1.1-") { try await Task.sleep(for: .seconds(3600)) }
            return try Fixtures.generation("yes", to: request)
        }
        let ledger = Ledger()
        let dispatcher = try dispatcher(server, ledger, mode: Synchronous())
        #expect(await dispatcher.stall == nil)
        let failures = await withTaskGroup(of: String?.self) { group in
            group.addTask {
                try? await dispatcher.run()
                return nil
            }
            group.addTask {
                do { _ = try await dispatcher.batch() } catch { return "\(error)" }
                return nil
            }
            while ledger.recorded.withLock({ $0.count }) < 3 { await Task.yield() }
            let words = await dispatcher.stall?.words ?? ""
            #expect(words.contains("1 of 2 groups are complete"))
            #expect(words.contains("1.1 for") && words.contains("request test-1.1-0"))
            await dispatcher.fail(WhetError("waited too long"))
            group.cancelAll()
            return await group.reduce(into: [String]()) { all, one in all += one.map { [$0] } ?? [] }
        }
        #expect(failures == ["waited too long"])
    }

    @Test("closed before it began, it ends at once")
    func closedEarly() async throws {
        let dispatcher = try dispatcher(ScriptedServer { try Fixtures.generation("yes", to: $0) }, Ledger(), mode: Synchronous())
        await dispatcher.close()
        try await dispatcher.run()
        await #expect(throws: WhetError.self) { try await dispatcher.batch() }
    }

    @Test("what cannot be recorded ends the collection")
    func recordingFails() async throws {
        var source = Ledger().source(size: 2)
        source.record = { _ in throw WhetError("the disk is full") }
        let dispatcher = RolloutDispatcher(
            player: try Fixtures.player(ScriptedServer { try Fixtures.generation("yes", to: $0) }), limits: limits,
            settings: Scheduler.Settings(mode: Synchronous(), groupsPerStep: 1, groupSize: 2, slots: 2), source: source)
        async let running: Void = dispatcher.run()
        let error = await #expect(throws: WhetError.self) { try await dispatcher.batch() }
        #expect(error?.problem.contains("disk is full") == true)
        _ = try? await running
    }
}
