import CWhetKernels
import WhetBackends

/// Training passes of a model over packed sequences: log-probabilities, and gradients by a hand-written backward pass.
///
/// Keeps: the log-probability of a token depends on its own sequence alone, to the bit. Gradients add up in one order
/// that the number of threads does not change. Buffers are made once and used again.
///
/// Confined to the engine's thread.
final class Transformer {
    let configuration: ModelConfiguration
    let weights: Weights
    /// In the weights' layout; passes add to it.
    let gradients: FloatBuffer
    let workers: Workers
    let microBatchTokens: Int
    let table: RotaryTable
    var activations: Activations
    var vocabulary: VocabularyProjection
    let scratches: [TransformerScratch]
    /// Each attention task's part of the gradient of QK-norm `[sequences · key-value heads, 2, headSize]`.
    var headNormParts = FloatBuffer(0)

    init(model: Model, threads: Int, microBatchTokens: Int, precision: Precision = .fp32) {
        configuration = model.configuration
        weights = Weights(model, precision: precision)
        gradients = FloatBuffer(weights.layout.count)
        workers = Workers(threads: threads)
        self.microBatchTokens = microBatchTokens
        table = RotaryTable(model.configuration)
        activations = Activations(model.configuration, tokens: 0)
        vocabulary = VocabularyProjection(model.configuration)
        scratches = (0..<threads).map { _ in TransformerScratch(model.configuration, precision: precision) }
    }

    /// What a pass found at the scored places of a micro-batch, in the order of sequences and places.
    struct Scores {
        var logProbabilities: [Float]
        var entropies: [Float]
    }

    /// How the loss changes with them.
    typealias Slopes = LossAccounting.Slopes

    /// Log-probabilities and entropies at the scored places. `body` gets those of each micro-batch, with the range of
    /// sequences in it.
    func score(_ sequences: [ScoredSequence], _ body: (Range<Int>, Scores) -> Void) {
        for (range, batch) in MicroBatch.cut(sequences, tokens: microBatchTokens) { body(range, forward(batch)) }
    }

    /// Adds the gradient of a loss whose slopes `body` gives, micro-batch by micro-batch.
    func train(_ sequences: [ScoredSequence], _ body: (Range<Int>, Scores) -> Slopes) {
        for (range, batch) in MicroBatch.cut(sequences, tokens: microBatchTokens) {
            let slopes = body(range, forward(batch))
            precondition(slopes.logProbabilities.count == batch.rows.count, "one slope a scored place")
            backward(batch, slopes)
        }
    }

    /// Makes room for a micro-batch.
    func reserve(_ batch: MicroBatch) {
        if activations.capacity < batch.tokens.count {
            // Room that no batch ever fills costs nothing; what there was is let go of first.
            let room = min(microBatchTokens, max(4096, 2 * activations.capacity))
            activations = Activations(configuration, tokens: 0)
            activations = Activations(configuration, tokens: max(batch.tokens.count, room))
        }
        table.reserve(batch.longest)
        for scratch in scratches where scratch.attention.length < batch.longest {
            scratch.attention = AttentionScratch(
                width: configuration.headSize, length: batch.longest + batch.longest / 4)
        }
        let parts = batch.sequenceCount * configuration.keyValueHeads * 2 * configuration.headSize
        if headNormParts.count < parts { headNormParts = FloatBuffer(parts) }
    }

    /// The tokens of a block, as rows.
    func rows(ofBlock block: Int, tokens: Int) -> Range<Int> {
        block * Activations.block..<min(tokens, (block + 1) * Activations.block)
    }
}
