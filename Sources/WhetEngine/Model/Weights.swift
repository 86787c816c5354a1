/// A model's parameters where the kernels want them: at a fixed address, matrices also packed for the forward product.
/// For one owner; confined to the engine's thread.
final class Weights {
    let configuration: ModelConfiguration
    let layout: ParameterLayout
    let values: FloatBuffer
    let layers: [Layer]
    let embedding: UnsafeMutablePointer<Float>
    let finalNorm: Int
    let head: PackedMatrix
    /// Where the head's matrix starts: the embedding's place if they are tied.
    let headOffset: Int
    private let panels: FloatBuffer
    private let rounded: UnsafeMutableBufferPointer<UInt16>

    /// Places in the flat array, which gradients share, and packed matrices.
    struct Layer {
        var inputNorm = 0, bias = 0, queryNorm = 0, keyNorm = 0, middleNorm = 0
        var projectionOffset = 0, outputOffset = 0, gateUpOffset = 0, downOffset = 0
        let projection, output, gateUp, down: PackedMatrix
    }

    init(_ model: Model, precision: Precision) {
        let configuration = model.configuration
        self.configuration = configuration
        let layout = model.parameters.layout
        self.layout = layout
        values = FloatBuffer(layout.count)
        let hidden = configuration.hiddenSize
        let shapes = [
            (configuration.projectedSize, hidden), (hidden, configuration.querySize),
            (2 * configuration.intermediateSize, hidden), (hidden, configuration.intermediateSize),
        ]
        let all = (0..<configuration.layers).flatMap { _ in shapes } + [(configuration.vocabularySize, hidden)]
        panels = FloatBuffer(
            precision == .fp32 ? all.reduce(0) { $0 + PackedMatrix.size(outputs: $1.0, inputs: $1.1) } : 0)
        rounded = .allocate(capacity: precision == .bf16 ? all.reduce(0) { $0 + $1.0 * $1.1 } : 0)
        rounded.initialize(repeating: 0)

        let places = Dictionary(uniqueKeysWithValues: layout.tensors.map { ($0.name, $0.range.lowerBound) })
        let start = values.pointer
        var freePanels = panels.pointer
        var freeRounded = rounded.baseAddress
        func packed(_ offset: Int, _ shape: (Int, Int)) -> PackedMatrix {
            defer {
                freePanels += PackedMatrix.size(outputs: shape.0, inputs: shape.1)
                freeRounded = freeRounded.map { $0 + shape.0 * shape.1 }
            }
            return PackedMatrix(
                matrix: start + offset, panels: precision == .fp32 ? freePanels : nil,
                rounded: precision == .bf16 ? freeRounded : nil, outputs: shape.0, inputs: shape.1)
        }
        layers = (0..<configuration.layers).map { index in
            func place(_ name: String) -> Int { places["model.layers.\(index).\(name)", default: 0] }
            let projection = place("self_attn.q_proj.weight")
            let output = place("self_attn.o_proj.weight")
            let gateUp = place("mlp.gate_proj.weight")
            let down = place("mlp.down_proj.weight")
            return Layer(
                inputNorm: place("input_layernorm.weight"), bias: place("self_attn.q_proj.bias"),
                queryNorm: place("self_attn.q_norm.weight"), keyNorm: place("self_attn.k_norm.weight"),
                middleNorm: place("post_attention_layernorm.weight"), projectionOffset: projection,
                outputOffset: output, gateUpOffset: gateUp, downOffset: down, projection: packed(projection, shapes[0]),
                output: packed(output, shapes[1]), gateUp: packed(gateUp, shapes[2]), down: packed(down, shapes[3]))
        }
        embedding = start
        finalNorm = places["model.norm.weight", default: 0]
        headOffset = places["lm_head.weight", default: 0]
        head = packed(headOffset, (configuration.vocabularySize, hidden))
        replace(with: model.parameters)
    }

    deinit { rounded.deallocate() }

    /// Takes up other parameters of the same layout.
    func replace(with parameters: Parameters) {
        precondition(parameters.layout == layout, "the parameters are of another model")
        parameters.values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            values.pointer.update(from: start, count: source.count)
        }
        pack(nil)
    }

    /// Renews the packed matrices after the values changed.
    func pack(_ workers: Workers?) {
        let matrices = layers.flatMap { [$0.projection, $0.output, $0.gateUp, $0.down] } + [head]
        guard let workers else { return matrices.forEach { $0.pack() } }
        workers.run(matrices.count) { item, _ in matrices[item].pack() }
    }

    /// A copy of the values, as a model.
    var model: Model {
        Model(configuration: configuration, parameters: Parameters(layout: layout, values: values.array))
    }
}
