import WhetCore

/// Turns the rewards of a batch of rollouts into advantages. Pure: values in, values out.
///
/// Keeps: the order of rollouts changes nothing but the order of the result; finite rewards give finite advantages.
protocol AdvantageEstimator: Configurable {
    /// What a recipe calls it.
    static var name: String { get }
    /// What a rollout must bring beside its reward.
    static var needs: Set<EstimatorNeed> { get }

    /// What `credit` gives, for rollouts that bring all that the estimator needs.
    ///
    /// - Parameter rollouts: a whole batch, in any order; groups may differ in size.
    func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit]

    /// `credit`, written out. `[rollouts][tokens]`, 0 where the policy chose nothing.
    ///
    /// - Throws: what `credit` throws.
    func advantages(for rollouts: [ScoredRollout]) throws -> [[Double]]
}

/// What an estimator compares a reward with.
public enum EstimatorNeed: String, Hashable, Sendable, CaseIterable {
    /// Several rollouts of one task.
    case groups
    /// The reward of a greedy rollout of the same task, as `baseline`.
    case greedyReward
    /// The tracked value of the prompt (`BetaTracker`), as `baseline`.
    case promptValue
    /// The running mean of the role's rewards (`RoleBaselines`), as `baseline`.
    case roleValue
    /// A critic's value before each token.
    case tokenValues
    /// The reward's parts by name.
    case namedRewards
    /// Turns with verdicts of their own.
    case turns
    /// Steps with the criteria that were open in them.
    case steps
}

extension AdvantageEstimator {
    static var needs: Set<EstimatorNeed> { [.groups] }

    /// The credit of each rollout, in the order of `rollouts`.
    ///
    /// - Parameter rollouts: a whole batch, in any order; groups may differ in size.
    /// - Throws: `WhetError` when a rollout lacks what the estimator needs, or a number is not finite.
    func credit(for rollouts: [ScoredRollout]) throws -> [RolloutCredit] {
        try check(rollouts)
        return compared(rollouts)
    }

    /// - Throws: as `credit` does.
    func check(_ rollouts: [ScoredRollout]) throws {
        for (index, rollout) in rollouts.enumerated() {
            if let problem = rollout.problem(needs: Self.needs) {
                throw WhetError("\(Self.name) needs \(problem)", at: "rollout \(index) of group \(rollout.group)")
            }
        }
    }

    func advantages(for rollouts: [ScoredRollout]) throws -> [[Double]] {
        try credit(for: rollouts).writtenOut(over: rollouts)
    }
}

extension ScoredRollout {
    /// What keeps an estimator with these needs from working, or nil.
    fileprivate func problem(needs: Set<EstimatorNeed>) -> String? {
        if !reward.isFinite { return "finite rewards, and this one is \(reward)" }
        if let tokenRewards, !tokenRewards.areFinite { return "finite token rewards" }
        if let baseline, !baseline.isFinite { return "finite baselines, and this one is \(baseline)" }
        if needs.contains(.greedyReward), baseline == nil { return "the reward of a greedy rollout as baseline" }
        if needs.contains(.promptValue), baseline == nil { return "the prompt's tracked value as baseline" }
        if needs.contains(.roleValue), baseline == nil { return "the role's running mean as baseline" }
        if needs.contains(.tokenValues) {
            guard let values else { return "a critic's value of each token" }
            if !values.areFinite { return "finite values" }
        }
        if needs.contains(.namedRewards) {
            if namedRewards.isEmpty { return "named rewards" }
            if !namedRewards.values.allSatisfy(\.isFinite) { return "finite named rewards" }
        }
        if needs.contains(.turns), !spans.allSatisfy({ $0.reward?.isFinite ?? true }) {
            return "finite verdicts on turns"
        }
        if needs.contains(.steps), !spans.allSatisfy({ $0.items.allSatisfy { ($0.score * $0.weight).isFinite } }) {
            return "finite scores and weights of items"
        }
        return nil
    }
}

extension [Double] {
    /// Whether none is infinite or no number; for millions of them, so four at a time: x − x is 0 or not a number.
    fileprivate var areFinite: Bool {
        withUnsafeBufferPointer { numbers in
            var sums = SIMD4<Double>.zero
            var place = 0
            while place + 4 <= numbers.count {
                let four = SIMD4(numbers[place], numbers[place + 1], numbers[place + 2], numbers[place + 3])
                sums += four - four
                place += 4
            }
            return sums.sum() == 0 && numbers[place...].allSatisfy(\.isFinite)
        }
    }
}
