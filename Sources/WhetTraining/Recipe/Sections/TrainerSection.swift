import WhetBackends
import WhetCore

extension Recipe {
    /// Who updates the weights.
    public struct Trainer: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case embedded }

        public var kind: Kind
        public var learningRate: Double
        public var schedule: LearningRateSchedule.Shape
        /// Share of `learningRate` that linear and cosine end at.
        public var finalShare: Double
        public var warmupSteps: Int
        public var weightDecay: Double
        /// Two.
        public var betas: [Double]
        public var epsilon: Double
        public var maximumGradientNorm: Double?
        public var miniBatches: Int
        public var microBatchTokens: Int
        public var threads: Int?
    }
}

extension RecipeSchema {
    static let trainer: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(of: Recipe.Trainer.Kind.self), default: "embedded",
            "The backend that holds and updates the weights."),
        RecipeKey("learning_rate", .number(.above(0, to: 10)), default: 3e-4, "At its highest."),
        RecipeKey(
            "schedule", .choice(of: LearningRateSchedule.Shape.self), default: "constant",
            "What becomes of the learning rate after its warm-up, down to `final_share` at the last step."),
        RecipeKey(
            "final_share", .number(.from(0, to: 1)), default: 0, "What linear and cosine end at, of `learning_rate`."),
        RecipeKey(
            "warmup_steps", .integer(0...1_000_000), default: 0, "The learning rate rises linearly this long.",
            unit: "steps"),
        RecipeKey(
            "weight_decay", .number(.from(0, below: 1)), default: 0,
            "AdamW's, decoupled; not on norms and embeddings."),
        RecipeKey(
            "betas", .list(.number(.from(0, below: 1)), count: 2...2), default: [0.9, 0.95], "AdamW's decay rates."),
        RecipeKey("epsilon", .number(.above(0)), default: 1e-8, "AdamW's."),
        RecipeKey(
            "max_gradient_norm", .optional(.number(.above(0))), default: 1,
            "Global norm to clip to; null clips nothing."),
        RecipeKey(
            "mini_batches", .integer(1...65_536), default: 1, "Optimizer steps that a step's rollouts are split over."),
        RecipeKey(
            "micro_batch_tokens", .integer(1...1_000_000_000), default: 8_192,
            "Tokens computed at once; changes memory, not results.", unit: "tokens"),
        RecipeKey(
            "threads", .optional(.integer(1...4_096)), default: .null,
            "Of the embedded engine; null takes every core."),
    ]
}
