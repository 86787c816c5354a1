import WhetCore
import WhetInference

/// All that a run is made of, checked: every key of `RecipeSchema` as a typed property. docs/recipes.md tells what each
/// does.
///
/// Read one with `Recipe.load`; its JSON is what the store keeps, and `--resume` reads it back.
public struct Recipe: Hashable, Sendable, Codable {
    public var policy: Policy
    public var inference: Inference
    /// Never empty; at least one weight is above 0.
    public var environments: [PracticeEnvironment]
    public var rollout: Collection
    public var replay: Replay
    public var algorithm: Algorithm
    public var trainer: Trainer
    public var warmup: Warmup
    public var evaluation: Evaluation
    public var run: Run

    /// The model that practises.
    public struct Policy: Hashable, Sendable, Codable {
        /// A Hugging Face model directory, or "new".
        public var model: String
        /// What a new model looks like; nil exactly if `model` is a directory.
        public var architecture: Architecture?
        /// Of the frozen policy that KL penalties and distillation compare with; nil is version 0 of the run.
        public var reference: String?
        public var precision: Precision

        public var isNew: Bool { model == "new" }
    }

    public enum Precision: String, Hashable, Sendable, Codable, CaseIterable { case fp32, bf16 }

    /// The shape of a new model of the Qwen3 family.
    public struct Architecture: Hashable, Sendable, Codable {
        public var hiddenSize: Int
        public var layers: Int
        public var heads: Int
        /// Divides `heads`.
        public var keyValueHeads: Int
        /// Even.
        public var headDimension: Int
        public var intermediateSize: Int
        /// In tokens.
        public var contextLength: Int
        public var ropeTheta: Double
        public var tieEmbeddings: Bool
        public var tokenizer: TokenizerKind
        /// At most; a tokenizer of characters has as many as there are characters.
        public var vocabularySize: Int

        enum CodingKeys: String, CodingKey {
            case layers, heads, tokenizer
            case hiddenSize = "hidden_size"
            case keyValueHeads = "key_value_heads"
            case headDimension = "head_dimension"
            case intermediateSize = "intermediate_size"
            case contextLength = "context_length"
            case ropeTheta = "rope_theta"
            case tieEmbeddings = "tie_embeddings"
            case vocabularySize = "vocabulary_size"
        }
    }

    public enum TokenizerKind: String, Hashable, Sendable, Codable, CaseIterable { case characters, bpe }

    /// Who samples.
    public struct Inference: Hashable, Sendable, Codable {
        public var kind: InferenceKind
        /// Empty exactly if `kind` is embedded.
        public var urls: [String]
        public var model: String?
        public var concurrencyChoice: ConcurrencyChoice
        /// What `concurrencyChoice` may rise to, if it is `auto`.
        public var concurrencyMaximum: Int
        public var connectTimeoutSeconds: Double
        public var idleTimeoutSeconds: Double
        public var totalTimeoutSeconds: Double
        public var retries: Int

        enum CodingKeys: String, CodingKey {
            case kind, urls, model, retries
            case concurrencyChoice = "concurrency"
            case concurrencyMaximum = "concurrency_maximum"
            case connectTimeoutSeconds = "connect_timeout_seconds"
            case idleTimeoutSeconds = "idle_timeout_seconds"
            case totalTimeoutSeconds = "total_timeout_seconds"
        }

        /// Most requests that are ever in flight.
        public var concurrency: Int {
            switch concurrencyChoice {
            case .fixed(let count): count
            case .auto: concurrencyMaximum
            }
        }
    }

    /// Whose server it is.
    public enum InferenceKind: Hashable, Sendable {
        /// whet's own, up as long as the run.
        case embedded
        /// Up already, of whatever kind it says that it is.
        case auto
        /// Up already, and of this kind.
        case server(InferenceServerKind)
    }

    /// How many requests are in flight.
    public enum ConcurrencyChoice: Hashable, Sendable {
        case fixed(Int)
        /// As many as the servers' own metrics allow.
        case auto
    }

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

        enum CodingKeys: String, CodingKey {
            case kind, window, accuracy, fast, slow, floor
            case minimumPrompts = "minimum_prompts"
        }
    }

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

        enum CodingKeys: String, CodingKey {
            case temperature, stop, prompts, scheduling
            case timeoutSeconds = "timeout_seconds"
            case groupsPerStep = "groups_per_step"
            case groupSize = "group_size"
            case maximumNewTokens = "max_new_tokens"
            case maximumTurns = "max_turns"
            case topP = "top_p"
            case topK = "top_k"
            case failedShareAllowed = "failed_share_allowed"
        }

        /// What training rollouts are sampled under.
        public var sampling: SamplingParameters {
            SamplingParameters(
                temperature: temperature, topP: topP, topK: topK, maximumNewTokens: maximumNewTokens, stopStrings: stop)
        }
    }

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

        enum CodingKeys: String, CodingKey {
            case groupsPerStep = "groups_per_step"
            case maximumAge = "maximum_age"
            case solvedOnly = "solved_only"
            case trainAs = "train_as"
        }
    }

    /// Who updates the weights.
    public struct Trainer: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case embedded }
        public enum Schedule: String, Hashable, Sendable, Codable, CaseIterable { case constant, linear, cosine }

        public var kind: Kind
        public var learningRate: Double
        public var schedule: Schedule
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

        enum CodingKeys: String, CodingKey {
            case kind, schedule, betas, epsilon, threads
            case learningRate = "learning_rate"
            case finalShare = "final_share"
            case warmupSteps = "warmup_steps"
            case weightDecay = "weight_decay"
            case maximumGradientNorm = "max_gradient_norm"
            case miniBatches = "mini_batches"
            case microBatchTokens = "micro_batch_tokens"
        }
    }

    /// Supervised training before the first step.
    public struct Warmup: Hashable, Sendable, Codable {
        public var steps: Int
        public var batchSize: Int
        public var learningRate: Double
        public var problems: Int?

        enum CodingKeys: String, CodingKey {
            case steps, problems
            case batchSize = "batch_size"
            case learningRate = "learning_rate"
        }
    }

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

    /// Name, seed, length and checkpoints.
    public struct Run: Hashable, Sendable, Codable {
        public var name: String?
        public var seed: UInt64
        public var steps: Int
        public var checkpointEvery: Int
        public var checkpointKeep: Int
        public var home: String?

        enum CodingKeys: String, CodingKey {
            case name, seed, steps, home
            case checkpointEvery = "checkpoint_every"
            case checkpointKeep = "checkpoint_keep"
        }
    }
}
