import WhetCore

extension Recipe {
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
    }

    public enum TokenizerKind: String, Hashable, Sendable, Codable, CaseIterable { case characters, bpe }
}

extension RecipeSchema {
    static let policy: [RecipeKey] = [
        RecipeKey("model", .text, default: "new", "A Hugging Face model directory, or `new` for random weights."),
        RecipeKey(
            "architecture", .optional(.section(architecture)), default: .null,
            "What `model: new` looks like; null for a model directory, whose config.json says it."),
        RecipeKey(
            "reference", .optional(.text), default: .null,
            "Model directory of the frozen policy that KL penalties and distillation compare with; null is version 0."),
        RecipeKey(
            "precision", .choice(of: Recipe.Precision.self), default: "fp32",
            "What is computed in; bf16 keeps fp32 master weights."),
    ]

    static let architecture: [RecipeKey] = [
        RecipeKey("hidden_size", .integer(8...65_536), default: 128, "Width of the residual stream."),
        RecipeKey("layers", .integer(1...1_024), default: 4, "Transformer blocks."),
        RecipeKey("heads", .integer(1...1_024), default: 4, "Query heads of a block."),
        RecipeKey("key_value_heads", .integer(1...1_024), default: 2, "Key and value heads; divides `heads`."),
        RecipeKey(
            "head_dimension", .integer(2...1_024), default: 32, "Width of a head; even, because RoPE turns pairs."),
        RecipeKey("intermediate_size", .integer(8...262_144), default: 384, "Width of the SwiGLU layer."),
        RecipeKey("context_length", .integer(16...1_048_576), default: 256, "Longest sequence.", unit: "tokens"),
        RecipeKey("rope_theta", .number(.above(0)), default: 10_000, "Base of the rotary frequencies."),
        RecipeKey("tie_embeddings", .boolean, default: true, "Whether the output layer is the embedding."),
        RecipeKey(
            "tokenizer", .choice(of: Recipe.TokenizerKind.self), default: "characters",
            "One token a character, or byte-level BPE trained on the environments' own text."),
        RecipeKey(
            "vocabulary_size", .integer(16...1_000_000), default: 256, "Most tokens that the tokenizer may have."),
    ]
}
