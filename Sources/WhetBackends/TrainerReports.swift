import WhetCore

/// What the loss of a batch was made of.
public struct LossReport: Hashable, Sendable {
    /// The number that was minimized.
    public var loss: Double
    /// How many tokens were trained.
    public var tokens: Int
    /// Means over the trained tokens, by name: `clip_fraction`, `behavior_kl`, `log_probability_difference`, ….
    public var metrics: [String: Double]
    /// Whether the batch had come before, and nothing was done this time.
    public var isRepeated = false

    public init(loss: Double, tokens: Int, metrics: [String: Double]) {
        self.loss = loss
        self.tokens = tokens
        self.metrics = metrics
    }
}

/// What an optimizer step did.
public struct OptimizerReport: Hashable, Sendable {
    /// The global norm before it was clipped; nil where the trainer does not tell.
    public var gradientNorm: Double?
    /// Whether the step had been taken before, and nothing was done this time.
    public var isRepeated = false

    public init(gradientNorm: Double?) { self.gradientNorm = gradientNorm }
}

// In the words of docs/trainers.md. JSON has no infinities: null stands for them.
extension LossReport {
    package var json: JSONValue {
        let metrics = metrics.sorted { $0.key < $1.key }.map { ($0.key, JSONValue(finite: $0.value)) }
        return [
            "loss": JSONValue(finite: loss), "tokens": .integer(tokens),
            "metrics": .object(JSONObject(uniqueKeysWithValues: metrics)),
        ]
    }

    /// - Throws: `WhetError` for a member that is missing or of another type.
    package init(json: JSONValue, at place: String) throws {
        guard let loss = json["loss"]?.numberOrNull, let tokens = json["tokens"]?.integer, tokens >= 0,
            let metrics = json["metrics"]?.object
        else {
            throw WhetError(
                "the report of a loss lacks a member", at: place, expected: "loss, tokens and metrics",
                remedy: "see forward_backward in docs/trainers.md")
        }
        self.init(loss: loss, tokens: tokens, metrics: [:])
        for (name, value) in metrics {
            guard let number = value.numberOrNull else {
                throw WhetError("the metric \(name) is no number", at: place, expected: "a number, or null")
            }
            self.metrics[name] = number
        }
    }
}

extension OptimizerReport {
    package var json: JSONValue {
        ["gradient_norm": gradientNorm.map(JSONValue.init(finite:)) ?? .null]
    }

    /// - Throws: `WhetError` for a norm that is no number; null is one that is not told.
    package init(json: JSONValue, at place: String) throws {
        guard let norm = json["gradient_norm"], norm.isNull || norm.double != nil else {
            throw WhetError("the report of an optimizer step lacks its norm", at: place, expected: "gradient_norm")
        }
        self.init(gradientNorm: norm.double)
    }
}

extension JSONValue {
    fileprivate init(finite number: Double) { self = number.isFinite ? .number(number) : .null }

    /// nil for what is neither a number nor null.
    fileprivate var numberOrNull: Double? { isNull ? .nan : double }
}
