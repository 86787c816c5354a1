import WhetCore
import WhetRollouts

/// Plays the held-out tasks, once each, at one policy version.
///
/// Keeps: every evaluation of a run plays the same tasks with the same prompts; nothing of it is ever trained on.
struct Evaluator: Sendable {
    let orchestrator: Orchestrator
    let tasks: [PracticeTask]
    let format: ChatFormat
    let limits: EpisodeLimits
    let seed: UInt64

    /// How well a policy version did.
    struct Result: Sendable {
        /// The share of tasks that were solved.
        let accuracy: Double
        let reward: Double
        let problems: Int
    }

    /// The group numbers of the `number`th evaluation of the run, one a task.
    func groups(number: Int) -> ClosedRange<Int> { number * tasks.count...(number + 1) * tasks.count - 1 }

    /// The plays of the `number`th evaluation, in the order of the tasks.
    func plans(number: Int) throws -> [RolloutPlan] {
        try zip(groups(number: number), tasks).flatMap { index, task in
            let group = GroupID(index, purpose: .evaluation)
            return try RolloutPlan.group(group, of: task, size: 1, format: format, runSeed: seed)
        }
    }

    /// - Throws: `WhetError` when a play failed: an accuracy over fewer tasks would not compare with the others.
    static func result(of rollouts: [Rollout]) throws -> Result {
        if let failed = rollouts.first(where: { $0.score == nil }) {
            throw WhetError(
                "evaluation rollout \(failed.id) gave no score: \(failed.reason ?? failed.status.rawValue)",
                remedy: "mend what failed, then `whet train --resume last`")
        }
        let scores = rollouts.compactMap(\.score)
        return Result(
            accuracy: scores.map { $0.isSolved ? 1 : 0 }.mean, reward: scores.map(\.reward).mean,
            problems: scores.count)
    }
}
