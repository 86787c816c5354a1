/// Which groups teach anything: those whose rewards differ. The scheduler plays on until it has as many as it needs.
///
/// Source: dynamic sampling, DAPO, arXiv 2503.14476.
public struct DynamicSampling: Configurable, Hashable {
    /// Whether any group is left out.
    public var isOn = false
    /// Rewards this near each other count as equal: a sum of parts is seldom equal to the last bit.
    public var tolerance = 1e-6
    /// The most groups that are played for one that is kept, over a step.
    public var limit = 10

    init() {}

    static let settings: [Setting<Self>] = [
        .flag("dynamic_sampling", \.isOn, "whether groups of equal rewards are filtered and played anew"),
        .number(
            "dynamic_sampling_tolerance", \.tolerance, in: .nonNegative, "rewards this near each other count as equal"),
        .integer(
            "dynamic_sampling_limit", \.limit, atLeast: 1,
            "the most groups a step plays for each that it trains on; beyond it the step goes on with fewer"),
    ]

    /// Whether a group with these rewards is kept: it has nobody to be compared with, or they differ.
    public func keeps(rewards: [Double]) -> Bool {
        guard isOn, let least = rewards.min(), let most = rewards.max(), rewards.count > 1 else { return true }
        return most - least > tolerance
    }
}
