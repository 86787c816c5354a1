import WhetCore
import WhetEnvironments
import WhetGym
import WhetRollouts
import WhetTraining

/// The environments that a recipe names, and the tasks drawn from them.
struct EnvironmentAssembly {
    let curriculum: Curriculum
    /// By the name that tasks carry.
    let byName: [String: any Environment]

    /// Whether programs solve tasks of any.
    var hasAgents: Bool { byName.values.contains { $0 is AgentEnvironment } }

    /// Starts the programs of environments that have one: their mistakes are to be told before anything else is begun.
    ///
    /// - Throws: `WhetError` for an unknown name or option, or tasks that cannot be made.
    init(_ recipe: Recipe) async throws {
        let environments = try Self.inOrder(recipe)
        let entries = zip(recipe.environments, environments).map { entry, environment in
            Curriculum.Entry(
                environment: environment, weight: entry.weight, levels: entry.levels,
                difficulty: Difficulty(entry.difficulty))
        }
        for (index, entry) in entries.enumerated() {
            guard let external = entry.environment as? any ExternalEnvironment else { continue }
            let maximum = try await external.prepare()
            guard entry.levels.upperBound <= maximum else {
                throw WhetError(
                    "there is no level \(entry.levels.upperBound) of \(external.name)",
                    at: "environments.\(index).levels", expected: "0 to \(maximum)")
            }
        }
        byName = Self.named(environments)
        curriculum = try await Curriculum(
            entries: entries, seed: recipe.run.seed,
            heldOut: .init(
                count: recipe.evaluation.problems, seed: recipe.evaluation.seed, levels: recipe.evaluation.levels))
    }
}

extension EnvironmentAssembly {
    /// The recipe's environments by the name that tasks carry, without tasks.
    ///
    /// - Throws: `WhetError` for an unknown name or option.
    static func environments(of recipe: Recipe) throws -> [String: any Environment] { named(try inOrder(recipe)) }

    private static func named(_ environments: [any Environment]) -> [String: any Environment] {
        Dictionary(environments.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    private static func inOrder(_ recipe: Recipe) throws -> [any Environment] {
        let catalog = try EnvironmentSources.catalog()
        // Its threads end with the environments that hold it.
        let pool = EnvironmentPool()
        return try recipe.environments.map { entry in
            pool.environment(try catalog.environment(named: entry.name, options: entry.options.values))
        }
    }
}

extension Difficulty {
    init(_ recipe: Recipe.Difficulty) {
        self =
            switch recipe.kind {
            case .uniform: .uniform
            case .adaptive:
                .adaptive(
                    AdaptiveDifficulty(
                        window: recipe.window, minimumPrompts: recipe.minimumPrompts, accuracy: recipe.accuracy))
            case .learningProgress:
                .learningProgress(LearningProgress(fast: recipe.fast, slow: recipe.slow, floor: recipe.floor))
            }
    }
}
