import WhetCore

/// What an episode may use up.
public struct EpisodeLimits: Sendable {
    /// How tokens are chosen; `maximumNewTokens` is the budget of the whole episode, all turns together.
    public var sampling: SamplingParameters
    public var maximumTurns: Int
    /// The policy's context: prompt, turns and replies together.
    public var maximumContext: Int
    /// How long one play may take, from its start or resumption to its score; nil is as long as it takes.
    public var seconds: Double?

    public init(
        sampling: SamplingParameters, maximumTurns: Int = 1, maximumContext: Int = .max, seconds: Double? = nil
    ) {
        self.sampling = sampling
        self.maximumTurns = maximumTurns
        self.maximumContext = maximumContext
        self.seconds = seconds
    }

    /// What filled the context before the policy could say a word; nil where it has said some, or had room.
    func crowding(of trajectory: TokenTrajectory) -> String? {
        guard trajectory.policyTokenCount == 0, trajectory.count >= maximumContext else { return nil }
        return "the prompt has \(trajectory.count) tokens, and the policy's context holds \(maximumContext)"
    }

    /// How many tokens the next turn may have; 0 when the budget or the context is used up.
    func remaining(after trajectory: TokenTrajectory) -> Int {
        let budget = sampling.maximumNewTokens - trajectory.policyTokenCount
        return max(0, min(budget, maximumContext - trajectory.count))
    }
}
