import WhetCore

/// What a step's rollouts looked like, in numbers.
struct StepStatistics {
    let rollouts: Int
    let failed: Int
    let reward: Double
    let accuracy: Double
    let policyTokens: Int
    /// Every metric of the rollouts, by the name that the store keeps it under.
    let metrics: [String: Double]

    init(_ rollouts: [Rollout]) {
        let scores = rollouts.compactMap(\.score)
        let lengths = rollouts.map { Double($0.policyTokenCount) }
        let rewards = scores.map(\.reward)
        self.rollouts = rollouts.count
        failed = rollouts.count { $0.status == .failed }
        reward = rewards.mean
        accuracy = scores.map { $0.isSolved ? 1 : 0 }.mean
        policyTokens = Int(lengths.reduce(0, +))
        var metrics = [
            "reward/mean": reward,
            "reward/deviation": rewards.count > 1 ? rewards.standardDeviation : 0,
            "rollout/accuracy": accuracy,
            "rollout/tokens_mean": lengths.mean,
            "rollout/tokens_max": lengths.max() ?? 0,
            "rollout/truncated_share": rollouts.map { $0.status == .truncated ? 1 : 0 }.mean,
            "rollout/failed_share": rollouts.map { $0.status == .failed ? 1 : 0 }.mean,
            "group/equal_share": Self.equalShare(rollouts),
        ]
        let parts = scores.filter { !$0.parts.isEmpty }.map(\.partsMean)
        if !parts.isEmpty { metrics["reward/parts_mean"] = parts.mean }
        self.metrics = metrics
    }

    /// The share of groups whose rewards are all the same: what a group-relative estimator learns nothing from.
    private static func equalShare(_ rollouts: [Rollout]) -> Double {
        let groups = Dictionary(grouping: rollouts.filter { $0.score != nil }, by: \.id.group)
        let equal = groups.values.count { members in
            let rewards = members.compactMap(\.score?.reward)
            return (rewards.max() ?? 0) - (rewards.min() ?? 0) < 1e-6
        }
        return groups.isEmpty ? 0 : Double(equal) / Double(groups.count)
    }
}

extension Score {
    /// How well its criteria were met, each as much as it weighs.
    fileprivate var partsMean: Double {
        let weight = parts.reduce(0) { $0 + $1.weight }
        return weight > 0 ? parts.reduce(0) { $0 + $1.weight * $1.value } / weight : 0
    }
}
