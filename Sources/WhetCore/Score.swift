/// An environment's verdict on a finished episode.
///
/// Keeps: the reward is a number that somebody gave. A failure to score is an error, never a `Score`.
public struct Score: Hashable, Sendable {
    /// One criterion of the rubric, reported for itself.
    public struct Part: Hashable, Sendable {
        /// What was judged.
        public var name: String
        /// How well it was met: mostly 0…1, or whatever the environment gives.
        public var value: Double
        /// Its share of the reward, relative to the other parts.
        public var weight: Double
        /// Why, for a person.
        public var reason: String?

        public init(_ name: String, value: Double, weight: Double = 1, reason: String? = nil) {
            self.name = name
            self.value = value
            self.weight = weight
            self.reason = reason
        }
    }

    /// What the algorithm learns from; any finite number.
    public var reward: Double
    /// Whether the task counts as solved.
    public var isSolved: Bool
    /// What the reward is made of, where it has parts.
    public var parts: [Part]
    /// Why, for a person.
    public var reason: String?

    public init(reward: Double, isSolved: Bool, parts: [Part] = [], reason: String? = nil) {
        self.reward = reward
        self.isSolved = isSolved
        self.parts = parts
        self.reason = reason
    }
}
