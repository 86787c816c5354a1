import WhetCore

extension Recipe {
    /// How rollouts are collected.
    public struct Collection: Hashable, Sendable, Codable {
        public var groupsPerStep: Int
        public var groupSize: Int
        /// nil: every group has a task of its own.
        public var prompts: Int?
        public var maximumNewTokens: Int
        public var maximumTurns: Int
        public var scheduling: Scheduling
        public var timeoutSeconds: Double?
        public var temperature: Double
        public var topP: Double
        public var topK: Int?
        public var stop: [String]
        /// 0…1
        public var failedShareAllowed: Double

        /// What training rollouts are sampled under.
        public var sampling: SamplingParameters {
            SamplingParameters(
                temperature: temperature, topP: topP, topK: topK, maximumNewTokens: maximumNewTokens, stopStrings: stop)
        }
    }
}

extension RecipeSchema {
    static let rollout: [RecipeKey] = [
        RecipeKey(
            "groups_per_step", .optional(.integer(counts)), default: .null,
            "Tasks of a training step; null is 32, or 256 for algorithms without groups.", unit: "groups"),
        RecipeKey(
            "group_size", .optional(.integer(1...65_536)), default: .null,
            "Rollouts of one task, compared with each other; null is 8, or 1 for algorithms without groups.",
            unit: "rollouts"),
        RecipeKey(
            "prompts", .optional(.integer(counts)), default: .null,
            "Different tasks, met again and again; null draws fresh ones, and 1024 where each has a value (spo).",
            unit: "tasks"),
        RecipeKey(
            "max_new_tokens", .integer(1...1_048_576), default: 64,
            "Most tokens of an episode, all its policy turns together.", unit: "tokens"),
        RecipeKey("max_turns", .integer(1...10_000), default: 1, "Policy turns of an episode.", unit: "turns"),
        RecipeKey("scheduling", section: scheduling, "When rollouts are played, and what becomes of unfinished ones."),
        RecipeKey(
            "timeout_seconds", .optional(.number(.above(0))), default: .null,
            "For one play of a rollout, which then has failed; null is as long as it takes.", unit: "seconds"),
        RecipeKey("temperature", .number(.above(0, to: 100)), default: 1, "Of sampling; the trainer scales alike."),
        RecipeKey(
            "top_p", .number(.above(0, to: 1)), default: 1, "Draw from the likeliest tokens of this total; 1 cuts none."
        ),
        RecipeKey(
            "top_k", .optional(.integer(counts)), default: .null,
            "Draw from this many likeliest tokens; null cuts none."),
        RecipeKey(
            "stop", .list(.text, count: 0...64), default: [], "A turn also ends once its text contains one of these."),
        RecipeKey(
            "failed_share_allowed", .number(.from(0, below: 1)), default: 0,
            "A step goes on while at most this share of its rollouts failed; their rewards are nobody's zero."),
    ]
}
