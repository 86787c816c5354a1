import WhetCore

/// What an estimator may know of a finished rollout.
///
/// Keeps: a reward is a number somebody gave; a rollout without one never gets here. Every array is as long as the
/// policy mask, every span lies inside it.
public struct ScoredRollout: Sendable {
    /// The rollouts that are compared with each other share one.
    public let group: GroupID
    /// The rubric's verdict on the whole, earned at the last token that the policy chose.
    public private(set) var reward: Double
    /// One flag a token after the prompt: `true` where the policy chose it, `false` for tool output. `[tokens]`
    public let policyMask: [Bool]
    /// What the reward is measured against, where something outside the batch supplies it: the greedy rollout's reward
    /// (ReMax), the tracked value of the prompt (SPO) or of the role (RAE).
    public let baseline: Double?
    /// A critic's value before each token. `[tokens]`
    public let values: [Double]?
    /// Rewards beside `reward`, each at its token, such as a KL penalty. `[tokens]`
    private(set) var tokenRewards: [Double]?
    /// The reward's parts by name, for estimators that normalize each by itself.
    public let namedRewards: [String: Double]
    /// Turns or steps that are credited by themselves, in order.
    public let spans: [CreditSpan]
    /// Whether the task counts as solved.
    public let isCorrect: Bool
    /// Whether it ran out of tokens or turns.
    public let isTruncated: Bool
    /// The place of the first token of the first tool call, if there was one.
    public let firstToolCall: Int?
    /// How many tokens the policy chose.
    public let policyTokenCount: Int

    public init(
        group: GroupID, reward: Double, policyMask: [Bool], baseline: Double? = nil, values: [Double]? = nil,
        tokenRewards: [Double]? = nil, namedRewards: [String: Double] = [:], spans: [CreditSpan] = [],
        isCorrect: Bool = false, isTruncated: Bool = false, firstToolCall: Int? = nil
    ) {
        precondition(values.map { $0.count == policyMask.count } ?? true, "a rollout has one value a token")
        precondition(
            tokenRewards.map { $0.count == policyMask.count } ?? true, "a rollout has one token reward a token")
        precondition(spans.allSatisfy { policyMask.indices.contains($0.range) }, "a span lies inside its rollout")
        self.group = group
        self.reward = reward
        self.policyMask = policyMask
        self.baseline = baseline
        self.values = values
        self.tokenRewards = tokenRewards
        self.namedRewards = namedRewards
        self.spans = spans
        self.isCorrect = isCorrect
        self.isTruncated = isTruncated
        self.firstToolCall = firstToolCall
        policyTokenCount = policyMask.count { $0 }
    }

    /// The reward and all token rewards at tokens that the policy chose: what outcome estimators compare.
    var totalReward: Double {
        guard let tokenRewards else { return reward }
        return zip(tokenRewards, policyMask).reduce(reward) { $1.1 ? $0 + $1.0 : $0 }
    }

    /// The same rollout with `change` added to its reward.
    func rewarded(by change: Double) -> ScoredRollout {
        var rollout = self
        rollout.reward += change
        return rollout
    }

    /// The same rollout with `changes` added at its tokens. `[tokens]`
    func rewarded(atTokens changes: [Double]) -> ScoredRollout {
        precondition(changes.count == policyMask.count, "a rollout has one token reward a token")
        var rollout = self
        rollout.tokenRewards = tokenRewards.map { zip($0, changes).map(+) } ?? changes
        return rollout
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        other.isEmpty || (contains(other.lowerBound) && other.upperBound <= upperBound)
    }
}
