import WhetCore

@testable import WhetAlgorithms

/// Random batches that bring all that any estimator needs.
enum RandomBatches {
    static func rollouts(
        seed: UInt64, groups: Int = 5, reward: ((inout RandomStream) -> Double)? = nil
    ) -> [ScoredRollout] {
        var random = RandomStream(seed: seed, purpose: "rollouts")
        return (0..<groups).flatMap { group in
            (0..<Int.random(in: 1...7, using: &random)).map { _ in
                let tokens = Int.random(in: 1...12, using: &random)
                let mask = (0..<tokens).map { $0 == 0 || random.unit() < 0.8 }
                let own = reward?(&random) ?? Double.random(in: -1...1, using: &random)
                return ScoredRollout(
                    group: GroupID(group), reward: own, policyMask: mask, baseline: random.unit(),
                    values: mask.map { _ in random.unit() }, namedRewards: ["answer": own, "format": random.unit()],
                    spans: [
                        CreditSpan(
                            range: 0..<tokens / 2, turn: 0, reward: random.unit(),
                            items: [CreditSpan.Item("a", weight: 0.5, score: random.unit())]),
                        CreditSpan(
                            range: tokens / 2..<tokens, turn: 1, reward: random.unit() < 0.5 ? nil : random.unit(),
                            items: [CreditSpan.Item("b", score: random.unit())]),
                    ], isCorrect: random.unit() < 0.5, isTruncated: random.unit() < 0.2,
                    firstToolCall: random.unit() < 0.7 ? Int.random(in: 0..<tokens, using: &random) : nil)
            }
        }
    }

    static func sequence(seed: UInt64, tokens: Int = 9, spread: Double = 0.5, uniform: Bool = false)
        -> ObjectiveSequence
    {
        var random = RandomStream(seed: seed, purpose: "sequence")
        let behavior = (0..<tokens).map { _ in -Double.random(in: 0.05...3, using: &random) }
        let advantage = Double.random(in: -2...2, using: &random)
        return ObjectiveSequence(
            logProbabilities: behavior.map { $0 + Double.random(in: -spread...spread, using: &random) },
            behaviorLogProbabilities: behavior,
            advantages: (0..<tokens).map { _ in uniform ? advantage : Double.random(in: -2...2, using: &random) },
            mask: (0..<tokens).map { $0 == 0 || random.unit() < 0.8 },
            referenceLogProbabilities: behavior.map { $0 + Double.random(in: -1...1, using: &random) })
    }
}
