import CWhetKernels

/// From the residual stream's scored rows to log-probabilities and entropies, and back: final norm, projection to the
/// vocabulary, log-softmax. Only rows whose next token is scored take part.
///
/// Keeps: logits of at most a slab of rows are in memory; if there are several slabs, the backward pass computes them
/// again.
struct VocabularyProjection {
    /// Rows that one task takes.
    private static let block = 48
    /// Floats of logits that may be in memory at a time.
    private static let slabFloats = 1 << 24
    private static let weightRows = 96

    private let configuration: ModelConfiguration
    /// Rows of logits in memory at a time, by the size of the vocabulary alone.
    private let slabRows: Int
    private var logits = FloatBuffer(0)
    /// `[scored, hidden]`: the rows, and normalized.
    private var gathered = FloatBuffer(0)
    private var normed = FloatBuffer(0)
    /// `[blocks, hidden]`
    private var normParts = FloatBuffer(0)
    private var logNormalizers: [Float] = []
    private var entropies: [Float] = []

    init(_ configuration: ModelConfiguration) {
        self.configuration = configuration
        let rows = VocabularyProjection.slabFloats / configuration.vocabularySize
        slabRows = max(8, rows / VocabularyProjection.block) * VocabularyProjection.block
    }

    private var norm: RMSNorm { RMSNorm(width: configuration.hiddenSize, epsilon: configuration.normEpsilon) }

    private func blocks(_ rows: Int) -> Int { (rows + VocabularyProjection.block - 1) / VocabularyProjection.block }

    private mutating func reserve(_ scored: Int) {
        let hidden = configuration.hiddenSize
        let vocabulary = configuration.vocabularySize
        if gathered.count < scored * hidden {
            gathered = FloatBuffer(scored * hidden)
            normed = FloatBuffer(scored * hidden)
            normParts = FloatBuffer(blocks(min(scored, slabRows)) * hidden)
        }
        let rows = min(scored, slabRows)
        if logits.count < rows * vocabulary { logits = FloatBuffer(rows * vocabulary) }
    }

    private func slabs(_ scored: Int) -> [Range<Int>] {
        stride(from: 0, to: scored, by: slabRows).map { $0..<min(scored, $0 + slabRows) }
    }

    private func rows(_ block: Int, of slab: Range<Int>) -> Range<Int> {
        let first = slab.lowerBound + block * VocabularyProjection.block
        return first..<min(slab.upperBound, first + VocabularyProjection.block)
    }

    /// - Parameter output: the residual stream after the last layer `[T, hidden]`.
    mutating func forward(
        _ batch: MicroBatch, weights: Weights, output: UnsafePointer<Float>, workers: Workers,
        scratches: [TransformerScratch]
    ) -> Transformer.Scores {
        let scored = batch.rows.count
        let vocabulary = configuration.vocabularySize
        reserve(scored)
        var scores = Transformer.Scores(
            logProbabilities: [Float](repeating: 0, count: scored), entropies: [Float](repeating: 0, count: scored))
        var found = [Float](repeating: 0, count: scored)
        found.withUnsafeMutableBufferPointer { normalizers in
            scores.logProbabilities.withUnsafeMutableBufferPointer { logProbabilities in
                scores.entropies.withUnsafeMutableBufferPointer { entropies in
                    for slab in slabs(scored) {
                        workers.run(blocks(slab.count)) { block, worker in
                            let rows = rows(block, of: slab)
                            project(batch, rows, slab, weights, output, scratches[worker])
                            for row in rows {
                                let logits = UnsafeBufferPointer(
                                    start: logits.pointer + (row - slab.lowerBound) * vocabulary, count: vocabulary)
                                let softmax = LogSoftmax(inverseTemperature: batch.inverseTemperatures[row])
                                let normalizer = softmax.logNormalizer(logits)
                                normalizers[row] = normalizer
                                logProbabilities[row] = softmax.logProbability(
                                    of: batch.targets[row], logits, logNormalizer: normalizer)
                                entropies[row] = softmax.entropy(logits, logNormalizer: normalizer)
                            }
                        }
                    }
                }
            }
        }
        logNormalizers = found
        entropies = scores.entropies
        return scores
    }

    private func project(
        _ batch: MicroBatch, _ rows: Range<Int>, _ slab: Range<Int>, _ weights: Weights, _ output: UnsafePointer<Float>,
        _ scratch: TransformerScratch
    ) {
        let hidden = configuration.hiddenSize
        let start = rows.lowerBound * hidden
        for row in rows {
            (gathered.pointer + row * hidden).update(from: output + batch.rows[row] * hidden, count: hidden)
        }
        norm.forward(
            rows: rows.count, x: gathered.pointer + start, weight: weights.values.pointer + weights.finalNorm,
            y: normed.pointer + start)
        scratch.products.forward(
            rows: rows.count, x: normed.pointer + start, weight: weights.head,
            y: logits.pointer + (rows.lowerBound - slab.lowerBound) * configuration.vocabularySize)
    }

    /// Adds to the rows of `dOutput` and to `gradients`, given the slopes at the scored places.
    mutating func backward(
        _ batch: MicroBatch, slopes: Transformer.Slopes, weights: Weights, output: UnsafePointer<Float>,
        dOutput: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>, workers: Workers,
        scratches: [TransformerScratch]
    ) {
        let scored = batch.rows.count
        let vocabulary = configuration.vocabularySize
        let hidden = configuration.hiddenSize
        let slabs = slabs(scored)
        let tasks = (vocabulary + VocabularyProjection.weightRows - 1) / VocabularyProjection.weightRows
        for slab in slabs {
            workers.run(blocks(slab.count)) { block, worker in
                let rows = rows(block, of: slab)
                if slabs.count > 1 { project(batch, rows, slab, weights, output, scratches[worker]) }
                let slopesOfLogits = logits.pointer + (rows.lowerBound - slab.lowerBound) * vocabulary
                for row in rows {
                    let logits = UnsafeMutableBufferPointer(
                        start: slopesOfLogits + (row - rows.lowerBound) * vocabulary, count: vocabulary)
                    LogSoftmax(inverseTemperature: batch.inverseTemperatures[row]).backward(
                        logits, logNormalizer: logNormalizers[row], entropy: entropies[row],
                        target: batch.targets[row], slope: slopes.logProbabilities[row],
                        entropySlope: slopes.entropies.isEmpty ? 0 : slopes.entropies[row])
                }
                let dNormed = scratches[worker].normed.pointer
                scratches[worker].products.backwardInput(
                    rows: rows.count, dy: slopesOfLogits, weight: weights.head, dx: dNormed)
                let parts = normParts.pointer + block * hidden
                parts.update(repeating: 0, count: hidden)
                for row in rows {
                    norm.backward(
                        rows: 1, dy: dNormed + (row - rows.lowerBound) * hidden, x: gathered.pointer + row * hidden,
                        weight: weights.values.pointer + weights.finalNorm, dx: dOutput + batch.rows[row] * hidden,
                        dWeight: parts)
                }
            }
            workers.run(tasks + 1) { task, worker in
                guard task < tasks else {
                    return whet_sum_rows(
                        blocks(slab.count), hidden, normParts.pointer, hidden, gradients + weights.finalNorm)
                }
                let first = task * VocabularyProjection.weightRows
                scratches[worker].products.backwardWeight(
                    part: first..<min(vocabulary, first + VocabularyProjection.weightRows), tokens: slab.count,
                    dy: logits.pointer, outputs: vocabulary, x: normed.pointer + slab.lowerBound * hidden,
                    inputs: hidden, dw: gradients + weights.headOffset)
            }
        }
    }
}
