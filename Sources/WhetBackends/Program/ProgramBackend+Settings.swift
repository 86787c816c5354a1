import Foundation
import WhetCore

extension ProgramBackend {
    /// What a trainer that is a program is started with and told to load: docs/trainers.md, "load".
    public struct Settings: Hashable, Sendable {
        /// The program and its arguments; a name is looked up in PATH.
        public var command: [String]
        /// A Hugging Face model directory, or whatever the program knows as one.
        public var model: URL
        /// Where batches are handed over: a folder that is nobody else's, removed at the end; on a file system that all
        /// of the program's processes see.
        public var exchange: URL
        /// Where the program's standard error is kept; nil keeps its last lines for messages alone.
        public var log: URL?
        /// Variables beside whet's own.
        public var variables: [String: String] = [:]
        /// `fp32` or `bf16`: what is computed in, and what servers get.
        public var precision = "fp32"
        /// nil trains the whole model.
        public var lora: LoRA?
        /// Tokens computed at a time; changes no result but in rounding.
        public var microBatchTokens = 8192
        /// Whether activations are computed a second time instead of kept.
        public var gradientCheckpointing = false
        /// `auto` or `never`: whether sequences may share rows.
        public var packing = "auto"
        /// An implementation of transformers; nil is its own choice.
        public var attention: String?
        /// Of the CPU; nil is the program's own choice.
        public var threads: Int?
        public var optimizer = Optimizer()
        /// How long the program may take until it answers at all.
        public var startLimit = Duration.seconds(600)
        /// How long it may take to end when it is asked to, before it is made to.
        public var endLimit = Duration.seconds(10)

        public init(command: [String], model: URL, exchange: URL, log: URL? = nil) {
            self.command = command
            self.model = model
            self.exchange = exchange
            self.log = log
        }
    }

    /// Low-rank adapters beside weights that stay as they are.
    public struct LoRA: Hashable, Sendable {
        public var rank: Int
        /// Adapters count alpha / rank.
        public var alpha: Double
        /// Names of modules; nil is every linear one.
        public var targets: [String]?
        /// Of the adapters' first weights.
        public var seed: Int

        public init(rank: Int = 16, alpha: Double = 32, targets: [String]? = nil, seed: Int = 0) {
            self.rank = rank
            self.alpha = alpha
            self.targets = targets
            self.seed = seed
        }
    }

    /// AdamW's.
    public struct Optimizer: Hashable, Sendable {
        public var beta1: Double
        public var beta2: Double
        public var epsilon: Double
        public var weightDecay: Double
        /// Global norm to clip to; nil clips nothing.
        public var clipNorm: Double?

        public init(
            beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, weightDecay: Double = 0,
            clipNorm: Double? = 1
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.clipNorm = clipNorm
        }
    }
}

extension ProgramBackend.Settings {
    /// What the protocol calls the precisions of recipes.
    static let dtypes = ["fp32": "float32", "bf16": "bfloat16"]

    /// Members of the request `load`.
    var load: JSONObject {
        let weights: JSONValue =
            lora.map { lora in
                [
                    "kind": "lora", "rank": .integer(lora.rank), "alpha": .number(lora.alpha),
                    "targets": lora.targets.map { .array($0.map(JSONValue.string)) } ?? "all-linear",
                    "seed": .integer(lora.seed),
                ]
            } ?? ["kind": "full"]
        return [
            "model": .string(model.absoluteURL.standardizedFileURL.path), "weights": weights,
            "dtype": .string(Self.dtypes[precision] ?? precision), "micro_batch_tokens": .integer(microBatchTokens),
            "gradient_checkpointing": .bool(gradientCheckpointing), "packing": .string(packing),
            "attention": attention.map(JSONValue.string) ?? .null, "threads": threads.map(JSONValue.integer) ?? .null,
            "optimizer": [
                "beta1": .number(optimizer.beta1), "beta2": .number(optimizer.beta2),
                "epsilon": .number(optimizer.epsilon), "weight_decay": .number(optimizer.weightDecay),
                "decays_all": false, "clip_norm": optimizer.clipNorm.map(JSONValue.number) ?? .null,
            ],
        ]
    }
}
