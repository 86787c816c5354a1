import WhetCore

/// How old the policy tokens of a step are, in versions before the weights that train on them.
struct TokenAges {
    private var counts: [Int: Int] = [:]

    init(_ rollouts: [Rollout], at trainer: PolicyVersion) {
        for span in rollouts.lazy.flatMap(\.trajectories).flatMap(\.spans) {
            guard let policy = span.policy else { continue }
            counts[policy.version.staleness(at: trainer), default: 0] += span.tokens.count
        }
    }

    /// The share of tokens of each age up to 4, of all older ones, and of all that are not on-policy.
    var metrics: [String: Double] {
        let total = Double(max(1, counts.values.reduce(0, +)))
        let offPolicy = counts.filter { $0.key != 0 }.values.reduce(0, +)
        guard offPolicy > 0 else { return ["schedule/off_policy_share": 0] }
        var metrics = ["schedule/off_policy_share": Double(offPolicy) / total]
        for (age, count) in counts {
            metrics[age > 4 ? "schedule/token_share_older" : "schedule/token_share_age_\(age)", default: 0] +=
                Double(count) / total
        }
        metrics["schedule/staleness_mean"] = counts.reduce(0) { $0 + Double($1.key * $1.value) } / total
        metrics["schedule/staleness_max"] = Double(counts.keys.max() ?? 0)
        return metrics
    }
}
