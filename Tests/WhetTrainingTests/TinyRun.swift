import Foundation
import Synchronization
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetEngine
import WhetEnvironments
import WhetGym
import WhetHTTP
import WhetInference
import WhetRollouts
import WhetServer
import WhetStore
import WhetText
import WhetTraining

/// A whole training on a tiny policy: the embedded engine behind its own server, over HTTP, with a store on disk.
struct TinyRun {
    let folder: URL
    let recipe: Recipe
    let scoring: FailingEnvironment.Scoring
    /// Plays all episodes, where there is one.
    let agents: (any AgentHost)?
    static let id = "tiny"

    /// - Parameter scoring: an untrained policy sorts nothing, so estimators see more when its words decide.
    init(
        settings: [String] = [], scoring: FailingEnvironment.Scoring = .environment, agents: (any AgentHost)? = nil
    ) throws {
        self.scoring = scoring
        self.agents = agents
        folder = FileManager.default.temporaryDirectory.appending(path: "whet-tiny-\(UUID().uuidString)")
        recipe = try Recipe(
            yaml: """
                environments: [{name: Sorting, options: {maximum_count: 3, maximum_value: 9, wording: compact}}]
                warmup: {steps: 3, batch_size: 8}
                rollout: {groups_per_step: 3, group_size: 4, max_new_tokens: 12}
                trainer: {mini_batches: 2, threads: 1}
                evaluation: {problems: 4, every: 2}
                run: {steps: 5, seed: 7}
                """, overrides: settings,
            catalog: RecipeCatalog(
                algorithms: AlgorithmCatalog.names, environments: ["Sorting": .init(hasDemonstrations: true)]))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Trains from wherever the folder is.
    ///
    /// - Parameters:
    ///   - stopAfter: throws as soon as this many rollouts are scored, as a kill would end it.
    ///   - between: gives the address that the run speaks to, for the server's; something that misbehaves, say.
    ///   - watching: is shown the batches.
    func train(
        stopAfter: Int = .max, watching watch: BatchWatch? = nil,
        between: @escaping @Sendable (String) throws -> Between = { Between(url: $0) }
    ) async throws {
        let home = WhetHome(directory: folder)
        let store = try home.openStore()
        if try await store.runs().isEmpty {
            try await store.begin(
                RunRecord(id: Self.id, recipe: recipe.json.text(), build: "test", seed: recipe.run.seed))
        }
        let environment = try EnvironmentCatalog.gym.environment(
            named: "Sorting", options: recipe.environments[0].options.values)
        let failing = FailingEnvironment(base: environment, limit: stopAfter, scoring: scoring)
        let curriculum = try await Curriculum(
            entries: [.init(environment: environment)], seed: recipe.run.seed, heldOut: .init(count: 4, seed: 1))
        let directory = try makePolicy()
        let model = try Model(directory: directory)
        let tokenizer = try Tokenizer(directory: directory)
        let format = ChatFormat(
            tokenizer: tokenizer, template: try ChatTemplate(directory: directory),
            endOfTurn: tokenizer.endOfSequence ?? 0)
        let backend = EmbeddedBackend(model: model, settings: .init(threads: 1), tokenizer: directory)
        let algorithm = try Algorithm.named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
        let reference = algorithm.needsReference ? EmbeddedBackend(model: model, settings: .init(threads: 1)) : nil
        let recipe = recipe
        let played: any Environment = agents == nil ? failing : AgentEnvironment(AgentProgram(["none"]), on: failing)
        try await EmbeddedServer(ServedModel(directory: directory, threads: 1)).withServer { url in
            let between = try between("\(url)")
            defer { withExtendedLifetime(between) {} }
            let settings = InferenceSettings(
                retry: RetryPolicy(maximumTries: 12, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(5)))
            let server = SGLangServer(url: between.url, client: try HTTPClient(), settings: settings)
            let components = TrainingComponents(
                store: store, home: home, backend: watch.map { WatchedBackend(base: backend, watch: $0) } ?? backend,
                reference: reference, server: server, format: format,
                curriculum: curriculum,
                environments: { _ in played }, agents: agents, maximumContext: model.configuration.maximumPositions)
            _ = try await TrainingLoop(run: Self.id, recipe: recipe, components: components, report: { _ in }).train()
        }
        try await store.close()
    }

    /// What stands between a run and its server.
    struct Between: Sendable {
        var url: String
        var keepsAlive: (any Sendable)?
    }

    private func makePolicy() throws -> URL {
        let directory = folder.appending(path: "policy", directoryHint: .isDirectory)
        if FileManager.default.fileExists(atPath: directory.path) { return directory }
        let tokenizerFolder = folder.appending(path: "tokenizer", directoryHint: .isDirectory)
        let trained = try Tokenizer.characters()
        try trained.write(to: tokenizerFolder)
        let configuration = try ModelConfiguration(
            vocabularySize: trained.tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
            keyValueHeads: 1, headSize: 8, maximumPositions: 128,
            endOfSequence: [trained.tokenizer.endOfSequence ?? 0])
        try Model(configuration: configuration, seed: 3).write(to: directory, tokenizer: tokenizerFolder)
        return directory
    }

    /// The weights after the last step, byte for byte.
    func weights() throws -> Data {
        try Data(contentsOf: folder.appending(path: "\(Self.id)/checkpoints/v000005/model.safetensors"))
    }

    /// What came of a rollout.
    struct Outcome: Equatable {
        let reward: Double?
        let tokens: [Int32]
    }

    /// Every rollout in the store.
    func outcomes() async throws -> [RolloutID: Outcome] {
        let store = try WhetHome(directory: folder).openStore()
        let stored = try await store.rollouts(RolloutFilter(run: Self.id))
        try await store.close()
        var outcomes: [RolloutID: Outcome] = [:]
        for rollout in stored.map(\.rollout) {
            outcomes[rollout.id] = Outcome(reward: rollout.score?.reward, tokens: rollout.trajectory.tokens)
        }
        return outcomes
    }
}

/// Ends the run in its middle: from the `limit`th score on, nothing more is scored.
struct FailingEnvironment: Environment {
    let base: any Environment
    let limit: Int
    let scoring: Scoring

    enum Scoring {
        case environment
        /// 1 for some answers and 0 for others, by what they say.
        case words
        /// As `words`, but that some answers cannot be judged.
        case sometimes
    }

    private let scores = Counter()

    private final class Counter: Sendable {
        private let count = Atomic(0)
        func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
    }

    init(base: any Environment, limit: Int, scoring: Scoring) {
        self.base = base
        self.limit = limit
        self.scoring = scoring
    }

    var name: String { base.name }
    func task(level: Int, seed: UInt64) async throws -> PracticeTask { try await base.task(level: level, seed: seed) }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        guard scores.next() < limit else { throw WhetError("the environment is gone") }
        if scoring != .environment {
            let words = messages.last?.content ?? ""
            let sum = words.utf8.reduce(0) { $0 + Int($1) }
            if scoring == .sometimes, sum % 4 == 1 { throw WhetError("the judge is silent") }
            let isSolved = sum % 3 == 0
            return Score(reward: isSolved ? 1 : 0, isSolved: isSolved, parts: [.init("words", value: isSolved ? 1 : 0)])
        }
        return try await base.score(messages, of: task)
    }
}

extension TinyRun {
    func store() throws -> RolloutStore { try WhetHome(directory: folder).openStore(readOnly: true) }
}
