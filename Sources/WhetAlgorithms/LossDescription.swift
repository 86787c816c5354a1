import WhetCore

/// A loss in words and numbers, as a trainer elsewhere is told of it: the JSON object of docs/trainers.md, "The loss".
///
/// Keeps: `LossFunction(description)` of a loss's description computes what that loss computes.
public struct LossDescription: Hashable, Sendable {
    /// An objective by its recipe name, with every setting that it has.
    public struct Objective: Hashable, Sendable {
        public var name: String
        public var settings: JSONObject

        public init(_ name: String, settings: JSONObject = AlgorithmCatalog.noSettings) {
            self.name = name
            self.settings = settings
        }
    }

    /// A penalty in the loss.
    public struct KL: Hashable, Sendable {
        /// As a recipe calls it.
        public var estimator: String
        public var coefficient: Double

        public init(estimator: String, coefficient: Double) {
            self.estimator = estimator
            self.coefficient = coefficient
        }
    }

    /// What sequences that name it are trained under instead of the objective.
    public struct Component: Hashable, Sendable {
        public var name: String
        public var objective: Objective
        public var aggregation: Aggregation
        public var weight: Double

        public init(name: String, objective: Objective, aggregation: Aggregation = .tokenMean, weight: Double = 1) {
            self.name = name
            self.objective = objective
            self.aggregation = aggregation
            self.weight = weight
        }
    }

    public var objective: Objective
    public var aggregation: Aggregation
    public var normalizationLength: Int?
    public var entropyBonus: Double
    public var kl: KL?
    /// By name, in alphabetical order; a batch file numbers them so.
    public var components: [Component]

    public init(
        _ objective: Objective, aggregation: Aggregation = .tokenMean, normalizationLength: Int? = nil,
        entropyBonus: Double = 0, kl: KL? = nil, components: [Component] = []
    ) {
        self.objective = objective
        self.aggregation = aggregation
        self.normalizationLength = normalizationLength
        self.entropyBonus = entropyBonus
        self.kl = kl
        self.components = components
    }

    /// The names of all objectives in it.
    public var objectives: [String] { [objective.name] + components.map(\.objective.name) }

    /// The ways of averaging in it.
    public var aggregations: [Aggregation] { [aggregation] + components.map(\.aggregation) }
}

extension LossFunction {
    /// What a trainer elsewhere must know to compute it.
    public var description: LossDescription {
        LossDescription(
            Self.description(of: objective), aggregation: aggregation, normalizationLength: normalizationLength,
            entropyBonus: entropyBonus,
            kl: klPenalty.map { LossDescription.KL(estimator: $0.estimator.rawValue, coefficient: $0.coefficient) },
            components: components.sorted { $0.key < $1.key }.map { name, component in
                LossDescription.Component(
                    name: name, objective: Self.description(of: component.objective),
                    aggregation: component.aggregation, weight: component.weight)
            })
    }

    private static func description(of objective: any Objective) -> LossDescription.Objective {
        LossDescription.Objective(
            type(of: objective).name, settings: (objective as? any Configurable)?.settingValues ?? JSONObject())
    }

    /// - Throws: `WhetError` for an objective or a setting that there is not, or a value that is not allowed.
    public init(_ description: LossDescription) throws {
        func made(_ objective: LossDescription.Objective) throws -> any Objective {
            try ObjectiveCatalog.named(objective.name, settings: objective.settings)
        }
        let penalty = try description.kl.map { kl in
            guard let estimator = KLEstimator(rawValue: kl.estimator) else {
                throw WhetError.unknownName(
                    kl.estimator, kind: "KL estimator", among: KLEstimator.allCases.map(\.rawValue), at: "kl")
            }
            return KLPenalty(estimator, coefficient: kl.coefficient)
        }
        var components: [String: LossComponent] = [:]
        for component in description.components {
            components[component.name] = LossComponent(
                objective: try made(component.objective), aggregation: component.aggregation,
                weight: component.weight)
        }
        self.init(
            objective: try made(description.objective), aggregation: description.aggregation,
            entropyBonus: description.entropyBonus,
            klPenalty: penalty,
            normalizationLength: description.normalizationLength, components: components)
    }
}

extension Configurable {
    /// Every setting with the value it has.
    var settingValues: JSONObject {
        JSONObject(uniqueKeysWithValues: Self.settings.map { ($0.name, $0.read(self)) })
    }
}

extension LossDescription {
    /// The object of docs/trainers.md, every member written out.
    public var json: JSONValue {
        var object: JSONObject = [
            "objective": .string(objective.name), "settings": .object(objective.settings),
            "aggregation": .string(aggregation.rawValue),
            "normalization_length": normalizationLength.map(JSONValue.integer) ?? .null,
            "entropy_bonus": .number(entropyBonus),
        ]
        object["kl"] =
            kl.map { ["estimator": .string($0.estimator), "coefficient": .number($0.coefficient)] } ?? .null
        object["components"] = .array(
            components.map { component in
                [
                    "name": .string(component.name), "objective": .string(component.objective.name),
                    "settings": .object(component.objective.settings),
                    "aggregation": .string(component.aggregation.rawValue), "weight": .number(component.weight),
                ]
            })
        return .object(object)
    }
}

extension LossFunction {
    /// Every objective that there is, by its recipe name.
    public static var objectives: [String] { ObjectiveCatalog.names }

    /// Every way of estimating a token's KL, by its recipe name.
    public static var klEstimators: [String] { KLEstimator.allCases.map(\.rawValue) }
}
