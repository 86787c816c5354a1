import Foundation
import WhetAlgorithms
import WhetCore

/// Something that holds a policy's weights and updates them: the embedded engine, a program, a service.
///
/// Keeps:
/// - it knows objectives, never algorithms;
/// - gradients add up over `forwardBackward` calls until `optimizerStep`, which clears them;
/// - the same calls in the same order give the same weights, but for rounding;
/// - an id that came before, since the save before the last, is answered and changes nothing, also after a load of what
///   was saved with it: a caller that does not know whether a call was carried out asks again.
///
/// `TrainerConformance` checks all of it.
public protocol TrainerBackend: Sendable {
    /// What a recipe is held against before work starts.
    var capabilities: TrainerCapabilities { get }

    /// Log-probability of each token given those before it, under the sequence's temperature; 0 at place 0.
    /// `[sequences][tokens]`
    func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]]

    /// Adds the batch's gradient. Splits the batch into micro-batches as it likes; the sum is the same.
    ///
    /// - Throws: `WhetError`; the gradients that wait are as they were, or gone, and their batches' ids new again.
    func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport

    /// Applies and clears the gradients.
    ///
    /// - Parameter id: of this step, the same again only for the same step; a batch may have it too.
    /// - Throws: `WhetError` for a gradient that is not finite; the weights are as they were then, the gradients gone.
    func optimizerStep(_ id: String, learningRate: Double) async throws -> OptimizerReport

    /// Writes what `load` goes on from, optimizer state included, whole or not at all. The directory is also one that
    /// `publish` might have written: servers take a checkpoint up as it is.
    ///
    /// - Throws: `WhetError` while gradients wait: they would be lost.
    func save(to directory: URL) async throws

    /// Writes what inference servers need of the policy as it is now, whole or not at all, and says how they get it.
    func publish(to directory: URL) async throws -> Publication

    /// Takes up the weights and optimizer state that `save` wrote; gradients that wait are gone.
    func load(from directory: URL) async throws

    /// Ends what the backend holds outside this process. Nothing is called after it.
    func close() async
}

extension TrainerBackend {
    public func close() async {}
}
