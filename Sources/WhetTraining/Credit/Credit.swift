import WhetAlgorithms
import WhetCore

/// What an algorithm credits scored rollouts with, and what it needs to know of each beside its reward.
///
/// Keeps: pure; order in, order out; a rollout without a score has no part in it (DESIGN.md, law 4).
public struct Credit: Sendable {
    /// Of each rollout, in the order given.
    public let credit: [RolloutCredit]
    /// What the estimator saw of each.
    public let compared: [ScoredRollout]

    /// - Parameters:
    ///   - rollouts: each with a score.
    ///   - baselines: what each is measured against, for algorithms that need such a value.
    ///   - penalties: the log-probabilities of sampler and reference, for a KL penalty in the reward; empty without
    ///     one.
    ///   - toolCalls: where each first calls a tool, counted from the end of the prompt.
    /// - Throws: `WhetError` when a rollout lacks what the algorithm needs.
    public init(
        of rollouts: [Rollout], under algorithm: WhetAlgorithms.Algorithm, baselines: [RolloutID: Double] = [:],
        penalties: [RolloutID: Penalty] = [:], toolCalls: [RolloutID: Int] = [:]
    ) throws {
        compared = try rollouts.map { rollout in
            let scored = try rollout.forEstimators(
                baseline: baselines[rollout.id], firstToolCall: toolCalls[rollout.id])
            guard let penalty = algorithm.rewardPenalty, let own = penalties[rollout.id] else { return scored }
            return penalty.penalized(scored, logProbabilities: own.logProbabilities, reference: own.reference)
        }
        credit = try algorithm.credit(for: compared)
    }

    /// Both `[tokens]`, over the tokens after the prompt.
    public struct Penalty: Sendable {
        public var logProbabilities: [Double]
        public var reference: [Double]

        public init(logProbabilities: [Double], reference: [Double]) {
            self.logProbabilities = logProbabilities
            self.reference = reference
        }
    }

    /// The share of rollouts that teach nothing.
    public var zeroShare: Double { zip(credit, compared).map { $0.isZero(over: $1.policyMask) ? 1 : 0 }.mean }

    /// Each rollout's mean advantage over the tokens that the policy chose.
    public var means: [Double] { zip(credit, compared).map { $0.mean(over: $1.policyMask) } }
}

extension Rollout {
    /// What an estimator may know of the rollout.
    ///
    /// - Throws: `WhetError` when it has no score: a failure is not a zero (DESIGN.md, law 4).
    func forEstimators(baseline: Double? = nil, firstToolCall: Int? = nil) throws -> ScoredRollout {
        guard let score else {
            throw WhetError(
                "rollout \(id) has no score, so there is nothing to credit", expected: "scored rollouts only")
        }
        return ScoredRollout(
            group: id.group, reward: score.reward,
            policyMask: creditedMask, baseline: baseline,
            namedRewards: Dictionary(score.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            isCorrect: score.isSolved, isTruncated: status == .truncated, firstToolCall: firstToolCall)
    }
}
