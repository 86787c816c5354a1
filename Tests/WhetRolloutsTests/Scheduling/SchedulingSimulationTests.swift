import Testing
import WhetCore

@testable import WhetRollouts

@Suite("A training on a virtual clock")
struct SchedulingSimulationTests {
    private func report(
        _ mode: any SchedulingMode, steps: Int = 40, groupSize: Int = 4, bound: StalenessBound = .init(),
        filtered: Double = 0, tools: SimulatedDistribution? = nil
    ) throws -> SchedulingReport {
        let workload = SimulatedWorkload(
            turnTokens: .logNormal(median: 200, sigma: 1, maximum: 1_600), turns: tools == nil ? .fixed(1) : .fixed(3),
            toolSeconds: tools ?? .fixed(0), filteredShare: filtered)
        return try SchedulingSimulation(
            .init(
                scheduler: .init(
                    mode: mode, groupsPerStep: 8, groupSize: groupSize, slots: 64,
                    refills: filtered > 0 ? 100 : 0, bound: bound),
                workload: workload, servers: 2, trainerTokensPerSecond: 20_000, publicationSeconds: 0.5, steps: steps)
        ).run()
    }

    @Test("the simulated time of one rollout is its tokens' and its tools'")
    func oneRollout() throws {
        let report = try SchedulingSimulation(
            .init(
                scheduler: .init(mode: Synchronous(), groupsPerStep: 1, groupSize: 1, slots: 1),
                workload: SimulatedWorkload(
                    promptTokens: 1_000, turnTokens: .fixed(50), turns: .fixed(2), toolSeconds: .fixed(7)),
                stepSeconds: 0.01, requestSeconds: 0.01, prefillTokensPerSecond: 1_000, trainerSeconds: 3,
                publicationSeconds: 4, steps: 1)
        ).run()
        // 1 s of prompt, 100 tokens of 0.02 s, a tool; then training and publication.
        #expect(abs(report.playingSeconds - 10) < 1e-6)
        #expect(abs(report.seconds - 17) < 1e-6)
        #expect(report.tokens == 100)
        #expect(report.prefilledTokens == 1_000, "the second turn finds the first in the cache")
    }

    @Test("every token that is sampled is trained on, wasted by name, or left", arguments: [nil, 2.0])
    func conservation(tool: Double?) throws {
        let tools = tool.map { SimulatedDistribution.logNormal(median: $0, sigma: 1, maximum: 60) }
        for mode in SchedulerInvariantTests.modes {
            for excess in StalenessBound.Excess.allCases {
                let report = try report(
                    mode, bound: .init(versions: 2, resumes: 3, excess: excess), filtered: 0.3, tools: tools)
                let wasted = report.filteredTokens + report.droppedTokens + report.restartedTokens
                #expect(report.generatedTokens == report.tokens + wasted + report.leftTokens, "\(mode.name), \(excess)")
                #expect(report.batches == 40)
                #expect(report.groups == 320)
                #expect(report.filteredGroups > 0)
            }
        }
    }

    @Test("the same settings give the same report")
    func deterministic() throws {
        for mode in SchedulerInvariantTests.modes { #expect(try report(mode) == report(mode)) }
    }

    @Test("all modes play the same episodes")
    func sameEpisodes() throws {
        let reports = try ([Synchronous(), OneStepOff()] as [any SchedulingMode]).map { try report($0) }
        #expect(reports[0].tokens == reports[1].tokens)
        #expect(reports[0].offPolicyTokens == 0)
        #expect(reports[1].greatestLag == 1)
    }

    @Test("with long tails april and asynchronous are faster than waiting; with lengths alike april gains nothing")
    func orderOfModes() throws {
        let waiting = try report(Synchronous(), steps: 100)
        #expect(try report(APRIL(), steps: 100).tokensPerSecond > 1.2 * waiting.tokensPerSecond)
        let asynchronous = try report(Asynchronous(staleness: 4), steps: 100)
        #expect(asynchronous.batchesPerHour > 1.2 * waiting.batchesPerHour)
        func even(_ mode: any SchedulingMode) throws -> Double {
            try SchedulingSimulation(
                .init(
                    scheduler: .init(mode: mode, groupsPerStep: 4, groupSize: 2, slots: 8),
                    workload: SimulatedWorkload(promptTokens: 0, turnTokens: .fixed(100)), abortSeconds: 0, steps: 50)
            ).run().tokensPerSecond
        }
        #expect(try even(APRIL()) < 1.01 * even(Synchronous()))
    }

    @Test("a mode that opens nothing is found, not waited for")
    func standstill() {
        struct Lazy: SchedulingMode {
            let name = "lazy"
            func groups(_ view: SchedulerView) -> Int { 0 }
        }
        #expect(throws: WhetError.self) { try report(Lazy()) }
    }

    @Test("distributions: the median, the maximum, the shares of a mixture")
    func distributions() {
        let tail = SimulatedDistribution.logNormal(median: 2_000, sigma: 1, maximum: 16_384)
        #expect(tail.value(normal: 0, unit: 0) == 2_000)
        #expect(tail.value(normal: 9, unit: 0) == 16_384)
        let mixture = SimulatedDistribution.mixture([(1, .fixed(5)), (3, .fixed(7))])
        #expect((0..<100).count { mixture.value(normal: 0, unit: Double($0) / 100) == 5 } == 25)
        let workload = SimulatedWorkload(turnTokens: tail)
        let lengths = (0..<4_000).map { workload.episode(.init(group: $0, index: 0))[0].tokens }.sorted()
        #expect((1_850...2_150).contains(lengths[2_000]))
        #expect(lengths.last == 16_384)
    }

    @Test("members of a group are alike as far as they share their task")
    func groups() {
        for (shared, isSame) in [(0.0, false), (1.0, true)] {
            let workload = SimulatedWorkload(
                turnTokens: .logNormal(median: 2_000, sigma: 1, maximum: 16_384), sharedWithinGroup: shared)
            let lengths = (0..<8).map { workload.episode(.init(group: 3, index: $0))[0].tokens }
            #expect((Set(lengths).count == 1) == isSame)
        }
    }
}
