import Testing
import WhetAlgorithms
import WhetCore

@Suite("Sequences of one rollout")
struct VoteTests {
    @Test("count as one sequence with all their tokens would", arguments: Aggregation.allCases)
    func mergesVotes(aggregation: Aggregation) {
        for seed in 0..<40 as Range<UInt64> {
            var random = RandomStream(seed: seed, purpose: "votes")
            let sequences = Int.random(in: 1...8, using: &random)
            let owners = (0..<sequences).map { _ in Int.random(in: 0..<4, using: &random) }
            let masks = owners.map { _ in (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0..<3, using: &random) > 0 } }
            let votes = aggregation.votes(owners: owners, counts: masks.map { $0.count { $0 } })
            let shares = zip(aggregation.shares(masks: masks, length: 50), votes).map { shares, vote in
                shares.map { $0 * vote }
            }
            let rollouts = Set(owners).sorted()
            let merged = aggregation.shares(
                masks: rollouts.map { owner in zip(owners, masks).flatMap { $0 == owner ? $1 : [] } }, length: 50)
            for (rollout, expected) in zip(rollouts, merged) {
                let own = zip(owners, shares).flatMap { $0 == rollout ? $1 : [] }
                #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-12 })
            }
        }
    }

    @Test("change nothing where every rollout has one")
    func leavesSingles() {
        for aggregation in Aggregation.allCases {
            #expect(aggregation.votes(owners: [3, 1, 2], counts: [4, 0, 9]) == [1, 1, 1])
        }
    }
}

@Suite("Losses of batches")
struct LossFunctionTests {
    private let masks = [[true, true, true, false], [true, false], [false, false, false]]

    @Test("aggregations, by hand")
    func aggregations() {
        func first(_ aggregation: Aggregation) -> [Double] { aggregation.shares(masks: masks).prefix(2).map { $0[0] } }
        #expect(first(.tokenMean) == [0.25, 0.25])
        #expect(first(.tokenSum) == [1, 1])
        #expect(first(.sequenceMeanTokenSum) == [0.5, 0.5])
        #expect(first(.sequenceMeanTokenMean).agrees(with: [1 / 6.0, 0.5], within: 1e-15))
        #expect(first(.sequenceMeanTokenSumNorm) == [0.125, 0.125])
        #expect(Aggregation.sequenceMeanTokenSumNorm.shares(masks: masks, length: 10)[0][0] == 0.05)
    }

    @Test("nothing to train gives nothing", arguments: Aggregation.allCases)
    func empty(aggregation: Aggregation) {
        #expect(aggregation.shares(masks: []) == [])
        #expect(aggregation.shares(masks: [[], [false, false]]) == [[], [0, 0]])
    }

    @Test("an objective's own way of averaging wins")
    func requiredAggregation() {
        let loss = LossFunction(objective: GMPO(), aggregation: .tokenSum)
        #expect(loss.aggregation == .sequenceMeanTokenMean)
        #expect(loss.shares(masks: masks) == Aggregation.sequenceMeanTokenMean.shares(masks: masks))
    }

    @Test("each component is averaged over its own sequences")
    func components() {
        let loss = LossFunction(
            objective: PolicyGradient(),
            components: ["demonstrations": LossComponent(objective: CrossEntropy(), weight: 0.5)])
        let shares = loss.shares(
            masks: [[true, true], [true], [true, true, true, true]], components: [nil, nil, "demonstrations"])
        #expect(shares[0][0] == 1 / 3.0 && shares[1][0] == 1 / 3.0)
        #expect(shares[2] == [0.125, 0.125, 0.125, 0.125])
        let demonstration = ObjectiveSequence(
            logProbabilities: [-1, -2, -3, -4], behaviorLogProbabilities: [0, 0, 0, 0], advantages: [0, 0, 0, 0],
            mask: [true, true, true, true], component: "demonstrations")
        let result = loss.evaluate(demonstration, shares: shares[2])
        #expect(result.loss == 1.25)
        #expect(result.gradient == [-0.125, -0.125, -0.125, -0.125])
    }

    @Test("penalty and bonus join the loss; importance weights leave them alone")
    func penalties() {
        let sequence = RandomBatches.sequence(seed: 2)
        let shares = Aggregation.tokenMean.shares(masks: [sequence.mask])[0]
        let weights = [Double](repeating: 2, count: shares.count),
            entropies = [Double](repeating: 1.5, count: shares.count)
        let plain = LossFunction(objective: PPOClip())
        var full = plain
        full.klPenalty = KLPenalty(.k3, coefficient: 0.1)
        full.entropyBonus = 0.01
        let penalty = KLPenalty(.k3, coefficient: 0.1).evaluate(sequence, shares: shares)
        let base = plain.evaluate(sequence, shares: shares)
        let result = full.evaluate(sequence, shares: shares, weights: weights, entropies: entropies)
        #expect(abs(result.loss - (2 * base.loss + penalty.loss - 0.015)) < 1e-12)
        #expect(result.gradient.agrees(with: zip(base.gradient, penalty.gradient).map { 2 * $0 + $1 }, within: 1e-12))
        #expect(result.entropyGradient == shares.map { -0.01 * $0 })
        #expect(plain.evaluate(sequence, shares: shares, entropies: entropies).entropyGradient == nil)
        #expect(full.needsReference && !plain.needsReference)
    }
}
