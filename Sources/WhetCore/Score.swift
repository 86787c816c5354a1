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

    /// What one message of the policy is worth by itself, for algorithms that credit turns or steps.
    public struct Step: Hashable, Sendable {
        /// A criterion that was still open when the step began.
        public struct Item: Hashable, Sendable {
            /// The same in every rollout of the group.
            public var name: String
            /// Its share of the turn's verdict.
            public var weight: Double
            /// How well the turn met it, at this step or later; the same at all steps of a turn.
            public var score: Double

            public init(_ name: String, weight: Double, score: Double) {
                self.name = name
                self.weight = weight
                self.score = score
            }
        }

        /// The user's turn that it belongs to, from 0.
        public var turn: Int
        /// The turn's verdict; nil where nobody gave one.
        public var reward: Double?
        public var items: [Item]

        public init(turn: Int, reward: Double? = nil, items: [Item] = []) {
            self.turn = turn
            self.reward = reward
            self.items = items
        }
    }

    /// What the algorithm learns from; any finite number.
    public var reward: Double
    /// Whether the task counts as solved.
    public var isSolved: Bool
    /// What the reward is made of, where it has parts.
    public var parts: [Part]
    /// One for each message of the policy, in order; empty where only the whole was judged.
    public var steps: [Step]
    /// Why, for a person.
    public var reason: String?

    public init(
        reward: Double, isSolved: Bool, parts: [Part] = [], steps: [Step] = [], reason: String? = nil
    ) {
        self.reward = reward
        self.isSolved = isSolved
        self.parts = parts
        self.steps = steps
        self.reason = reason
    }
}
