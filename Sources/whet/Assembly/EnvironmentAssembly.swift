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
        var byName: [String: any Environment] = [:]
        let catalog = try EnvironmentSources.catalog()
        // Its threads end with the environments that hold it.
        let pool = EnvironmentPool()
        let entries = try recipe.environments.map { entry in
            let environment = pool.environment(
                try catalog.environment(named: entry.name, options: entry.options.values))
            byName[environment.name] = environment
            return Curriculum.Entry(
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
        self.byName = byName
        curriculum = try await Curriculum(
            entries: entries, seed: recipe.run.seed,
            heldOut: .init(
                count: recipe.evaluation.problems, seed: recipe.evaluation.seed, levels: recipe.evaluation.levels))
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
