import WhetAlgorithms
import WhetBackends
import WhetCore

/// Scored rollouts with an algorithm's credit beside them, as a backend takes them.
///
/// Keeps: a rollout without a score has no part in it (DESIGN.md, law 4); order in, order out.
struct Credit {
    let sequences: [TrainingSequence]
    /// The share of rollouts that teach nothing.
    let zeroShare: Double

    /// - Throws: `WhetError` when a rollout lacks what the algorithm needs.
    init(rollouts: [Rollout], algorithm: WhetAlgorithms.Algorithm) throws {
        let scored = rollouts.filter { $0.score != nil }
        let compared = scored.map(\.forEstimators)
        let credit = try algorithm.credit(for: compared)
        sequences = zip(scored, credit).map { Self.sequence(of: $0.trajectory, credit: $1) }
        zeroShare = zip(credit, compared).map { $0.isZero(over: $1.policyMask) ? 1 : 0 }.mean
    }

    private static func sequence(of trajectory: TokenTrajectory, credit: RolloutCredit) -> TrainingSequence {
        let tokens = trajectory.tokens
        let policyMask = trajectory.policyMask
        let prompt = trajectory.promptLength
        let advantages = credit.advantages(over: Array(policyMask[prompt...]))
        let temperature = trajectory.spans.lazy.compactMap { $0.policy?.sampling.temperature }.first ?? 1
        return TrainingSequence(
            tokens: tokens, mask: credit == .leftOut ? policyMask.map { _ in false } : policyMask,
            advantages: [Float](repeating: 0, count: prompt) + advantages.map(Float.init),
            weights: [Float](repeating: 1, count: tokens.count),
            behaviorLogProbabilities: trajectory.behaviorLogProbabilities,
            // A greedy token's log-probability is that of temperature 1.
            temperature: temperature == 0 ? 1 : Float(temperature))
    }
}

extension TokenTrajectory {
    /// How many tokens stand before the policy's first turn.
    var promptLength: Int { spans.first?.tokens.count ?? 0 }
}

extension Rollout {
    /// What an estimator may know of the rollout.
    var forEstimators: ScoredRollout {
        ScoredRollout(
            group: id.group, reward: score?.reward ?? 0,
            policyMask: Array(trajectory.policyMask.dropFirst(trajectory.promptLength)),
            namedRewards: Dictionary((score?.parts ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            isCorrect: score?.isSolved ?? false, isTruncated: status == .truncated)
    }
}
