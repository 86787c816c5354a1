import WhetCore

/// Every objective that a recipe may name. A new one is one file and one line here.
enum ObjectiveCatalog {
    static let all: [any ConfigurableObjective.Type] = [
        PPOClip.self, GSPO.self, CISPO.self, SAPO.self, GMPO.self, DPPOTotalVariation.self, DPPOKL.self, TOPR.self,
        PolicyGradient.self, CrossEntropy.self, ReverseKL.self,
    ]

    static var names: [String] { all.map { $0.name } }

    static func objective(_ name: String) throws -> any ConfigurableObjective.Type {
        guard let objective = all.first(where: { $0.name == name }) else {
            throw WhetError.unknownName(name, kind: "objective", among: names, at: "objective")
        }
        return objective
    }

    /// An objective by name.
    ///
    /// - Throws: `WhetError` for an unknown name or setting, or a wrong value.
    static func named(_ name: String, settings: JSONObject = AlgorithmCatalog.noSettings) throws
        -> any ConfigurableObjective
    {
        try objective(name).init(settings: settings)
    }
}
