import WhetCore

/// What goes in and out of a dispatcher.
extension RolloutDispatcher {
    /// Where groups come from and rollouts go: the store and the curriculum, or a test's own.
    public struct Source: Sendable {
        /// Draws the next groups, in the order of their numbers, with whatever an earlier start left of them.
        public var draw: @Sendable (Range<Int>) async throws -> [DrawnGroup]
        /// Takes a rollout that ended, for good or to go on later.
        public var record: @Sendable (Rollout) async throws -> Void
        /// Why a complete group is not trained on; nil if it is.
        public var refusal: @Sendable ([Rollout]) -> String?
        /// Marks scored rollouts as left out, with the reason.
        public var markFiltered: @Sendable ([RolloutID], String) async throws -> Void

        public init(
            draw: @escaping @Sendable (Range<Int>) async throws -> [DrawnGroup],
            record: @escaping @Sendable (Rollout) async throws -> Void,
            refusal: @escaping @Sendable ([Rollout]) -> String?,
            markFiltered: @escaping @Sendable ([RolloutID], String) async throws -> Void
        ) {
            self.draw = draw
            self.record = record
            self.refusal = refusal
            self.markFiltered = markFiltered
        }
    }

    /// A group that was drawn, before it is played.
    public struct DrawnGroup: Sendable {
        public let number: Int
        public let prompt: Int
        public let plans: [RolloutPlan]
        /// What an earlier start left of its members, by place.
        public let known: [Int: Rollout]

        public init(number: Int, prompt: Int, plans: [RolloutPlan], known: [Int: Rollout] = [:]) {
            self.number = number
            self.prompt = prompt
            self.plans = plans
            self.known = known
        }
    }

    /// A group that was played, kept or filtered.
    public struct PlayedGroup: Sendable {
        public let number: Int
        public let prompt: Int
        public let isKept: Bool
        /// By place.
        public let rollouts: [Rollout]

        public init(number: Int, prompt: Int, isKept: Bool, rollouts: [Rollout]) {
            self.number = number
            self.prompt = prompt
            self.isKept = isKept
            self.rollouts = rollouts
        }
    }

    /// Which groups were drawn, but for those that were handed to steps.
    public struct Position: Hashable, Sendable, Codable {
        public struct Group: Hashable, Sendable, Codable {
            public let number: Int
            /// nil: it was just being drawn.
            public let prompt: Int?
        }

        /// The number of the next group.
        public let next: Int
        /// Begun, and not handed to a step; by number.
        public let open: [Group]

        /// Before the first group.
        public init() { self.init(next: 0, open: []) }

        init(next: Int, open: [Group]) {
            self.next = next
            self.open = open
        }

        /// Where it stands when these groups, too, were handed to steps: those before them were begun.
        public func handing(_ numbers: Set<Int>) -> Position {
            let end = max(next, (numbers.max() ?? -1) + 1)
            let begun = open + (next..<end).map { Group(number: $0, prompt: nil) }
            return Position(next: end, open: begun.filter { !numbers.contains($0.number) })
        }
    }

    /// What a training step gets.
    public struct PlayedBatch: Sendable {
        /// By number; filtered ones included.
        public let groups: [PlayedGroup]
        /// How the collection went since the last batch.
        public let metrics: [String: Double]
    }
}
