import WhetAlgorithms
import WhetCore

/// What an algorithm credits scored rollouts with, and what it needs to know of each beside its reward.
///
/// Keeps: pure; order in, order out; a rollout without a score has no part in it (docs/design.md, law 4).
struct Credit: Sendable {
    /// Of each rollout, in the order given.
    let credit: [RolloutCredit]
    /// What the estimator saw of each.
    let compared: [ScoredRollout]

    /// - Parameters:
    ///   - rollouts: each with a score.
    ///   - baselines: what each is measured against, for algorithms that need such a value.
    ///   - penalties: the log-probabilities of sampler and reference, for a KL penalty in the reward; empty without
    ///     one.
    ///   - toolCalls: where each first calls a tool, counted from the end of the prompt.
    /// - Throws: `WhetError` when a rollout lacks what the algorithm needs.
    init(
        of rollouts: [Rollout], under algorithm: WhetAlgorithms.Algorithm, baselines: [RolloutID: Double] = [:],
        penalties: [RolloutID: Penalty] = [:], toolCalls: [RolloutID: Int] = [:]
    ) throws {
        compared = try rollouts.map { rollout in
            let scored = try rollout.forEstimators(
                baseline: baselines[rollout.id], firstToolCall: toolCalls[rollout.id], bySteps: algorithm.creditsSteps)
            guard let penalty = algorithm.rewardPenalty, let own = penalties[rollout.id] else { return scored }
            return penalty.penalized(scored, logProbabilities: own.logProbabilities, reference: own.reference)
        }
        credit = try algorithm.credit(for: compared)
    }

    /// Both `[tokens]`, over the tokens after the prompt.
    struct Penalty: Sendable {
        var logProbabilities: [Double]
        var reference: [Double]

        init(logProbabilities: [Double], reference: [Double]) {
            self.logProbabilities = logProbabilities
            self.reference = reference
        }
    }

    /// Each rollout's mean advantage over the tokens that the policy chose.
    var means: [Double] { zip(credit, compared).map { $0.mean(over: $1.policyMask) } }
}

extension Rollout {
    /// What an estimator may know of the rollout.
    ///
    /// - Throws: `WhetError` when it has no score: a failure is not a zero (docs/design.md, law 4).
    func forEstimators(
        baseline: Double? = nil, firstToolCall: Int? = nil, bySteps: Bool = false
    ) throws -> ScoredRollout {
        guard let score else {
            throw WhetError(
                "rollout \(id) has no score, so there is nothing to credit", expected: "scored rollouts only")
        }
        if bySteps, score.steps.isEmpty, policyTokenCount > 0 {
            throw WhetError(
                "rollout \(id) has no verdicts on its turns", at: "environment \(task.environment)",
                expected: "an environment with a checklist, or an algorithm that credits whole rollouts")
        }
        return ScoredRollout(
            group: id.group, reward: score.reward,
            policyMask: creditedMask, baseline: baseline,
            namedRewards: Dictionary(score.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            spans: bySteps ? try creditSpans(of: score.steps) : [], isCorrect: score.isSolved,
            isTruncated: status == .truncated, firstToolCall: firstToolCall)
    }
}
