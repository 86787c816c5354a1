import WhetCore

extension Recipe {
    /// Held-out problems.
    public struct Evaluation: Hashable, Sendable, Codable {
        public var problems: Int
        public var every: Int
        /// nil: those of training.
        public var levels: ClosedRange<Int>?
        /// 0 is greedy.
        public var temperature: Double
        public var seed: UInt64
    }
}

extension RecipeSchema {
    static let evaluation: [RecipeKey] = [
        RecipeKey(
            "problems", .integer(0...10_000_000), default: 200, "Held-out problems; 0 evaluates nothing.",
            unit: "problems"),
        RecipeKey(
            "every", .integer(0...10_000_000), default: 20, "Steps between evaluations; 0 is before and after only.",
            unit: "steps"),
        RecipeKey(
            "levels", .optional(.levels(0...1_000_000)), default: .null,
            "Difficulty of held-out problems; null is that of training.", aliases: ["level"]),
        RecipeKey("temperature", .number(.from(0, to: 100)), default: 0, "0 is greedy."),
        RecipeKey("seed", .integer(0...Int.max), default: 1_000_003, "What the held-out problems are made from."),
    ]
}
