import WhetCore

/// How a trainer that is a program introduces itself: docs/trainers.md, "hello".
struct TrainerHello: Sendable, Hashable {
    static let protocolName = "whet-trainer"
    static let version = 1

    /// Of the trainer, as it calls itself.
    var name: String
    /// Another in each process.
    var instance: String
    var processes: Int
    var device: String
    var objectives: Set<String>
    var aggregations: Set<String>
    var klEstimators: Set<String>
    var components: Bool
    var entropyBonus: Bool
    var temperatures: Bool
    var gradientClipping: Bool
    var baseLogProbabilities: Bool
    var weights: Set<String>
    var dtypes: Set<String>
    var publishes: Set<String>

    /// - Throws: `WhetError` for another protocol or version, and for what is missing or of another kind.
    init(_ result: JSONValue) throws {
        func member<Value>(
            _ value: JSONValue, _ key: String, _ expected: String, _ read: (JSONValue) -> Value?
        ) throws -> Value {
            try value.member(key, of: "hello", expected, read)
        }
        let spoken = try member(result, "protocol", "\"\(Self.protocolName)\"", \.string)
        let version = try member(result, "version", "\(Self.version)", \.integer)
        guard spoken == Self.protocolName, version == Self.version else {
            throw WhetError(
                "the trainer speaks \(spoken), version \(version)",
                expected: "\(Self.protocolName), version \(Self.version)",
                remedy: "install the trainer that belongs to this whet")
        }
        name = try member(result, "name", "a text", \.string)
        instance = try member(result, "instance", "a text, another in each process", \.string)
        processes = try member(result, "processes", "a whole number", \.integer)
        device = try member(result, "device", "a text", \.string)
        let capabilities = JSONValue.object(try member(result, "capabilities", "an object", \.object))
        func names(_ key: String) throws -> Set<String> {
            Set(try member(capabilities, key, "a list of texts", \.texts))
        }
        func flag(_ key: String, default value: Bool? = nil) throws -> Bool {
            if let value, capabilities[key] == nil { return value }
            return try member(capabilities, key, "true or false", \.bool)
        }
        objectives = try names("objectives")
        aggregations = try names("aggregations")
        klEstimators = try names("kl_estimators")
        components = try flag("components")
        entropyBonus = try flag("entropy_bonus")
        temperatures = try flag("temperatures", default: true)
        gradientClipping = try flag("gradient_clipping", default: true)
        baseLogProbabilities = try flag("base_log_probabilities", default: false)
        weights = try names("weights")
        dtypes = try names("dtypes")
        publishes = try names("publishes")
    }

    /// Refuses what is asked for at the start and is not among its capabilities, before it is asked.
    ///
    /// - Throws: `WhetError`.
    func check(weights kind: String, dtype: String) throws {
        guard weights.contains(kind) else {
            throw WhetError(
                "the trainer \(name) trains no \(kind == "lora" ? "LoRA adapters" : "whole models")",
                expected: "weights of kind \(weights.sorted().joined(separator: ", "))",
                remedy: kind == "lora" ? "leave trainer.lora out" : "set trainer.lora")
        }
        guard dtypes.contains(dtype) else {
            throw WhetError(
                "the trainer \(name) does not compute in \(dtype)",
                expected: "one of \(dtypes.sorted().joined(separator: ", "))", remedy: "set policy.precision")
        }
    }
}
