import WhetAlgorithms
import WhetCore

/// What a recipe is checked against beyond its own schema: the names that this build of whet knows.
///
/// Injected, so that recipes know neither algorithms nor environments. A check throws a `WhetError`; if its `place`
/// names one of the settings, the mistake is shown where that setting was written.
public struct RecipeCatalog: Sendable {
    public struct Environment: Sendable {
        public var hasDemonstrations: Bool
        /// Highest difficulty; nil has no end.
        public var highestLevel: Int?

        public init(hasDemonstrations: Bool, highestLevel: Int? = nil) {
            self.hasDemonstrations = hasDemonstrations
            self.highestLevel = highestLevel
        }
    }

    public var algorithms: [String]
    public var environments: [String: Environment]
    public var checkAlgorithm: AlgorithmCheck
    public var checkEnvironment: EnvironmentCheck
    /// How an algorithm collects rollouts where the recipe does not say.
    public var collection: @Sendable (_ algorithm: String) -> RolloutDefaults

    /// What a recipe's `rollout` section leaves to the algorithm.
    public struct RolloutDefaults: Sendable {
        public var groupsPerStep: Int
        public var groupSize: Int
        public var prompts: Int?

        public init(groupsPerStep: Int = 32, groupSize: Int = 8, prompts: Int? = nil) {
            self.groupsPerStep = groupsPerStep
            self.groupSize = groupSize
            self.prompts = prompts
        }
    }

    /// What an algorithm, its settings being right, asks of other sections.
    public struct CheckedAlgorithm: Sendable {
        /// Throws for a number of rollouts a task that the algorithm cannot learn from.
        public var checkGroupSize: @Sendable (Int) throws -> Void
        /// Throws where stored rollouts cannot be trained on once more.
        public var checkReplay: @Sendable (Recipe.Replay) throws -> Void
        /// Throws for an environment that judges whole rollouts only, where the algorithm credits steps.
        public var checkEnvironment: @Sendable (_ name: String, CheckedEnvironment) throws -> Void
        /// What its batches are trained under.
        public var loss: @Sendable (Recipe.Replay) -> LossDescription?

        public init(
            checkGroupSize: @escaping @Sendable (Int) throws -> Void = { _ in },
            checkReplay: @escaping @Sendable (Recipe.Replay) throws -> Void = { _ in },
            checkEnvironment: @escaping @Sendable (String, CheckedEnvironment) throws -> Void = { _, _ in },
            loss: @escaping @Sendable (Recipe.Replay) -> LossDescription? = { _ in nil }
        ) {
            self.checkGroupSize = checkGroupSize
            self.checkReplay = checkReplay
            self.checkEnvironment = checkEnvironment
            self.loss = loss
        }
    }

    public typealias AlgorithmCheck = @Sendable (_ name: String, _ settings: JSONObject) throws -> CheckedAlgorithm
    public typealias EnvironmentCheck = @Sendable (_ name: String, _ options: JSONObject) throws -> CheckedEnvironment

    /// What an environment, its options being right, gives to algorithms.
    public struct CheckedEnvironment: Sendable {
        /// Whether it has verdicts on single turns and steps.
        public var judgesSteps: Bool

        public init(judgesSteps: Bool = false) { self.judgesSteps = judgesSteps }
    }

    public init(
        algorithms: [String], environments: [String: Environment],
        checkAlgorithm: @escaping AlgorithmCheck = { _, _ in CheckedAlgorithm() },
        checkEnvironment: @escaping EnvironmentCheck = { _, _ in CheckedEnvironment() },
        collection: @escaping @Sendable (String) -> RolloutDefaults = { _ in RolloutDefaults() }
    ) {
        self.algorithms = algorithms
        self.environments = environments
        self.checkAlgorithm = checkAlgorithm
        self.checkEnvironment = checkEnvironment
        self.collection = collection
    }
}
