import WhetCore

extension Recipe {
    /// Name, seed, length and checkpoints.
    public struct Run: Hashable, Sendable, Codable {
        public var name: String?
        public var seed: UInt64
        public var steps: Int
        public var checkpointEvery: Int
        public var checkpointKeep: Int
        public var home: String?
    }
}

extension RecipeSchema {
    static let run: [RecipeKey] = [
        RecipeKey(
            "name", .optional(.text), default: .null, "What the run is called; null takes the recipe file's name."),
        RecipeKey("seed", .integer(0...Int.max), default: 1, "Same seed, same run."),
        RecipeKey("steps", .integer(0...100_000_000), default: 100, "Training steps.", unit: "steps"),
        RecipeKey(
            "checkpoint_every", .integer(1...1_000_000), default: 1,
            "Steps between checkpoints; a killed run redoes what came after the last.", unit: "steps"),
        RecipeKey(
            "checkpoint_keep", .integer(1...1_000_000), default: 2, "Newest checkpoints to keep.", unit: "checkpoints"),
        RecipeKey(
            "home", .optional(.text), default: .null, "Folder of runs and store; null is WHET_HOME, else ./runs."),
    ]
}
