import WhetAlgorithms
import WhetCore
import WhetEnvironments
import WhetTraining

extension RecipeCatalog {
    /// The algorithms of this build, and the environments that can be found from here.
    ///
    /// - Throws: `WhetError` when the folder of YAML environments cannot be read.
    static var whet: RecipeCatalog {
        get throws {
            let environments = try EnvironmentSources.catalog()
            return RecipeCatalog(
                algorithms: AlgorithmCatalog.names,
                environments: Dictionary(
                    environments.entries.map { entry in
                        (
                            entry.name,
                            Environment(hasDemonstrations: entry.hasDemonstrations, highestLevel: entry.maximumLevel)
                        )
                    }, uniquingKeysWith: { $1 }),
                checkAlgorithm: { name, settings in
                    let algorithm = try Algorithm.named(name, settings: settings)
                    try algorithm.checkTrainable()
                    return CheckedAlgorithm(
                        checkGroupSize: { try algorithm.check(groupSize: $0) },
                        checkReplay: { try algorithm.checkReplay($0) },
                        checkEnvironment: { try algorithm.check(environment: $0, judgesSteps: $1.judgesSteps) },
                        loss: { algorithm.loss(imitating: $0).description })
                },
                checkEnvironment: { name, options in
                    let environment = try environments.environment(named: name, options: options)
                    return CheckedEnvironment(judgesSteps: environment.judgesSteps)
                },
                collection: collection)
        }
    }

    /// How an algorithm collects where the recipe leaves it open: groups of 8, or as many rollouts without groups.
    private static func collection(_ algorithm: String) -> RolloutDefaults {
        guard let definition = try? AlgorithmCatalog.definition(algorithm) else { return RolloutDefaults() }
        return RolloutDefaults(
            groupsPerStep: definition.needsGroups ? 32 : 256, groupSize: definition.needsGroups ? 8 : 1,
            prompts: definition.needs.contains(.promptValue) ? 1_024 : nil)
    }
}

extension VerifierCatalog {
    /// Every kind of verifier that an environment in YAML may name.
    static let whet = VerifierCatalog(standard.entries + [.programs])
}
