import WhetCore

/// Times credit for a batch, each estimator by itself: what `whet bench` prints.
public enum AlgorithmBenchmark {
    /// One timed thing.
    public struct Figure: Sendable {
        /// Of the estimator.
        public let name: String
        /// The fastest of the repetitions, in seconds.
        public let credit: Double
        /// The same with every token's advantage written out.
        public let writtenOut: Double
        public let rollouts: Int
        /// After the prompt, of each rollout.
        public let tokens: Int
    }

    /// - Parameters:
    ///   - rollouts: in groups of 8.
    ///   - tokens: after the prompt, of each; a tenth of them the environment's.
    ///   - repetitions: the fastest counts.
    /// - Throws: what an estimator throws; that would be a bug.
    public static func figures(
        rollouts count: Int = 4096, tokens: Int = 2000, repetitions: Int = 5, seed: UInt64 = 1
    ) throws -> [Figure] {
        var figures: [Figure] = []
        var seen: Set<String> = []
        for definition in AlgorithmCatalog.all where seen.insert(definition.estimator.name).inserted {
            let rollouts = batch(count, tokens: tokens, needs: definition.needs, seed: seed)
            var estimator = definition.estimator.init()
            // Discounts are what makes returns differ from token to token, the costly case.
            for (setting, value) in [("gamma", 0.99), ("lambda", 0.95)] {
                _ = try estimator.set(setting, to: .number(value))
            }
            let timed = estimator
            let credit = try fastest(of: repetitions) { try timed.credit(for: rollouts) }
            let writtenOut = try fastest(of: repetitions) { try timed.advantages(for: rollouts) }
            figures.append(
                Figure(
                    name: definition.estimator.name, credit: credit, writtenOut: writtenOut, rollouts: count,
                    tokens: tokens))
        }
        return figures
    }

    private static func fastest<Result>(of repetitions: Int, _ work: () throws -> Result) rethrows -> Double {
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<max(1, repetitions) {
            var result: Result?
            let start = clock.now
            result = try work()
            let elapsed = start.duration(to: clock.now)
            withExtendedLifetime(result) {}
            best = min(best, elapsed / .seconds(1))
        }
        return best
    }

    /// Random rollouts that bring all that an estimator needs.
    private static func batch(
        _ count: Int, tokens: Int, needs: Set<EstimatorNeed>, seed: UInt64
    ) -> [ScoredRollout] {
        var random = RandomStream(seed: seed, purpose: "benchmark")
        let turns = needs.isDisjoint(with: [.turns, .steps]) ? 0 : 10
        return (0..<count).map { index in
            let hole = Int.random(in: 0...max(0, tokens - tokens / 10), using: &random)
            let mask = (0..<tokens).map { !(hole..<hole + tokens / 10).contains($0) }
            let reward = Double.random(in: 0...1, using: &random)
            return ScoredRollout(
                group: GroupID(index / 8), reward: reward, policyMask: mask, baseline: random.unit(),
                values: needs.contains(.tokenValues) ? (0..<tokens).map { _ in random.unit() } : nil,
                namedRewards: needs.contains(.namedRewards) ? ["answer": reward, "format": random.unit()] : [:],
                spans: (0..<turns).map { turn in
                    CreditSpan(
                        range: turn * tokens / turns..<(turn + 1) * tokens / turns, turn: turn, reward: random.unit(),
                        items: [CreditSpan.Item("\(turn)", score: random.unit())])
                })
        }
    }
}
