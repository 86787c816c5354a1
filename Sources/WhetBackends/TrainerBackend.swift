import Foundation
import WhetAlgorithms
import WhetCore

/// Something that holds a policy's weights and updates them: the embedded engine, a remote trainer.
///
/// Keeps: it knows objectives, never algorithms. Gradients add up over `forwardBackward` calls until `optimizerStep`,
/// which clears them. The same calls in the same order give the same weights.
public protocol TrainerBackend: Sendable {
    /// Log-probability of each token given those before it, under the sequence's temperature; 0 at place 0.
    /// `[sequences][tokens]`
    func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]]

    /// Adds the batch's gradient. Splits the batch into micro-batches as it likes; the sum is the same.
    func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport

    /// Applies and clears the gradients.
    func optimizerStep(learningRate: Double) async throws -> OptimizerReport

    /// Writes the policy as a Hugging Face model directory, `optimizer` state included, whole or not at all.
    func save(to directory: URL) async throws

    /// Writes what inference servers need of it: the same directory without the optimizer's state.
    func export(to directory: URL) async throws

    /// Takes up the weights and optimizer state that `save` wrote.
    func load(from directory: URL) async throws
}

extension TrainerBackend {
    public func export(to directory: URL) async throws { try await save(to: directory) }
}

/// What the loss of a batch was made of.
public struct LossReport: Sendable {
    /// The number that was minimized.
    public var loss: Double
    /// How many tokens were trained.
    public var tokens: Int
    /// Means over the trained tokens, by name: `clip_fraction`, `behavior_kl`, `log_probability_difference`, ….
    public var metrics: [String: Double]

    public init(loss: Double, tokens: Int, metrics: [String: Double]) {
        self.loss = loss
        self.tokens = tokens
        self.metrics = metrics
    }
}

/// What an optimizer step did.
public struct OptimizerReport: Sendable {
    /// The global norm before it was clipped.
    public var gradientNorm: Double
    public init(gradientNorm: Double) { self.gradientNorm = gradientNorm }
}
