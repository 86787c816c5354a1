import Testing
import WhetCore

@testable import WhetAlgorithms

@Suite("Every estimator")
struct EstimatorPropertyTests {
    static let algorithms = AlgorithmCatalog.names

    private func algorithm(_ name: String) throws -> Algorithm { try Algorithm.named(name) }

    @Test("does not depend on the order of rollouts", arguments: algorithms)
    func ignoresOrder(name: String) throws {
        let algorithm = try algorithm(name)
        for seed in 0..<20 {
            let rollouts = RandomBatches.rollouts(seed: UInt64(seed))
            let forward = try algorithm.advantages(for: rollouts)
            let backward = try algorithm.advantages(for: rollouts.reversed())
            #expect(forward.agree(with: backward.reversed(), within: 1e-9))
        }
    }

    @Test("gives nothing where the policy chose nothing, and one number a token", arguments: algorithms)
    func respectsMasks(name: String) throws {
        for seed in 0..<20 {
            let rollouts = RandomBatches.rollouts(seed: UInt64(seed))
            for (advantages, rollout) in zip(try algorithm(name).advantages(for: rollouts), rollouts) {
                #expect(advantages.count == rollout.policyMask.count)
                #expect(zip(advantages, rollout.policyMask).allSatisfy { $1 || $0 == 0 })
            }
        }
    }

    /// What whitens or counts over the batch depends on it; all others see a group alone.
    @Test(
        "credits a group as if it were alone",
        arguments: algorithms.filter { !["gpg", "reinforce_plus_plus_baseline", "gdpo"].contains($0) })
    func groupsAreIndependent(name: String) throws {
        let algorithm = try algorithm(name)
        guard algorithm.needsGroups else { return }
        for seed in 0..<20 {
            let rollouts = RandomBatches.rollouts(seed: UInt64(seed))
            let together = try algorithm.advantages(for: rollouts)
            for group in Set(rollouts.map(\.group)) {
                let places = rollouts.indices.filter { rollouts[$0].group == group }
                let alone = try algorithm.advantages(for: places.map { rollouts[$0] })
                #expect(alone.agree(with: places.map { together[$0] }, within: 1e-12))
            }
        }
    }

    @Test(
        "does not see a shift of all rewards of full groups",
        arguments: ["grpo", "dr_grpo", "rloo", "opo", "grpo_passk"])
    func ignoresShift(name: String) throws {
        for seed in 0..<20 {
            let rollouts = RandomBatches.rollouts(seed: UInt64(seed))
            let sizes = Dictionary(grouping: rollouts, by: \.group).mapValues(\.count)
            let full = rollouts.filter { sizes[$0.group, default: 0] > 1 }
            let plain = try algorithm(name).advantages(for: full)
            let shifted = try algorithm(name).advantages(for: full.map { $0.rewarded(by: 3) })
            #expect(plain.agree(with: shifted, within: 1e-6))
        }
    }

    @Test("GRPO hardly sees the scale of rewards; Dr. GRPO and RLOO follow it")
    func scale() throws {
        let rollouts = RandomBatches.rollouts(seed: 4, groups: 1)
        #expect(rollouts.count > 1)
        let tenfold = rollouts.map { $0.rewarded(by: 9 * $0.reward) }
        let normalized = try algorithm("grpo")
        #expect(try normalized.advantages(for: tenfold).agree(with: normalized.advantages(for: rollouts), within: 1e-4))
        for name in ["dr_grpo", "rloo"] {
            let plain = try algorithm(name).advantages(for: rollouts).map { $0.map { $0 * 10 } }
            #expect(try algorithm(name).advantages(for: tenfold).agree(with: plain, within: 1e-9))
        }
    }

    @Test("never gives NaN, whatever finite rewards come", arguments: algorithms)
    func survivesAnything(name: String) throws {
        let algorithm = try algorithm(name)
        let rewards: [Double] = [0, 1, -1, 1e-300, 1e9, -1e9, 0.1 + 0.2]
        for reward in rewards {
            for rollouts in [
                [], RandomBatches.rollouts(seed: 1, groups: 1) { _ in reward },
                RandomBatches.rollouts(seed: 2) { _ in reward },
            ] {
                #expect(try algorithm.advantages(for: rollouts).joined().areFinite)
            }
        }
        for mask in [[], [false], [true], [false, false]] {
            let lonely = ScoredRollout(
                group: GroupID(0), reward: 1, policyMask: mask, baseline: 0, values: mask.map { _ in 0.5 },
                namedRewards: ["a": 1])
            #expect(try algorithm.advantages(for: [lonely]).joined().areFinite)
        }
    }

    /// More rollouts than one thread takes, so that a mix-up between threads would show.
    @Test("writes out what it credits, on any number of threads", arguments: algorithms.filter { $0 != "remax" })
    func writesOut(name: String) throws {
        let estimator = try algorithm(name).estimator
        let rollouts = RandomBatches.rollouts(seed: 8, groups: 60)
        #expect(rollouts.count > 130)
        let credit = try estimator.credit(for: rollouts)
        let alone = zip(credit, rollouts).map { $0.advantages(over: $1.policyMask) }
        #expect(try estimator.advantages(for: rollouts) == alone)
    }

    @Test("returns and advantages are the recursion's, token by token", arguments: [(1.0, 1.0), (0.9, 0.5), (0, 0.9)])
    func recursion(gamma: Double, lambda: Double) throws {
        let estimator = try GeneralizedAdvantageEstimator(
            settings: ["gamma": .number(gamma), "lambda": .number(lambda)])
        var random = RandomStream(key: 3)
        for seed in 0..<20 {
            let rollouts = RandomBatches.rollouts(seed: UInt64(seed)).map { rollout in
                seed % 2 == 0 ? rollout : rollout.rewarded(atTokens: rollout.policyMask.map { _ in random.unit() })
            }
            for (rollout, returns) in zip(rollouts, try estimator.returns(for: rollouts)) {
                var expected = [Double](repeating: 0, count: returns.count)
                var advantage = 0.0, nextValue = 0.0
                let last = rollout.policyMask.lastIndex(of: true)
                for place in returns.indices.reversed() where rollout.policyMask[place] {
                    let reward = (place == last ? rollout.reward : 0) + (rollout.tokenRewards?[place] ?? 0)
                    let value = try #require(rollout.values?[place])
                    advantage = reward + gamma * nextValue - value + gamma * lambda * advantage
                    nextValue = value
                    expected[place] = advantage + value
                }
                #expect(returns.agrees(with: expected, within: 1e-12))
            }
        }
    }

    @Test("refuses values that are no numbers, wherever they stand")
    func refusesBrokenValues() throws {
        for count in [1, 4, 7] {
            for place in 0..<count {
                var values = [Double](repeating: 0.5, count: count)
                values[place] = place % 2 == 0 ? .nan : -.infinity
                let rollout = ScoredRollout(
                    group: GroupID(0), reward: 1, policyMask: values.map { _ in true }, values: values)
                #expect(throws: WhetError.self) { try algorithm("gae").credit(for: [rollout]) }
            }
        }
    }

    @Test("refuses rewards that are no numbers", arguments: algorithms)
    func refusesNaN(name: String) throws {
        for reward in [Double.nan, .infinity] {
            let rollouts = RandomBatches.rollouts(seed: 3) { _ in reward }
            #expect(throws: WhetError.self) { try algorithm(name).credit(for: rollouts) }
        }
    }

    @Test(
        "says what is missing",
        arguments: AlgorithmCatalog.all.filter {
            !$0.needs.isDisjoint(
                with: [.greedyReward, .promptValue, .roleValue, .tokenValues, .namedRewards])
        }.map(\.name))
    func saysWhatIsMissing(name: String) throws {
        let bare = ScoredRollout(group: GroupID(3), reward: 1, policyMask: [true])
        let error = #expect(throws: WhetError.self) { try algorithm(name).credit(for: [bare]) }
        #expect(error?.place == "rollout 0 of group 3")
    }
}
