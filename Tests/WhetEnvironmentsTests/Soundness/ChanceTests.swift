import Testing
import WhetCore

@testable import WhetEnvironments

/// Bet whether a hidden card is higher than the one shown: sound, unless it is told to be broken in one way.
private struct HigherOrLower: Environment {
    enum Fault: String, CaseIterable {
        case none, demonstrationIsThoughtless, demonstrationIsConstant, rewardsOutside, leaksHiddenCard, wavers,
            demonstrationWavers
    }

    let fault: Fault
    private let history = Doubling.Counter()

    init(_ fault: Fault = .none) { self.fault = fault }

    var name: String { "HigherOrLower" }

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        var random = RandomStream(seed: seed, purpose: name, level)
        let shown = Int.random(in: 1...100, using: &random)
        let hidden = Int.random(in: 1...100, using: &random)
        let leak = fault == .leaksHiddenCard ? " (It is \(hidden).)" : ""
        return PracticeTask(
            environment: name, seed: seed, level: level,
            messages: [Message(.user, "You see \(shown). Say high or low, for the other card.\(leak)")],
            problem: ["shown": .integer(shown), "hole": .integer(hidden)])
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let answer = Answer(lastIn: messages.last?.content ?? "")?.text
        let (shown, hidden) = (task.problem["shown"]?.integer ?? 0, task.problem["hole"]?.integer ?? 0)
        let isRight = answer == (hidden > shown ? "high" : "low")
        var reward = isRight ? 1.0 : answer == "high" || answer == "low" ? -0.5 : -1
        if fault == .rewardsOutside, isRight, shown == 50 { reward = 3 }
        if fault == .wavers { reward -= Double(await history.next()) * 1e-9 }
        return Score(reward: reward, isSolved: isRight)
    }

    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        var isHigh = (task.problem["shown"]?.integer ?? 0) <= 50
        if fault == .demonstrationIsThoughtless { isHigh = task.seed.nonzeroBitCount % 2 == 0 }
        if fault == .demonstrationIsConstant { isHigh = true }
        if fault == .demonstrationWavers { isHigh = await history.next() % 2 == 0 }
        return [Message(.assistant, "<answer>\(isHigh ? "high" : "low")</answer>")]
    }
}

@Suite("Checking soundness where chance decides")
struct ChanceTests {
    private static func claims(worst: Double? = nil, mean: Double? = nil) -> EnvironmentClaims {
        EnvironmentClaims(.chance(worst: worst, mean: mean), rewards: -1...1, secrets: ["hole"])
    }

    private func report(
        _ fault: HigherOrLower.Fault = .none, claims: EnvironmentClaims = claims(mean: 0.4), seeds: Int = 200
    ) async throws -> SoundnessReport {
        var bounds = SoundnessBounds.quick
        bounds.mostGames = 4000
        return try await SoundnessCheck("HigherOrLower", claims: claims, bounds: bounds) { HigherOrLower(fault) }
            .report(seeds: seeds, levels: 0...1)
    }

    @Test("takes a game that skill wins on average, though not always")
    func sound() async throws {
        let report = try await report()
        #expect(report.findings.isEmpty, "\(report.findings)")
        let comparisons = report.figures.comparisons
        #expect(comparisons.count == 10)
        #expect(Set(comparisons.map(\.player)).isSuperset(of: ["random play", "always \"high\"", "saying nothing"]))
        #expect(comparisons.allSatisfy { $0.isProved && $0.demonstration > $0.other && $0.games < 1000 })
    }

    @Test("calls it unsound where nobody says that chance decides")
    func certain() async throws {
        let report = try await report(claims: EnvironmentClaims(rewards: -1...1))
        #expect(report.findings.contains { $0.check == .reference && $0.severity == .error })
    }

    @Test("finds each fault", arguments: [
        (.demonstrationIsThoughtless, .chance, "it is not sure that the demonstrations earn more than random play"),
        (.demonstrationIsConstant, .chance, "the demonstrations earn no more than always \"high\""),
        (.rewardsOutside, .rewards, "outside the declared range"),
        (.leaksHiddenCard, .leaks, "the problem's \"hole\""),
        (.wavers, .rewards, "another score the second time"),
        (.demonstrationWavers, .reproducibility, "a demonstration is another one the second time"),
    ] as [(HigherOrLower.Fault, SoundnessReport.Check, words: String)])
    private func faults(_ fault: HigherOrLower.Fault, _ check: SoundnessReport.Check, words: String) async throws {
        let report = try await report(fault)
        #expect(
            report.findings.contains { $0.check == check && $0.severity == .error && $0.sentence.contains(words) },
            "\(report.findings)")
    }

    @Test("holds an environment to what it claims of demonstrations")
    func claims() async throws {
        let proud = try await report(claims: Self.claims(mean: 0.8))
        #expect(proud.findings.map(\.check) == [.chance, .chance])
        #expect(proud.findings.first?.sentence.contains("not 0.8 or more as is claimed") == true)
        let bold = try await report(claims: Self.claims(worst: 0))
        #expect(bold.findings.contains { $0.sentence.contains("is said to be the worst") })
        let vague = try await report(claims: EnvironmentClaims(.chance()))
        #expect(vague.findings.contains { $0.sentence.contains("the range of rewards is not stated") })
        #expect(!proud.isSound && !bold.isSound && !vague.isSound)
    }

    @Test("believes nothing that too few games show")
    func tooFew() async throws {
        var bounds = SoundnessBounds.quick
        bounds.mostGames = 10
        let report = try await SoundnessCheck("HigherOrLower", claims: Self.claims(), bounds: bounds) {
            HigherOrLower()
        }
            .report(seeds: 30, levels: 0...0)
        #expect(report.findings.contains { $0.sentence.contains("it is not sure that the demonstrations earn more") })
    }
}

@Suite("Tests by betting")
struct BettingTestTests {
    /// How many of so many series of observations prove that their mean lies above 0.
    private func proved(_ series: Int, alpha: Double, _ observation: (inout RandomStream) -> Double) -> Int {
        (0..<series).count { index in
            var random = RandomStream(seed: UInt64(index), purpose: "betting")
            var test = BettingTest(meanAbove: 0, range: -1...1)
            for _ in 0..<400 { test.observe(observation(&random)) }
            return test.isProved(alpha)
        }
    }

    @Test("are wrong no more often than they say, however often one looks")
    func error() {
        let fair = proved(2000, alpha: 0.05) { $0.unit() < 0.5 ? 1 : -1 }
        let skewed = proved(2000, alpha: 0.05) { $0.unit() < 0.1 ? 0.9 : -0.1 }
        // 100 expected at most, with a standard deviation below 10.
        #expect(fair < 130 && skewed < 130, "\(fair), \(skewed)")
        #expect(proved(100, alpha: 0.05) { _ in 0 } == 0)
    }

    @Test("find what is there")
    func power() {
        #expect(proved(100, alpha: 1e-6) { $0.unit() < 0.75 ? 1 : -1 } == 100)
        #expect(proved(100, alpha: 1e-6) { $0.unit() < 0.4 ? -0.1 : 0.5 } == 100)
    }

    @Test("a comparison of a series with itself is decided: it earns no more")
    func same() {
        var comparison = PairedComparison(rewards: 0...1, margin: 0.01)
        for index in 0..<5000 { comparison.observe(Double(index % 2), Double(index % 2)) }
        guard case .notMore = comparison.verdict(1e-6) else { return #expect(Bool(false)) }
        #expect(comparison.means == (0.5, 0.5))
    }
}
