import Foundation
import Testing
import WhetCore

@testable import WhetEngine

@Suite("Aborts and new weights")
struct SchedulerAbortTests {
    @Test("what runs gives what it has, what waits gives nothing, others go on")
    func abort() {
        let harness = SchedulerHarness(settings: .init(maximumRunning: 2))
        let running = harness.submit(.sample("mine-1"), streams: true)
        let other = harness.submit(.sample("yours-1"))
        let waiting = harness.submit(.sample("mine-2"))
        for _ in 0..<3 { harness.scheduler.step() }
        #expect(harness.scheduler.abort(.id("mine")) == 2)
        #expect(running.output?.finish == .abort)
        #expect(running.tokens?.count == 3)
        #expect(running.tokens == running.sampled)
        #expect(waiting.output?.finish == .abort)
        #expect(waiting.tokens == [])
        harness.drain()
        #expect(other.output?.finish == .length)
        #expect(harness.scheduler.statistics.aborted == 2)
    }

    @Test("an abort that came first meets the request of that very id, once")
    func lateRequest() {
        let harness = SchedulerHarness()
        #expect(harness.scheduler.abort(.id("r1")) == 0)
        let longer = harness.submit(.sample("r12"))
        let exact = harness.submit(.sample("r1"))
        let again = harness.submit(.sample("r1"))
        #expect(exact.output?.finish == .abort)
        harness.drain()
        #expect(longer.output?.finish == .length)
        #expect(again.output?.finish == .length)
    }

    @Test("an abort that came too late does not meet the next request of the id")
    func abortAfterEnd() {
        let harness = SchedulerHarness()
        _ = harness.submit(.sample("r"))
        harness.drain()
        #expect(harness.scheduler.abort(.id("r")) == 0)
        let next = harness.submit(.sample("r"))
        harness.drain()
        #expect(next.output?.finish == .length)
    }

    @Test("aborting all ends all, also those that wait for another's prompt")
    func abortAll() {
        let harness = SchedulerHarness(settings: .init(tokensPerStep: 16))
        let prompt = [Int32](repeating: 2, count: 60)
        let results = harness.submit((0..<4).map { .sample("g\($0)", prompt: prompt) })
        harness.scheduler.step()
        #expect(harness.scheduler.abort(.all) == 4)
        #expect(results.allSatisfy { $0.output?.finish == .abort && $0.tokens == [] })
        #expect(!harness.scheduler.hasWork)
    }

    @Test("when the one whose prompt is shared is aborted, the others go on")
    func leaderAborted() {
        let harness = SchedulerHarness(settings: .init(tokensPerStep: 16, maximumRetained: 0))
        let prompt = [Int32](repeating: 2, count: 60)
        let results = harness.submit((0..<4).map { .sample("g\($0)", prompt: prompt, seed: UInt64($0)) })
        harness.scheduler.step()
        _ = harness.scheduler.abort(.id("g0"))
        harness.drain()
        #expect(results.dropFirst().allSatisfy { $0.output?.finish == .length })
        #expect(harness.decoder.openSequences == 0)
    }

    @Test("a caller that has gone frees its place, before and after its request came")
    func cancel() {
        let harness = SchedulerHarness(settings: .init(sharesPrefixes: false))
        let ticket = GenerationEngine.Ticket()
        harness.submit([.sample("a"), .sample("b")], ticket: ticket)
        let other = harness.submit(.sample("c"))
        harness.scheduler.step()
        harness.scheduler.cancel(ticket)
        #expect(harness.scheduler.statistics.running == 1)
        #expect(harness.decoder.openSequences == 1)
        let early = GenerationEngine.Ticket()
        early.cancel()
        #expect(harness.submit([.sample("d")], ticket: early)[0].output?.finish == .abort)
        harness.drain()
        #expect(other.output?.finish == .length)
    }

    @Test("new weights wait for what runs, drop every cache, and sample what comes after")
    func update() throws {
        let harness = SchedulerHarness(settings: .init(maximumRunning: 2))
        let prompt = (0..<20).map { Int32($0) }
        let before = harness.submit([.sample("a", prompt: prompt), .sample("b", prompt: prompt)])
        let after = harness.submit(.sample("c", prompt: prompt))
        harness.scheduler.step()
        let applied = SchedulerHarness.Result()
        let model = try Model.tiny()
        harness.scheduler.update(
            .init(model: model, version: PolicyVersion(3)) { applied.take(.failed(GenerationEngine.Refusal.stopped)) })
        #expect(applied.error == nil)
        harness.drain()
        #expect(applied.error != nil)
        #expect(before.allSatisfy { $0.output?.version == .initial && $0.output?.finish == .length })
        #expect(after.output?.version == PolicyVersion(3))
        #expect(after.output?.sharedTokens == 0)
        #expect(harness.decoder.replacements == 1)
    }

    @Test("a batch that has begun is answered by one version")
    func batchIsOfOneVersion() throws {
        let harness = SchedulerHarness(settings: .init(maximumRunning: 2))
        let batch = harness.submit((0..<7).map { .sample("b\($0)", tokens: 3 + $0) })
        let next = harness.submit((0..<3).map { .sample("n\($0)") })
        harness.scheduler.step()
        harness.scheduler.update(.init(model: try Model.tiny(), version: PolicyVersion(1)) {})
        harness.drain()
        #expect(Set(batch.map { $0.output?.version }) == [.initial])
        #expect(Set(next.map { $0.output?.version }) == [PolicyVersion(1)])
    }

    @Test("an idle engine takes new weights at once")
    func idleUpdate() throws {
        let harness = SchedulerHarness()
        harness.scheduler.update(.init(model: try Model.tiny(), version: PolicyVersion(9)) {})
        harness.drain(limit: 1)
        #expect(harness.scheduler.statistics.version == PolicyVersion(9))
    }
}

extension Model {
    /// A model of next to nothing, where only its being new counts.
    static func tiny() throws -> Model {
        Model(
            configuration: try ModelConfiguration(
                vocabularySize: 32, hiddenSize: 8, intermediateSize: 16, layers: 1, heads: 2, keyValueHeads: 1,
                headSize: 4),
            seed: 1)
    }
}
