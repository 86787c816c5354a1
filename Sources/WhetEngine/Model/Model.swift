import Foundation
import WhetCore

/// A model's weights: one flat array of fp32 and the names of its parts. A value; copies share memory until one
/// changes.
struct Parameters: Sendable {
    let layout: ParameterLayout
    /// As long as `layout.count`.
    var values: [Float]

    /// All zero.
    init(layout: ParameterLayout) {
        self.init(layout: layout, values: [Float](repeating: 0, count: layout.count))
    }

    init(layout: ParameterLayout, values: [Float]) {
        precondition(values.count == layout.count, "the parameters are as many as their layout has")
        self.layout = layout
        self.values = values
    }

    /// The elements of one tensor, row-major; nil if there is none of that name.
    subscript(name: String) -> ArraySlice<Float>? { layout.tensor(name).map { values[$0.range] } }
}

/// A transformer: its configuration and its parameters.
public struct Model: Sendable {
    /// Its shape.
    public let configuration: ModelConfiguration
    var parameters: Parameters

    init(configuration: ModelConfiguration, parameters: Parameters) {
        precondition(parameters.layout == ParameterLayout(configuration), "the parameters are of another configuration")
        self.configuration = configuration
        self.parameters = parameters
    }

    /// A model from scratch: matrices and embeddings normal with the configuration's `initializerRange`, norms 1,
    /// biases 0. The same seed gives the same bits.
    public init(configuration: ModelConfiguration, seed: UInt64) {
        var parameters = Parameters(layout: ParameterLayout(configuration))
        for (index, tensor) in parameters.layout.tensors.enumerated() {
            switch tensor.role {
            case .norm: for place in tensor.range { parameters.values[place] = 1 }
            case .bias: break
            case .matrix, .embedding:
                var random = RandomStream(seed: seed, purpose: "weights", index)
                for place in tensor.range {
                    parameters.values[place] = Float(random.normal() * configuration.initializerRange)
                }
            }
        }
        self.init(configuration: configuration, parameters: parameters)
    }
}

extension RandomStream {
    /// A standard normal number, by Box and Muller's cosine.
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
