import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetEngine
import WhetHTTP
import WhetStore
import WhetTraining

/// The trainer backend that a recipe names, and the frozen policy beside it: the one place that knows the kinds.
///
/// Keeps: what was started is closed, whatever happens; a recipe that asks for what the trainer lacks is refused before
/// anything is trained.
struct TrainerAssembly: Sendable {
    let backend: any TrainerBackend
    /// For an algorithm that compares with a frozen policy; nil for all others. Unless the recipe names one, the loop
    /// loads version 0 into it.
    let reference: (any TrainerBackend)?
    /// How it hands weights to inference servers.
    let publication: Publication.Kind

    /// What a trainer is started with.
    struct Start: Sendable {
        var recipe: Recipe
        /// Of the policy as the run starts; its tokenizer goes along with every checkpoint.
        var directory: URL
        /// Where a trainer may keep files as long as it runs.
        var runFolder: URL
        var shape: PolicyShape
        /// Of whet's own engine.
        var threads: Int
        /// Gets what a person should know and nothing fails of.
        var notice: @Sendable (String) -> Void
    }

    /// Starts what the recipe names, and closes it when `body` returns or throws.
    ///
    /// - Throws: `WhetError` when the trainer cannot be started, lacks what the recipe asks for, or the reference does
    ///   not fit the policy; what `body` throws.
    static func with<Result: Sendable>(
        _ start: Start, _ body: (TrainerAssembly) async throws -> Result
    ) async throws -> Result {
        let algorithm = try Algorithm.named(
            start.recipe.algorithm.name, settings: start.recipe.algorithm.settings.values)
        let backend = try await start.backend(of: start.directory)
        return try await closing(backend) {
            let needs = start.recipe.trainerNeeds(
                under: algorithm.loss(imitating: start.recipe.replay).description)
            if let refusal = backend.capabilities.refusal(of: needs) { throw refusal }
            let publication = start.recipe.publication(of: backend.capabilities)
            guard algorithm.needsReference else {
                return try await body(TrainerAssembly(backend: backend, reference: nil, publication: publication))
            }
            let reference = try await start.reference(beside: backend)
            return try await closing(reference) {
                try await body(TrainerAssembly(backend: backend, reference: reference, publication: publication))
            }
        }
    }

    private static func closing<Result: Sendable>(
        _ backend: any TrainerBackend, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await backend.close()
            return result
        } catch {
            await backend.close()
            throw error
        }
    }
}

extension Recipe {
    /// How weights go to servers: adapters as such, where the trainer can.
    fileprivate func publication(of capabilities: TrainerCapabilities) -> Publication.Kind {
        let order: [Publication.Kind] =
            trainer.lora == nil ? [.directory, .adapter, .remote] : [.adapter, .directory, .remote]
        return order.first(where: capabilities.publications.contains) ?? .directory
    }
}

extension TrainerAssembly.Start {
    /// A trainer of the recipe's kind that holds the model in a directory.
    func backend(of directory: URL, named name: String = "trainer") async throws -> any TrainerBackend {
        let trainer = recipe.trainer
        switch trainer.kind {
        case .embedded:
            let settings = EmbeddedBackend.Settings(recipe, threads: threads)
            try settings.precision.check()
            return EmbeddedBackend(model: try Model(directory: directory), settings: settings, tokenizer: directory)
        case .torch:
            let home = WhetHome(directory: runFolder.deletingLastPathComponent()).directory
            let python = try trainer.python ?? TorchInstallation(home: home).installedPython(
                source: RepositoryFiles.torchTrainer)
            return try await program(
                TorchTrainer.command(python: python, processes: trainer.processes), directory, name)
        case .command:
            return try await program(trainer.command, directory, name)
        case .tinker:
            return try await TinkerBackend.connect(
                TinkerBackend.Settings(recipe, vocabulary: shape.vocabularySize), client: try HTTPClient())
        }
    }

    private func program(_ command: [String], _ model: URL, _ name: String) async throws -> ProgramBackend {
        let trainer = recipe.trainer
        var settings = ProgramBackend.Settings(
            command: command, model: model, exchange: runFolder.appending(path: "exchange-\(name)"),
            log: runFolder.appending(path: "\(name).log"))
        settings.precision = recipe.policy.precision.rawValue
        settings.lora = trainer.lora.map {
            ProgramBackend.LoRA(
                rank: $0.rank, alpha: $0.alpha, targets: $0.targets == ["all-linear"] ? nil : $0.targets,
                seed: Int(recipe.run.seed % (1 << 31)))
        }
        settings.microBatchTokens = trainer.microBatchTokens
        settings.gradientCheckpointing = trainer.gradientCheckpointing
        settings.packing = trainer.packing.rawValue
        settings.attention = trainer.attention
        settings.threads = trainer.threads
        settings.optimizer = ProgramBackend.Optimizer(
            beta1: trainer.betas[0], beta2: trainer.betas[1], epsilon: trainer.epsilon,
            weightDecay: trainer.weightDecay, clipNorm: trainer.maximumGradientNorm)
        return try await ProgramBackend(settings, named: trainer.kind.rawValue, notice: notice)
    }

    /// The recipe's own reference, or the policy as it starts.
    ///
    /// - Throws: `WhetError` for one whose vocabulary is not the policy's.
    fileprivate func reference(beside backend: any TrainerBackend) async throws -> any TrainerBackend {
        guard let path = recipe.policy.reference else {
            // Without a warm-up, version 0 is the model beneath the adapters.
            if recipe.trainer.lora != nil, recipe.warmup.steps == 0, let trainer = backend as? ProgramBackend,
                let base = try? BaseReference(beneath: trainer)
            {
                return base
            }
            return try await self.backend(of: directory, named: "reference")
        }
        let directory = URL(filePath: path, directoryHint: .isDirectory)
        let vocabulary = try PolicyShape(directory: directory).vocabularySize
        guard vocabulary == shape.vocabularySize else {
            throw WhetError(
                "the reference has another vocabulary than the policy", at: "policy.reference",
                expected: "\(shape.vocabularySize) tokens, the same ones")
        }
        return try await self.backend(of: directory, named: "reference")
    }
}

extension TinkerBackend.Settings {
    /// Whatever the service trains by itself, where the recipe names no adapters.
    fileprivate init(_ recipe: Recipe, vocabulary: Int) {
        let trainer = recipe.trainer
        let name = trainer.baseModel ?? (recipe.policy.isNew ? nil : recipe.policy.model)
        self.init(
            url: trainer.url ?? "", keyVariable: trainer.keyVariable, baseModel: name,
            rank: trainer.lora?.rank ?? 32, seed: Int(recipe.run.seed % (1 << 31)),
            optimizer: TinkerOptimizer(
                beta1: trainer.betas[0], beta2: trainer.betas[1], epsilon: trainer.epsilon,
                weightDecay: trainer.weightDecay, clipNorm: trainer.maximumGradientNorm),
            requestTokens: trainer.microBatchTokens, vocabularySize: vocabulary)
    }
}

extension EmbeddedBackend.Settings {
    /// The embedded server samples in fp32 whatever the trainer computes in; the metric
    /// `train/log_probability_difference` shows how far they are apart.
    init(_ recipe: Recipe, threads: Int) {
        let trainer = recipe.trainer
        self.init(
            threads: threads, microBatchTokens: trainer.microBatchTokens,
            precision: recipe.policy.precision == .bf16 ? .bf16 : .fp32,
            optimizer: AdamW.Settings(
                beta1: Float(trainer.betas[0]), beta2: Float(trainer.betas[1]), epsilon: Float(trainer.epsilon),
                weightDecay: Float(trainer.weightDecay), clipNorm: trainer.maximumGradientNorm))
    }
}
