import WhetAlgorithms
import WhetCore
import WhetStore

/// Credits the stored rollouts of a run as an algorithm would have, step by step.
///
/// Keeps: a rollout is measured against what was known before its step; steps come in their order.
///
/// Two things differ from a run under that algorithm, because the store holds no weights: SPO's values forget at
/// `rho_max`, as on a first visit, and start from the prior; and the rollouts are those that another algorithm's policy
/// played.
struct CreditHistory {
    private let algorithm: WhetAlgorithms.Algorithm
    private var tracker: BetaTracker?
    private var roles = RoleBaselines()

    /// - Throws: `WhetError` when the algorithm needs what no store holds.
    init(_ algorithm: WhetAlgorithms.Algorithm) throws {
        try algorithm.checkTrainable()
        guard algorithm.rewardPenalty == nil else {
            throw WhetError(
                "a KL penalty in the reward needs a reference policy, and a store holds rollouts alone", at: "kl_in",
                remedy: "kl_coefficient=0")
        }
        guard !algorithm.needs.contains(.greedyReward) else {
            throw WhetError(
                "\(algorithm.name) measures against a greedy rollout of each task, which this run did not play",
                remedy: "`whet algorithms` shows which need only groups or nothing")
        }
        self.algorithm = algorithm
        tracker = try algorithm.tracking.map { try BetaTracker(parameters: $0) }
    }

    /// - Parameter rollouts: the scored rollouts of the next step.
    mutating func credit(_ rollouts: [Rollout]) throws -> Credit {
        var baselines: [RolloutID: Double] = [:]
        for rollout in rollouts {
            if let tracker {
                baselines[rollout.id] = tracker.value(of: rollout.task.key)
            } else if algorithm.needs.contains(.roleValue), let score = rollout.score {
                baselines[rollout.id] = roles.observe(score.reward, role: rollout.task.environment)
            }
        }
        for rollout in rollouts {
            if let score = rollout.score { tracker?.observe(score.reward, prompt: rollout.task.key, divergence: nil) }
        }
        return try Credit(of: rollouts, under: algorithm, baselines: baselines)
    }
}

extension PracticeTask {
    /// Tells it from every other task.
    fileprivate var key: String { "\(environment) \(level) \(seed)" }
}
