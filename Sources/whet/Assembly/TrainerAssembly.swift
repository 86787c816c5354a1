import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetEngine
import WhetTraining

/// The trainer backend that a recipe names, and the frozen policy beside it: the one place that knows the kinds.
struct TrainerAssembly {
    let backend: any TrainerBackend
    /// For an algorithm that compares with a frozen policy; nil for all others. Unless the recipe names one, the loop
    /// loads version 0 into it.
    let reference: (any TrainerBackend)?

    /// - Parameters:
    ///   - model: of the policy, as the run starts.
    ///   - directory: that it was read from; its tokenizer goes along with every checkpoint.
    /// - Throws: `WhetError` when this machine cannot compute so, or the reference does not fit the policy.
    init(_ recipe: Recipe, model: Model, directory: URL, threads: Int) throws {
        let algorithm = try Algorithm.named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
        let frozen = algorithm.needsReference ? try Self.reference(recipe, like: model) : nil
        switch recipe.trainer.kind {
        case .embedded:
            let settings = EmbeddedBackend.Settings(recipe, threads: threads)
            try settings.precision.check()
            backend = EmbeddedBackend(model: model, settings: settings, tokenizer: directory)
            reference = frozen.map { EmbeddedBackend(model: $0, settings: settings) }
        }
    }

    /// The recipe's own reference, or the policy as it starts.
    private static func reference(_ recipe: Recipe, like model: Model) throws -> Model {
        guard let path = recipe.policy.reference else { return model }
        let frozen = try Model(directory: URL(filePath: path, directoryHint: .isDirectory))
        guard frozen.configuration.vocabularySize == model.configuration.vocabularySize else {
            throw WhetError(
                "the reference has another vocabulary than the policy", at: "policy.reference",
                expected: "\(model.configuration.vocabularySize) tokens, the same ones")
        }
        return frozen
    }
}

extension EmbeddedBackend.Settings {
    /// The embedded server samples in fp32 whatever the trainer computes in; the metric
    /// `train/log_probability_difference` shows how far they are apart.
    fileprivate init(_ recipe: Recipe, threads: Int) {
        let trainer = recipe.trainer
        self.init(
            threads: threads, microBatchTokens: trainer.microBatchTokens,
            precision: recipe.policy.precision == .bf16 ? .bf16 : .fp32,
            optimizer: AdamW.Settings(
                beta1: Float(trainer.betas[0]), beta2: Float(trainer.betas[1]), epsilon: Float(trainer.epsilon),
                weightDecay: Float(trainer.weightDecay), clipNorm: trainer.maximumGradientNorm))
    }
}
