import Testing
import WhetCore

@testable import WhetEngine

@Suite("Generation scheduler")
struct GenerationSchedulerTests {
    @Test("a request gets its budget of tokens, each delivered as it is sampled")
    func budget() {
        let harness = SchedulerHarness()
        let result = harness.submit(.sample(tokens: 5), streams: true)
        harness.drain()
        #expect(result.output?.finish == .length)
        #expect(result.tokens?.count == 5)
        #expect(result.sampled == result.tokens)
        #expect(harness.decoder.steps == [[3], [1], [1], [1], [1]])
        #expect(harness.scheduler.statistics.generatedTokens == 5)
    }

    @Test("the context ends what the budget would not")
    func context() {
        let harness = SchedulerHarness(context: 6)
        let result = harness.submit(.sample(prompt: [1, 2, 3], tokens: 100))
        harness.drain()
        #expect(result.tokens?.count == 3)
        #expect(result.output?.finish == .length)
    }

    @Test("end tokens stop and stay in the output, unless they are to be ignored")
    func endTokens() {
        let always5: ([Int32]) -> [Float] = { tokens in (0..<8).map { $0 == tokens.count ? 9 : 0 } }
        let harness = SchedulerHarness(endTokens: [5], vocabulary: 8, logits: always5)
        var request = GenerationEngine.Request.sample(tokens: 4, temperature: 0)
        let stopped = harness.submit(request)
        request.ignoresEndTokens = true
        let ignoring = harness.submit(request)
        request.sampling.stopTokens = [4]
        let own = harness.submit(request)
        harness.drain()
        #expect(stopped.tokens == [3, 4, 5])
        #expect(stopped.output?.stop == .token(5))
        #expect(ignoring.tokens == [3, 4, 5, 6])
        #expect(own.tokens == [3, 4])
        #expect(own.output?.stop == .token(4))
    }

    @Test("stop strings end a request, whose tokens stay whole")
    func stopStrings() {
        let harness = SchedulerHarness(vocabulary: 8) { tokens in (0..<8).map { $0 == tokens.count ? 9 : 0 } }
        let result = harness.submit(.sample(temperature: 0, stopStrings: ["zzz", "ef"]))
        harness.drain()
        #expect(result.tokens == [3, 4, 5])
        #expect(result.output?.finish == .stop)
        #expect(result.output?.stop == .string("ef"))
    }

    @Test(
        "alone or among 63 others, in whatever order: the same tokens and log-probabilities",
        arguments: [1, 7, 64, 300])
    func batchInvariance(tokensPerStep: Int) {
        var random = RandomStream(seed: 3, purpose: "requests")
        let requests = (0..<64).map { index in
            GenerationEngine.Request.sample(
                "r\(index)", prompt: (0..<Int.random(in: 1...60, using: &random)).map { Int32($0 % 20) },
                tokens: Int.random(in: 1...20, using: &random), seed: UInt64(index))
        }
        let alone = requests.map { request in
            let harness = SchedulerHarness(settings: .init(sharesPrefixes: false))
            let result = harness.submit(request)
            harness.drain()
            return result.output?.tokens
        }
        for shares in [false, true] {
            let harness = SchedulerHarness(
                settings: .init(maximumRunning: 20, tokensPerStep: tokensPerStep, sharesPrefixes: shares))
            let order = Array(requests.indices).shuffled(using: &random)
            var results: [Int: SchedulerHarness.Result] = [:]
            for index in order {
                results[index] = harness.submit(requests[index])
                if index % 3 == 0 { harness.scheduler.step() }
            }
            harness.drain()
            for index in requests.indices { #expect(results[index]?.output?.tokens == alone[index]) }
            #expect(shares == !harness.decoder.forks.isEmpty)
            #expect(harness.decoder.openSequences <= 64)
        }
    }

    @Test("a request that goes on after an abort draws what it would have drawn")
    func resume() throws {
        let harness = SchedulerHarness()
        let whole = harness.submit(.sample(tokens: 12))
        harness.drain()
        let first = harness.submit(.sample(tokens: 12))
        for _ in 0..<5 { harness.scheduler.step() }
        #expect(harness.scheduler.abort(.id("r")) == 1)
        let part = try #require(first.tokens)
        #expect(part.count == 5)
        let rest = harness.submit(.sample("r2", prompt: [1, 2, 3] + part, tokens: 12 - part.count))
        harness.drain()
        #expect(part + (rest.tokens ?? []) == whole.tokens)
    }

    @Test("a group's prompt is read once")
    func prefixSharing() {
        let prompt = (0..<40).map { Int32($0 % 30) }
        let harness = SchedulerHarness()
        let results = harness.submit((0..<8).map { .sample("g\($0)", prompt: prompt, tokens: 3, seed: UInt64($0)) })
        harness.drain()
        #expect(harness.decoder.forks == Array(repeating: 39, count: 7))
        // The prompt once, the last token for each follower, and two more steps for each of eight.
        #expect(harness.decoder.readTokens == 40 + 7 + 8 * 2)
        #expect(results.map { $0.output?.sharedTokens } == [0] + Array(repeating: 39, count: 7))
        #expect(Set(results.map { $0.tokens ?? [] }).count > 1)
    }

    @Test("the next turn takes over the cache of the last one")
    func retainedPrefix() throws {
        let prompt = (0..<30).map { Int32($0) }
        let harness = SchedulerHarness()
        let first = harness.submit(.sample(prompt: prompt, tokens: 6))
        harness.drain()
        let second = harness.submit(
            .sample("t2", prompt: prompt + (try #require(first.tokens)) + [1, 2, 3], tokens: 2))
        harness.drain()
        // The last sampled token was never read.
        #expect(second.output?.sharedTokens == 35)
        #expect(harness.decoder.openSequences == 2)
    }

    @Test("long prompts are read in pieces, between which others decode on")
    func chunks() {
        let harness = SchedulerHarness(settings: .init(tokensPerStep: 20))
        let short = harness.submit(.sample("s", tokens: 6))
        harness.scheduler.step()
        _ = harness.submit(.sample("l", prompt: Array(repeating: 1, count: 50), tokens: 1))
        for _ in 0..<3 { harness.scheduler.step() }
        #expect(harness.decoder.steps == [[3], [1, 19], [1, 19], [1, 12]])
        harness.drain()
        #expect(short.tokens?.count == 6)
    }

    @Test("no more run than may, and no more is cached than may be")
    func bounds() {
        let harness = SchedulerHarness(
            settings: .init(maximumRunning: 3, maximumCachedTokens: 60, maximumRetained: 4), context: 60)
        let results = harness.submit(
            (0..<20).map { .sample("r\($0)", prompt: Array(0..<Int32(5 + $0)), tokens: 10, seed: UInt64($0)) })
        while harness.scheduler.hasWork {
            harness.scheduler.step()
            #expect(harness.scheduler.statistics.running <= 3)
            #expect(harness.decoder.cachedTokens <= 60)
        }
        #expect(results.allSatisfy { $0.tokens?.count == 10 })
    }

    @Test("a full queue refuses a batch whole")
    func boundedQueue() {
        let harness = SchedulerHarness(settings: .init(maximumRunning: 2, maximumWaiting: 2))
        let taken = harness.submit((0..<3).map { .sample("a\($0)") })
        let refused = harness.submit((0..<2).map { .sample("b\($0)") })
        #expect(refused.allSatisfy { $0.error as? GenerationEngine.Refusal == .queueIsFull(waiting: 3) })
        harness.drain()
        #expect(taken.allSatisfy { $0.output?.finish == .length })
        #expect(harness.scheduler.statistics.refused == 2)
    }

    @Test("a model that has diverged fails the request and frees its place")
    func divergence() {
        let harness = SchedulerHarness(vocabulary: 4) { $0.count > 4 ? [.nan, 0, 0, 0] : [0, 1, 2, 3] }
        let result = harness.submit(.sample(prompt: [1, 2, 3]))
        harness.drain()
        #expect(result.error is WhetError)
        #expect(result.output == nil)
        #expect(harness.scheduler.statistics.failed == 1)
        #expect(harness.scheduler.statistics.running == 0)
    }
}
