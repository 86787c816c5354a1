import WhetCore

extension Recipe {
    /// Supervised training before the first step.
    public struct Warmup: Hashable, Sendable, Codable {
        public var steps: Int
        public var batchSize: Int
        public var learningRate: Double
        public var problems: Int?
    }
}

extension RecipeSchema {
    static let warmup: [RecipeKey] = [
        RecipeKey("steps", .integer(0...10_000_000), default: 0, "0 warms nothing up.", unit: "steps"),
        RecipeKey(
            "batch_size", .integer(1...1_000_000), default: 64, "Demonstrations of a step.", unit: "demonstrations"),
        RecipeKey(
            "learning_rate", .number(.above(0, to: 10)), default: 1e-3,
            "Of these steps; `trainer.schedule` leaves it alone."),
        RecipeKey(
            "problems", .optional(.integer(1...1_000_000_000)), default: .null,
            "Different demonstrations to go round in; null shows each only once.", unit: "problems"),
    ]
}
