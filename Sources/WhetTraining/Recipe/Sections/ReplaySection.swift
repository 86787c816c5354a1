import WhetCore

extension Recipe {
    /// Stored rollouts that are trained on once more.
    public struct Replay: Hashable, Sendable, Codable {
        public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
            case policy
            case crossEntropy = "cross_entropy"
        }

        /// 0: nothing is replayed.
        public var groupsPerStep: Int
        /// In steps.
        public var maximumAge: Int
        public var solvedOnly: Bool
        public var trainAs: Role
    }
}

extension RecipeSchema {
    static let replay: [RecipeKey] = [
        RecipeKey(
            "groups_per_step", .integer(0...1_000_000), default: 0,
            "Groups of earlier steps that join each step; 0 replays nothing.", unit: "groups"),
        RecipeKey(
            "maximum_age", .integer(counts), default: 8, "How many steps back they may come from.", unit: "steps"),
        RecipeKey("solved_only", .boolean, default: false, "Whether only rollouts that solved their task come back."),
        RecipeKey(
            "train_as", .choice(of: Recipe.Replay.Role.self), default: "policy",
            "Under the algorithm's objective with their own credit, or imitated."),
    ]
}
