/// Where each tensor of a model stands in one flat array of fp32, under the name that Hugging Face gives it.
///
/// Keeps: query, key and value weights are neighbors, as are gate and up, so that each set is one matrix; gradients and
/// optimizer moments have the same layout.
struct ParameterLayout: Sendable, Hashable {
    struct Tensor: Sendable, Hashable {
        let name: String
        /// `[outputs, inputs]` of a matrix, `[width]` of a vector.
        let shape: [Int]
        let range: Range<Int>
        let role: Role
    }

    /// What initialization and weight decay go by.
    enum Role: Sendable, Hashable { case embedding, matrix, bias, norm }

    private(set) var tensors: [Tensor] = []
    var count: Int { tensors.last?.range.upperBound ?? 0 }

    init(_ configuration: ModelConfiguration) {
        let hidden = configuration.hiddenSize
        append("model.embed_tokens.weight", [configuration.vocabularySize, hidden], .embedding)
        for layer in 0..<configuration.layers {
            let name = "model.layers.\(layer)."
            append(name + "input_layernorm.weight", [hidden], .norm)
            append(name + "self_attn.q_proj.weight", [configuration.querySize, hidden], .matrix)
            append(name + "self_attn.k_proj.weight", [configuration.keyValueSize, hidden], .matrix)
            append(name + "self_attn.v_proj.weight", [configuration.keyValueSize, hidden], .matrix)
            if configuration.hasProjectionBias {
                append(name + "self_attn.q_proj.bias", [configuration.querySize], .bias)
                append(name + "self_attn.k_proj.bias", [configuration.keyValueSize], .bias)
                append(name + "self_attn.v_proj.bias", [configuration.keyValueSize], .bias)
            }
            if configuration.normalizesHeads {
                append(name + "self_attn.q_norm.weight", [configuration.headSize], .norm)
                append(name + "self_attn.k_norm.weight", [configuration.headSize], .norm)
            }
            append(name + "self_attn.o_proj.weight", [hidden, configuration.querySize], .matrix)
            append(name + "post_attention_layernorm.weight", [hidden], .norm)
            append(name + "mlp.gate_proj.weight", [configuration.intermediateSize, hidden], .matrix)
            append(name + "mlp.up_proj.weight", [configuration.intermediateSize, hidden], .matrix)
            append(name + "mlp.down_proj.weight", [hidden, configuration.intermediateSize], .matrix)
        }
        append("model.norm.weight", [hidden], .norm)
        if !configuration.tiesEmbeddings {
            append("lm_head.weight", [configuration.vocabularySize, hidden], .embedding)
        }
    }

    private mutating func append(_ name: String, _ shape: [Int], _ role: Role) {
        let start = count
        tensors.append(Tensor(name: name, shape: shape, range: start..<start + shape.reduce(1, *), role: role))
    }

    /// The tensor of a name; nil if the model has none.
    func tensor(_ name: String) -> Tensor? { tensors.first { $0.name == name } }
}

extension ModelConfiguration {
    /// How many numbers a model of this shape is.
    public var parameterCount: Int { ParameterLayout(self).count }
}
