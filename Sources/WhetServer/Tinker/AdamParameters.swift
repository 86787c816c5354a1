import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// `adam_params` of an `optim_step`; what is left out has the SDK's defaults.
struct AdamParameters: Sendable {
    let learningRate: Double
    let settings: AdamW.Settings

    /// - Throws: `RequestProblem` for a value out of its range.
    init(_ fields: RequestFields) throws {
        func number(_ key: String, _ otherwise: Double, _ expected: String, _ holds: (Double) -> Bool) throws -> Double
        {
            let value = try fields.double(key) ?? otherwise
            guard holds(value), Float(value).isFinite else {
                throw RequestProblem.badValue(
                    "\(fields.name(key)) is \(value); expected \(expected)", parameter: fields.name(key))
            }
            return value
        }
        learningRate = try number("learning_rate", 1e-4, "at least 0") { $0 >= 0 }
        let clip = try number("grad_clip_norm", 0, "at least 0, where 0 clips nothing") { $0 >= 0 }
        settings = AdamW.Settings(
            beta1: Float(try number("beta1", 0.9, "from 0 to below 1") { (0..<1).contains($0) }),
            beta2: Float(try number("beta2", 0.95, "from 0 to below 1") { (0..<1).contains($0) }),
            epsilon: Float(try number("eps", 1e-12, "above 0") { Float($0) > 0 }),
            weightDecay: Float(try number("weight_decay", 0, "at least 0") { $0 >= 0 }),
            clipNorm: clip == 0 ? nil : clip)
    }

    func step(_ backend: EmbeddedBackend) async throws -> ByteBuffer {
        let report = try await backend.optimizerStep(learningRate: learningRate, settings: settings)
        let metrics: JSONValue = [
            "grad_norm": .number(report.gradientNorm ?? 0), "learning_rate": .number(learningRate),
        ]
        return ByteBuffer(json: ["type": "optim_step", "metrics": metrics])
    }
}

extension ByteBuffer {
    init(json: JSONValue) { self.init(bytes: JSONText(json).bytes) }
}
