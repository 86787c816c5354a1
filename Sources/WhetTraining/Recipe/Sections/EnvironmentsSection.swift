import WhetCore

extension Recipe {
    /// One environment of the mixture.
    public struct PracticeEnvironment: Hashable, Sendable, Codable {
        public var name: String
        /// Relative to the others'.
        public var weight: Double
        public var levels: ClosedRange<Int>
        public var difficulty: Difficulty
        public var options: RecipeSettings
    }

    /// How a task's level is chosen; settings of the other kinds are there and not read.
    public struct Difficulty: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            case uniform, adaptive
            case learningProgress = "learning_progress"
        }

        public var kind: Kind
        public var window: Int
        public var minimumPrompts: Int
        public var accuracy: Double
        public var fast: Double
        public var slow: Double
        public var floor: Double
    }
}

extension RecipeSchema {
    static let environment: [RecipeKey] = [
        RecipeKey("name", .text, default: nil, "The environment, such as Sorting."),
        RecipeKey("weight", .number(.atLeast(0)), default: 1, "Its share of the tasks, relative to the others'."),
        RecipeKey(
            "levels", .levels(0...1_000_000), default: 0,
            "Difficulty, 0 the easiest: one level, or the lowest and highest to draw from.", aliases: ["level"]),
        RecipeKey("difficulty", section: difficulty, "How a task's level is chosen from `levels`."),
        RecipeKey("options", .settings, default: [:], "What this environment lets be chosen."),
    ]

    static let difficulty: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(of: Recipe.Difficulty.Kind.self), default: "uniform",
            "Every level alike; RLVE's rising upper level; or levels at which accuracy changes."),
        RecipeKey(
            "window", .integer(counts), default: 4, "Adaptive: draws from this many levels up to the upper one.",
            unit: "levels"),
        RecipeKey(
            "minimum_prompts", .integer(counts), default: 8,
            "Adaptive: tasks at the upper level before it is judged.", unit: "tasks"),
        RecipeKey(
            "accuracy", .number(.above(0, to: 1)), default: 0.9,
            "Adaptive: the share of solved rollouts that raises the upper level."),
        RecipeKey(
            "fast", .number(.above(0, to: 1)), default: 0.3,
            "Learning progress: share of a new observation in the recent accuracy."),
        RecipeKey(
            "slow", .number(.above(0, to: 1)), default: 0.1,
            "Learning progress: in the past accuracy; below `fast`."),
        RecipeKey(
            "floor", .number(.above(0)), default: 0.05, "Learning progress: what every level weighs at least."),
    ]
}
