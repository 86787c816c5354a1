import WhetCore

/// Every algorithm that a recipe may name. A new one is one file and one line here.
public enum AlgorithmCatalog {
    /// In the order in which people are shown them.
    public static let all: [AlgorithmDefinition] = [
        .grpo, .drGRPO, .dapo, .gspo, .cispo, .sapo, .gmpo, .dppoTotalVariation, .dppoKL, .topr,
        .rloo, .loop, .opo, .gpg, .maxRL, .passAtK, .gdpo, .aspo,
        .reinforcePlusPlus, .reinforcePlusPlusBaseline, .remax, .gae, .spo, .rae,
        .turnLevel, .stepLevel,
    ]

    /// Changes nothing.
    public static let noSettings: JSONObject = [:]

    /// What recipes call them.
    public static var names: [String] { all.map(\.name) }

    /// - Throws: `WhetError` for an unknown name, with the nearest valid one.
    public static func definition(_ name: String) throws -> AlgorithmDefinition {
        guard let definition = all.first(where: { $0.name == name }) else {
            throw WhetError.unknownName(name, kind: "algorithm", among: names)
        }
        return definition
    }

    /// An estimator by name, with settings of its own.
    ///
    /// - Throws: `WhetError` for an unknown name or setting, or a wrong value.
    static func estimator(_ name: String, settings: JSONObject = AlgorithmCatalog.noSettings) throws
        -> any AdvantageEstimator
    {
        guard let definition = all.first(where: { $0.estimator.name == name }) else {
            throw WhetError.unknownName(name, kind: "estimator", among: Set(all.map { $0.estimator.name }))
        }
        return try definition.estimator.init(settings: settings)
    }
}
