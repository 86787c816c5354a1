/// What an environment states about itself, and `whet env check` holds it to.
public struct EnvironmentClaims: Hashable, Sendable {
    /// What decides whether an episode goes well.
    public enum Outcome: Hashable, Sendable {
        /// The policy alone: a demonstration passes every problem.
        case certain
        /// Chance, what is hidden, or an opponent's strength as well: a good player may lose, a bad one win. That
        /// demonstrations show skill is then a matter of averages.
        ///
        /// - Parameters:
        ///   - worst: no demonstration earns less; nil: as little as any play.
        ///   - mean: what demonstrations earn on average on every level, at least; nil: nobody knows.
        case chance(worst: Double? = nil, mean: Double? = nil)
    }

    public var outcome: Outcome
    /// No reward lies outside; nil: any finite number may be one. Where chance decides it has to be stated.
    public var rewards: ClosedRange<Double>?
    /// Members of the problem that the policy must not be told, with dots between the names of nested ones. Those whose
    /// name says that they are secret (answer, solution, secret, …) need not be listed.
    public var secrets: Set<String>

    public init(_ outcome: Outcome = .certain, rewards: ClosedRange<Double>? = nil, secrets: Set<String> = []) {
        self.outcome = outcome
        self.rewards = rewards
        self.secrets = secrets
    }

    /// Whether more than the policy decides.
    public var leavesToChance: Bool { outcome != .certain }
}
