import CWhetKernels
import Foundation
import WhetCore

/// The shape of a decoder transformer, as `config.json` of a Hugging Face model directory gives it.
///
/// Keeps: what is here can be computed; anything in a file that the engine cannot do was refused when it was read.
public struct ModelConfiguration: Sendable, Hashable {
    /// The families whose transformer this is. They differ in QK-norm (Qwen3) and biases of query, key and value
    /// (Qwen2).
    public enum Architecture: String, Sendable, CaseIterable {
        case qwen3, qwen2, llama
    }

    public var architecture: Architecture = .qwen3
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layers: Int
    public var heads: Int
    public var keyValueHeads: Int
    public var headSize: Int
    public var normEpsilon: Float = 1e-6
    public var rope = RotaryPositions()
    /// Whether the embedding is also the output projection.
    public var tiesEmbeddings = true
    public var maximumPositions = 4096
    /// The standard deviation of weights made from scratch.
    public var initializerRange: Double = 0.02
    public var beginningOfSequence: Int32?
    /// Generation stops at any of these.
    public var endOfSequence: [Int32] = []
    public var padding: Int32?

    /// A Qwen3 from scratch.
    ///
    /// - Throws: `WhetError` if the sizes do not fit each other.
    public init(
        vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int, keyValueHeads: Int,
        headSize: Int, maximumPositions: Int = 4096, endOfSequence: [Int32] = []
    ) throws {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headSize = headSize
        self.maximumPositions = maximumPositions
        self.endOfSequence = endOfSequence
        try check(at: nil)
    }

    /// Query, key and value features of a token, in that order.
    var projectedSize: Int { (heads + 2 * keyValueHeads) * headSize }
    var querySize: Int { heads * headSize }
    var keyValueSize: Int { keyValueHeads * headSize }
    /// Query heads that share a key-value head.
    var group: Int { heads / keyValueHeads }
    var normalizesHeads: Bool { architecture == .qwen3 }
    var hasProjectionBias: Bool { architecture == .qwen2 }

    func check(at place: String?) throws {
        let sizes = [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
            ("num_hidden_layers", layers), ("num_attention_heads", heads), ("num_key_value_heads", keyValueHeads),
            ("head_dim", headSize), ("max_position_embeddings", maximumPositions),
        ]
        for (name, value) in sizes where !(1...Int(Int32.max)).contains(value) {
            throw WhetError("\(name) is \(value)", at: place, expected: "a whole number from 1 to \(Int32.max)")
        }
        // In floating point, because a file's numbers may multiply to more than 64 bits.
        let rows = Double(heads + 2 * keyValueHeads) * Double(headSize) + Double(heads) * Double(headSize)
        let layer = Double(hiddenSize) * (rows + 3 * Double(intermediateSize))
        let total = 2 * Double(vocabularySize) * Double(hiddenSize) + Double(layers) * layer
        guard layers <= 10_000, total < 1e12 else {
            throw WhetError(
                "the model would have \(layers) layers and some \(String(format: "%.0f", total / 1e9)) billion parameters", at: place,
                expected: "at most 10,000 layers and 10¹² parameters")
        }
        guard heads % keyValueHeads == 0 else {
            throw WhetError(
                "\(heads) attention heads cannot share \(keyValueHeads) key-value heads", at: place,
                expected: "num_attention_heads to be a multiple of num_key_value_heads")
        }
        guard headSize % 2 == 0, headSize <= Int(WHET_WIDEST) else {
            throw WhetError(
                "head_dim is \(headSize)", at: place,
                expected: "an even number, because positions turn pairs, of at most \(WHET_WIDEST)")
        }
        guard normEpsilon > 0, normEpsilon.isFinite, rope.theta > 0, rope.theta.isFinite else {
            throw WhetError("rms_norm_eps and rope_theta have to be above 0", at: place)
        }
    }
}

/// Rotary positions: their base, and how they are stretched for long contexts.
public struct RotaryPositions: Sendable, Hashable {
    public var theta: Double = 1_000_000
    public var scaling: Scaling?

    /// Llama 3's stretching: slow frequencies are divided by `factor`, fast ones stay, those between are blended.
    public struct Scaling: Sendable, Hashable {
        public var factor: Double
        public var lowFrequencyFactor: Double
        public var highFrequencyFactor: Double
        public var originalMaximumPositions: Double

        func scaled(_ frequency: Float) -> Float {
            let wavelength = 2 * Double.pi / Double(frequency)
            if wavelength > originalMaximumPositions / lowFrequencyFactor { return Float(Double(frequency) / factor) }
            if wavelength < originalMaximumPositions / highFrequencyFactor { return frequency }
            let blend =
                (originalMaximumPositions / wavelength - lowFrequencyFactor)
                / (highFrequencyFactor - lowFrequencyFactor)
            return Float((1 - blend) * Double(frequency) / factor + blend * Double(frequency))
        }
    }
}
