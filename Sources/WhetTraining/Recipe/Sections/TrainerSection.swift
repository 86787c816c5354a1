import WhetBackends
import WhetCore

extension Recipe {
    /// Who updates the weights.
    public struct Trainer: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case embedded, torch, command, tinker }

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
        /// nil trains the whole model.
        public var lora: LoRA?
        public var gradientCheckpointing: Bool
        public var packing: Packing
        public var attention: String?
        public var processes: Int
        public var python: String?
        /// Of `command`: a program and its arguments; empty exactly if it is another kind.
        public var command: [String]
        /// Of `tinker`: the service's address; nil exactly if it is another kind.
        public var url: String?
        public var keyVariable: String?
        public var baseModel: String?
    }

    /// Low-rank adapters beside the model's matrices, trained in their place.
    public struct LoRA: Hashable, Sendable, Codable {
        public var rank: Int
        public var alpha: Double
        /// Names of modules, or `all-linear` alone.
        public var targets: [String]
    }

    /// Whether sequences share rows of a batch without seeing one another.
    public enum Packing: String, Hashable, Sendable, Codable, CaseIterable { case auto, never }
}

extension Recipe.Trainer {
    /// Keys that only some kinds have, and whether this recipe gives them.
    var kindsOfKeys: [(key: String, isGiven: Bool, kinds: [Kind])] {
        [
            ("threads", threads != nil, [.embedded, .torch, .command]),
            ("lora", lora != nil, [.torch, .command, .tinker]),
            ("gradient_checkpointing", gradientCheckpointing, [.torch, .command]),
            ("packing", packing != .auto, [.torch, .command]),
            ("attention", attention != nil, [.torch, .command]),
            ("processes", processes != 1, [.torch]), ("python", python != nil, [.torch]),
            ("command", !command.isEmpty, [.command]), ("url", url != nil, [.tinker]),
            ("key_variable", keyVariable != nil, [.tinker]), ("base_model", baseModel != nil, [.tinker]),
        ]
    }

    /// Keys that this kind does not take, and the recipe gives.
    var misfits: [(key: String, isGiven: Bool, kinds: [Kind])] {
        kindsOfKeys.filter { $0.isGiven && !$0.kinds.contains(kind) }
    }

    /// Keys that a kind cannot do without, with an example.
    var missingKey: (key: String, example: String)? {
        switch kind {
        case .command where command.isEmpty: ("command", "[python3, trainer.py]")
        case .tinker where url == nil: ("url", "http://127.0.0.1:8000")
        default: nil
        }
    }

    /// What it can do, as far as it is known before it is started; nil for a program of one's own.
    var capabilities: TrainerCapabilities? { TrainerCapabilities.known.first { $0.name == kind.rawValue } }
}

extension RecipeSchema {
    static let trainer: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(of: Recipe.Trainer.Kind.self), default: "embedded",
            "Who holds and updates the weights; `trainer: torch` is short for `trainer: {kind: torch}`."),
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
            "Of the engine, or of each process of torch; null takes every core."),
        RecipeKey(
            "lora", .optional(.section(lora)), default: .null,
            "Trains low-rank adapters of these sizes; null trains the whole model. `lora: {}` takes the defaults."),
        RecipeKey(
            "gradient_checkpointing", .boolean, default: false,
            "torch: computes activations again in the backward pass, for less memory."),
        RecipeKey(
            "packing", .choice(of: Recipe.Packing.self), default: "auto",
            "torch: whether sequences share rows; `auto` where the architecture allows it."),
        RecipeKey(
            "attention", .optional(.text), default: .null,
            "torch: transformers' implementation, such as flash_attention_2; null leaves it to transformers."),
        RecipeKey(
            "processes", .integer(1...1_024), default: 1,
            "torch: how many share the model by torchrun and FSDP2, one a GPU."),
        RecipeKey(
            "python", .optional(.text), default: .null,
            "torch: the interpreter; null is that of `whet trainer install torch`."),
        RecipeKey(
            "command", .list(.text, count: 0...1_000), default: [],
            "command: the program and its arguments; it speaks the protocol of docs/trainers.md."),
        RecipeKey("url", .optional(.text), default: .null, "tinker: the service's address."),
        RecipeKey(
            "key_variable", .optional(.text), default: .null,
            "tinker: the environment variable that holds the service's key; null sends none."),
        RecipeKey(
            "base_model", .optional(.text), default: .null,
            "tinker: what the service calls the model that it starts from; null is policy.model."),
    ]

    static let lora: [RecipeKey] = [
        RecipeKey("rank", .integer(1...65_536), default: 16, "Of the two factors of each matrix's change."),
        RecipeKey("alpha", .number(.above(0)), default: 32, "The change is scaled by alpha / rank."),
        RecipeKey(
            "targets", .list(.text, count: 1...1_000), default: ["all-linear"],
            "Names of modules that get adapters, or `all-linear`; the Tinker API has its own."),
    ]
}
