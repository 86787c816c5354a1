import Testing
import WhetCore

@testable import WhetAlgorithms

@Suite("Estimators, by hand")
struct HandComputedEstimatorTests {
    private func rollout(
        _ reward: Double, group: Int = 0, tokens: Int = 2, baseline: Double? = nil, named: [String: Double] = [:],
        spans: [CreditSpan] = [], truncated: Bool = false
    ) -> ScoredRollout {
        ScoredRollout(
            group: GroupID(group), reward: reward, policyMask: [Bool](repeating: true, count: tokens),
            baseline: baseline,
            namedRewards: named, spans: spans, isTruncated: truncated)
    }

    private func firsts(_ name: String, _ rollouts: [ScoredRollout], _ settings: JSONObject = [:]) throws -> [Double] {
        try Algorithm.named(name, settings: settings).advantages(for: rollouts).map { $0[0] }
    }

    @Test("MaxRL divides by the success rate; never solved is zero")
    func maximumLikelihood() throws {
        let quarter = [1.0, 0, 0, 0].map { rollout($0) }
        #expect(try firsts("max_rl", quarter).agrees(with: [3, -1, -1, -1], within: 1e-12))
        #expect(try firsts("max_rl", [rollout(0), rollout(0)]) == [0, 0])
        #expect(try firsts("max_rl", [rollout(1)]) == [0])
    }

    @Test("RAE measures against the role's mean before the reward joined it")
    func roles() throws {
        var baselines = RoleBaselines(decay: 0.9)
        #expect(baselines.observe(1, role: "first") == 0)
        #expect(abs(baselines.observe(1, role: "first") - 0.1) < 1e-12)
        #expect(abs(baselines["first"] - 0.19) < 1e-12)
        #expect(baselines["second"] == 0)
        #expect(try firsts("rae", [rollout(1, baseline: baselines["first"])]).agrees(with: [0.81], within: 1e-12))
    }

    @Test("GDPO compares each reward by itself, then weights")
    func decoupledRewards() throws {
        // Deviation of 0 and 1 is √½, so each part is ±½ / √½ = ±√½; "b" weighs half.
        let rollouts = [rollout(0, named: ["a": 1, "b": 0]), rollout(0, named: ["a": 0, "b": 100])]
        let settings: JSONObject = ["whiten": false, "reward_weights": ["b": 0.5]]
        let half = 0.5.squareRoot()
        #expect(try firsts("gdpo", rollouts, settings).agrees(with: [half / 2, -half / 2], within: 1e-5))
        // Whitened over four tokens of ±x: unbiased variance 4/3 x², so ±√¾.
        let whitened = try firsts("gdpo", rollouts, ["reward_weights": ["b": 0.5]])
        let root = 0.75.squareRoot()
        #expect(whitened.agrees(with: [root, -root], within: 1e-6))
    }

    @Test("LOOP's credit is RLOO's, its loss is PPO's without KL")
    func loop() throws {
        let rollouts = [1.0, 0, 0].map { rollout($0) }
        #expect(try firsts("loop", rollouts).agrees(with: [1, -0.5, -0.5], within: 1e-12))
        let loop = try Algorithm.named("loop")
        #expect(loop.loss.objective is PPOClip)
        #expect(loop.loss.klPenalty == nil)
    }

    @Test("a turn is compared with the members that reached it, if they are enough")
    func turns() throws {
        func spans(_ first: Double, _ second: Double?) -> [CreditSpan] {
            [CreditSpan(range: 0..<1, turn: 0, reward: first)]
                + (second.map { [CreditSpan(range: 1..<2, turn: 1, reward: $0)] } ?? [])
        }
        let rollouts = [spans(1, 1), spans(0, 0), spans(0.5, nil)].map { rollout(0, spans: $0) }
        let pairs = try Algorithm.named("turn_level", settings: ["minimum_members": 2]).advantages(for: rollouts)
        #expect(pairs.agree(with: [[0.5, 0.5], [-0.5, -0.5], [0, 0]], within: 1e-12))
        let threes = try Algorithm.named("turn_level", settings: ["minimum_members": 3]).advantages(for: rollouts)
        #expect(threes.agree(with: [[0.5, 0], [-0.5, 0], [0, 0]], within: 1e-12))
    }

    @Test("a step gets the weighted lead on the criteria open in it, each counted once a rollout")
    func steps() throws {
        let a = CreditSpan.Item("a", weight: 0.25, score: 1), b = CreditSpan.Item("b", weight: 0.75, score: 0.5)
        let lost = CreditSpan.Item("a", weight: 0.25, score: 0)
        let good = [CreditSpan(range: 0..<1, turn: 0, items: [a]), CreditSpan(range: 1..<2, turn: 0, items: [a, b])]
        let bad = [CreditSpan(range: 0..<2, turn: 0, items: [lost])]
        let advantages = try Algorithm.named("step_level", settings: ["minimum_members": 1]).advantages(
            for: [rollout(0, spans: good), rollout(0, spans: bad)])
        #expect(advantages.agree(with: [[0.125, 0.125], [-0.125, -0.125]], within: 1e-12))
        // Only one of the two had b open, so with two as the least b counts for nobody; a is still compared.
        let twos = try Algorithm.named("step_level", settings: ["minimum_members": 3]).advantages(
            for: [rollout(0, spans: good), rollout(0, spans: bad)])
        #expect(twos == [[0, 0], [0, 0]])
    }

    @Test("rewards at tokens count in returns and in totals")
    func tokenRewards() throws {
        let mask = [true, false, true]
        let rewarded = ScoredRollout(
            group: GroupID(0), reward: 1, policyMask: mask, baseline: 0.5, tokenRewards: [-0.25, 9, -0.5])
        #expect(rewarded.totalReward == 0.25)
        #expect(try Algorithm.named("remax").advantages(for: [rewarded]) == [[-0.25, 0, 0]])
        let penalty = KLPenalty(.k1, coefficient: 0.5)
        let plain = ScoredRollout(group: GroupID(0), reward: 1, policyMask: mask)
        let penalized = penalty.penalized(plain, logProbabilities: [-1, -1, -1], reference: [-2, -9, -0.5])
        #expect(penalized.tokenRewards == [-0.5, 0, 0.25])
        #expect(penalized.totalReward == 0.75)
    }

    @Test("truncated rollouts that are left out have no say in the baseline")
    func leftOut() throws {
        let rollouts = [rollout(1), rollout(0), rollout(0, truncated: true)]
        let algorithm = try Algorithm.named("dr_grpo", settings: ["leave_out_truncated": true])
        #expect(try algorithm.credit(for: rollouts) == [.uniform(0.5), .uniform(-0.5), .leftOut])
    }

    @Test("ReMax writes verl's returns at the environment's tokens, and trains nothing there")
    func greedyBaseline() throws {
        let rollout = ScoredRollout(
            group: GroupID(0), reward: 1, policyMask: [true, false, true, false], baseline: 0.25,
            tokenRewards: [0.5, 9, 0.125, 9])
        let estimator = try AlgorithmCatalog.estimator("remax")
        #expect(try estimator.advantages(for: [rollout])[0] == [1.375, 1.125, 0.875, 0])
        #expect(try Algorithm.named("remax").advantages(for: [rollout])[0] == [1.375, 0, 0.875, 0])
    }
}
