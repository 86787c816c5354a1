import Foundation
import Testing
import WhetAlgorithms
import WhetCore

@Suite("Every objective")
struct ObjectiveTests {
    static let names = ObjectiveCatalog.names
    /// Their gradient is the slope of the loss that they report.
    static let differentiated = ["ppo_clip", "gspo", "sapo", "gmpo", "policy_gradient", "cross_entropy"]
    /// Their gradient is a weight, held constant, times that of the log-probability.
    static let weighted = ["cispo", "dppo_tv", "dppo_kl", "topr", "policy_gradient", "cross_entropy"]

    @Test("has its gradient tested")
    func gradientsAreTested() {
        for name in Set(Self.names).subtracting(Self.differentiated + Self.weighted + ["reverse_kl"]).sorted() {
            Issue.record("nobody looks at the gradient of \(name): add it to `differentiated` or to `weighted`")
        }
    }

    private func loss(_ objective: any Objective, _ aggregation: Aggregation) -> LossFunction {
        LossFunction(objective: objective, aggregation: aggregation)
    }

    /// The slope of `value` at each trained token, by central differences.
    private func slopes(of value: (ObjectiveSequence) -> Double, at sequence: ObjectiveSequence) -> [Double] {
        let step = 1e-6
        return sequence.mask.indices.map { place in
            guard sequence.mask[place] else { return 0 }
            var up = sequence, down = sequence
            up.logProbabilities[place] += step
            down.logProbabilities[place] -= step
            return (value(up) - value(down)) / (2 * step)
        }
    }

    /// GSPO's stop-gradient slope is the loss's where a sequence has one advantage.
    @Test(
        "the gradient is the slope of the loss",
        arguments: differentiated, Aggregation.allCases)
    func gradientIsSlope(name: String, aggregation: Aggregation) throws {
        let objective = try ObjectiveCatalog.named(
            name, settings: name == "gspo" ? ["clip_low": 0.1, "clip_high": 0.2] : [:])
        let loss = loss(objective, aggregation)
        for seed in 0..<30 {
            let sequence = RandomBatches.sequence(seed: UInt64(seed), uniform: name == "gspo")
            let shares = loss.shares(masks: [sequence.mask])[0]
            let result = loss.evaluate(sequence, shares: shares)
            let expected = slopes(of: { loss.evaluate($0, shares: shares).loss }, at: sequence)
            let scale = max(1, expected.map(abs).max() ?? 1)
            #expect(result.gradient.agrees(with: expected, within: 1e-5 * scale))
        }
    }

    @Test(
        "what holds its weight constant is the slope times the log-probability",
        arguments: weighted)
    func weightIsConstant(name: String) throws {
        let objective = try ObjectiveCatalog.named(name)
        for seed in 0..<30 {
            let sequence = RandomBatches.sequence(seed: UInt64(seed), spread: 1.5)
            let result = objective.evaluate(sequence, shares: sequence.mask.map { $0 ? 0.25 : 0 })
            let product = zip(result.gradient, sequence.logProbabilities).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(result.loss - product) < 1e-12)
        }
    }

    @Test("the weights held constant are the formulas'")
    func constantWeights() throws {
        func slope(_ objective: some Objective, ratio: Double, advantage: Double, behavior: Double = 0.4) -> Double {
            objective.evaluate(
                ObjectiveSequence(
                    logProbabilities: [log(behavior * ratio)], behaviorLogProbabilities: [log(behavior)],
                    advantages: [advantage], mask: [true]), shares: [1]
            ).gradient[0]
        }
        #expect(abs(slope(CISPO(), ratio: 1.5, advantage: 2) + 2 * 1.28) < 1e-12)
        #expect(abs(slope(CISPO(), ratio: 0.5, advantage: 2) + 2 * 0.5) < 1e-12)
        #expect(abs(slope(TOPR(), ratio: 2, advantage: -1) - 1) < 1e-12)
        #expect(abs(slope(TOPR(), ratio: 0.5, advantage: -1) - 0.5) < 1e-12)
        #expect(abs(slope(TOPR(), ratio: 0.1, advantage: 3) + 3) < 1e-12)
        // 0.4 to 0.64 is more than 0.2: gone upwards, still trained downwards.
        #expect(slope(DPPOTotalVariation(), ratio: 1.6, advantage: 1) == 0)
        #expect(abs(slope(DPPOTotalVariation(), ratio: 1.6, advantage: -1) - 1.6) < 1e-12)
        #expect(slope(DPPOKL(), ratio: 2, advantage: 1) == 0)
        #expect(abs(slope(DPPOKL(), ratio: 2, advantage: -1) - 2) < 1e-12)
        // Optimistic clipping: no upper limit.
        #expect(abs(slope(PPOClip(clipLow: 0.2, clipHigh: nil), ratio: 2.4, advantage: 1) + 2.4) < 1e-12)
        #expect(slope(PPOClip(clipLow: 0.2, clipHigh: nil), ratio: 0.7, advantage: -1) == 0)
    }

    @Test("distillation's slope is the log-ratio to the reference; its loss is k1")
    func reverseKL() throws {
        let sequence = RandomBatches.sequence(seed: 5)
        let reference = try #require(sequence.referenceLogProbabilities)
        let result = ReverseKL().evaluate(sequence, shares: sequence.mask.map { $0 ? 0.5 : 0 })
        let ratios = sequence.mask.indices.map { sequence.mask[$0] ? sequence.logProbabilities[$0] - reference[$0] : 0 }
        #expect(result.gradient.agrees(with: ratios.map { $0 / 2 }, within: 1e-12))
        #expect(abs(result.loss - ratios.reduce(0, +) / 2) < 1e-12)
    }

    @Test("each KL estimate's slope is its own, or k2's with a plus", arguments: KLEstimator.allCases)
    func klSlopes(estimator: KLEstimator) {
        let shown = estimator.rawValue.hasSuffix("+") ? KLEstimator.k2 : estimator
        for (policy, reference) in [(-1.0, -1.3), (-0.2, -2.0), (-3.0, -0.1), (-0.5, -0.4)] {
            let step = 1e-6
            let up = shown.estimate(policy + step, reference: reference).value
            let down = shown.estimate(policy - step, reference: reference).value
            #expect(abs(estimator.estimate(policy, reference: reference).slope - (up - down) / (2 * step)) < 1e-6)
        }
        for (policy, reference) in [(-1e6, 0.0), (0.0, -1e6), (0, 0)] {
            let (value, slope) = estimator.estimate(policy, reference: reference)
            #expect(value.isFinite && slope.isFinite)
        }
    }

    @Test("a token outside the mask has no gradient and no say, whatever stands there", arguments: names)
    func ignoresMasked(name: String) throws {
        let objective = try ObjectiveCatalog.named(name)
        let sequence = RandomBatches.sequence(seed: 11)
        #expect(sequence.mask.contains(false))
        var other = sequence
        for place in sequence.mask.indices where !sequence.mask[place] {
            other.logProbabilities[place] = -7
            other.behaviorLogProbabilities[place] = -0.01
            other.advantages[place] = 100
            other.referenceLogProbabilities?[place] = -50
        }
        let shares = Aggregation.sequenceMeanTokenMean.shares(masks: [sequence.mask])[0]
        let one = objective.evaluate(sequence, shares: shares), two = objective.evaluate(other, shares: shares)
        #expect(one.loss == two.loss && one.gradient == two.gradient && one.sums == two.sums)
        #expect(zip(one.gradient, sequence.mask).allSatisfy { $1 || $0 == 0 })
    }

    @Test("never gives NaN for finite numbers", arguments: names)
    func survivesAnything(name: String) throws {
        let objective = try ObjectiveCatalog.named(name)
        for policy in [0.0, -1e-12, -30, -700, -1e6] {
            for behavior in [0.0, -1e-12, -30, -700, -1e6] {
                for advantage in [0.0, 1, -1, 1e6, -1e6] {
                    let sequence = ObjectiveSequence(
                        logProbabilities: [policy, policy], behaviorLogProbabilities: [behavior, behavior],
                        advantages: [advantage, -advantage], mask: [true, true],
                        referenceLogProbabilities: [behavior, 0])
                    let result = objective.evaluate(sequence, shares: [0.5, 0.5])
                    #expect(result.loss.isFinite && result.gradient.areFinite, "\(policy) \(behavior) \(advantage)")
                    #expect(result.sums.values.areFinite)
                }
            }
        }
        let empty = ObjectiveSequence(
            logProbabilities: [-1], behaviorLogProbabilities: [-1], advantages: [1], mask: [false],
            referenceLogProbabilities: [-1])
        #expect(objective.evaluate(empty, shares: [0]).loss == 0)
        let none = ObjectiveSequence(
            logProbabilities: [], behaviorLogProbabilities: [], advantages: [], mask: [], referenceLogProbabilities: [])
        #expect(objective.evaluate(none, shares: []).loss == 0)
    }
}
