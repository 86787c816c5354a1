/// A turn or step of a rollout that is credited by itself.
public struct CreditSpan: Hashable, Sendable {
    /// A criterion that was open during a step, such as a checklist's item.
    public struct Item: Hashable, Sendable {
        /// The same in every rollout of the group.
        public var name: String
        /// Its share of the turn's verdict.
        public var weight: Double
        /// How well the rollout met it in this turn, such as η^delay; the same at all steps of a turn.
        public var score: Double

        public init(_ name: String, weight: Double = 1, score: Double) {
            self.name = name
            self.weight = weight
            self.score = score
        }
    }

    /// Its tokens, counted from the first after the prompt.
    public var range: Range<Int>
    /// Which turn of the conversation it belongs to; spans of different rollouts are compared within a turn.
    public var turn: Int
    /// The turn's own verdict; nil when nobody gave one, and then nothing is compared with it.
    public var reward: Double?
    /// What was open while the policy wrote it.
    public var items: [Item]

    public init(range: Range<Int>, turn: Int, reward: Double? = nil, items: [Item] = []) {
        self.range = range
        self.turn = turn
        self.reward = reward
        self.items = items
    }
}
