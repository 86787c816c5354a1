import Testing
import WhetCore
import WhetRollouts
import WhetTestSupport

@Suite("Orchestrator")
struct OrchestratorTests {
    private let limits = EpisodeLimits(sampling: SamplingParameters(), maximumTurns: 2)

    @Test("gives a rollout a plan in the plans' order, never more at once than allowed", arguments: [1, 3, 64])
    func keepsOrder(concurrency: Int) async throws {
        let server = ScriptedServer { request in
            // Later requests are answered earlier, by yielding less.
            for _ in 0..<(request.seed % 7) { await Task.yield() }
            return try Fixtures.generation("yes", to: request)
        }
        let plans = try Fixtures.plans(8, size: 4)
        var ended: [RolloutID] = []
        let rollouts = try await Orchestrator(player: Fixtures.player(server), concurrency: concurrency)
            .play(plans, limits: limits, version: .initial) { ended.append($0.id) }
        #expect(rollouts.map(\.id) == plans.map(\.id))
        #expect(Set(ended) == Set(plans.map(\.id)))
        #expect(server.mostInFlight <= concurrency)
    }

    @Test("draws nothing from the order of replies")
    func ignoresOrder() async throws {
        func seeds(_ slow: UInt64) async throws -> [UInt64] {
            let server = ScriptedServer { request in
                for _ in 0..<(request.seed % slow) { await Task.yield() }
                return try Fixtures.generation("yes", to: request)
            }
            let plans = try Fixtures.plans(4, size: 4)
            _ = try await Orchestrator(player: Fixtures.player(server), concurrency: 5)
                .play(plans, limits: limits, version: .initial)
            return server.requests.sorted { $0.id < $1.id }.map(\.seed)
        }
        #expect(try await seeds(3) == seeds(11))
    }

    @Test("cancellation ends all plays")
    func cancels() async throws {
        let server = ScriptedServer { request in
            try await Task.sleep(for: .seconds(3600))
            return try Fixtures.generation("yes", to: request)
        }
        let orchestrator = Orchestrator(player: try Fixtures.player(server), concurrency: 4)
        let plans = try Fixtures.plans(4, size: 2)
        let limits = limits
        let task = Task { try await orchestrator.play(plans, limits: limits, version: .initial) }
        while server.requests.count < 4 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
