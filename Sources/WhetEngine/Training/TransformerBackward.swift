import CWhetKernels

// Of each layer, from the last to the first, three jobs:
//   1. blocks of tokens: through the feed-forward part and its norm, and through attention's output projection;
//   2. parts of weights' rows: gradients of those matrices; and, beside them, attention of each sequence and head;
//   3. blocks of tokens: through the projections and their norm.
// The gradient of the projections' matrix joins job 1 of the layer below.

extension Transformer {
    /// Rows of a weight whose gradient one task computes.
    private static let weightRows = 96

    /// Adds to `gradients`. `activations` have to be those of `forward(batch)`.
    func backward(_ batch: MicroBatch, _ slopes: Slopes) {
        let tokens = batch.tokens.count
        let blocks = Activations.blocks(tokens)
        activations.dOutput.pointer.update(repeating: 0, count: tokens * configuration.hiddenSize)
        vocabulary.backward(
            batch, slopes: slopes, weights: weights, output: activations.residuals[configuration.layers].pointer,
            dOutput: activations.dOutput.pointer, gradients: gradients.pointer, workers: workers, scratches: scratches)

        for layer in (0..<configuration.layers).reversed() {
            let above = layer + 1 < configuration.layers ? projectionTasks : 0
            workers.run(above + blocks) { item, worker in
                if item < above {
                    projectionGradient(layer: layer + 1, task: item, batch, scratches[worker])
                } else {
                    feedForward(layer: layer, block: item - above, tokens: tokens, scratches[worker])
                }
            }
            let weightTasks = feedForwardTasks
            let attention = SequenceAttention(weights, layer: layer, table: table.angles)
            workers.run(weightTasks + batch.sequenceCount * configuration.keyValueHeads) { item, worker in
                if item < weightTasks {
                    feedForwardGradient(layer: layer, task: item, tokens: tokens, scratches[worker])
                } else {
                    self.attention(attention, layer: layer, item: item - weightTasks, batch, scratches[worker])
                }
            }
            workers.run(blocks) { block, worker in
                projections(layer: layer, block: block, tokens: tokens, scratches[worker])
            }
            swap(&activations.dOutput, &activations.dMiddle)
        }

        let slices = (configuration.hiddenSize + 31) / 32
        let projectionTasks = projectionTasks
        workers.run(projectionTasks + slices) { item, worker in
            if item < projectionTasks {
                projectionGradient(layer: 0, task: item, batch, scratches[worker])
            } else {
                embeddingGradient(batch, slice: item - projectionTasks)
            }
        }
    }

    private var norm: RMSNorm { RMSNorm(width: configuration.hiddenSize, epsilon: configuration.normEpsilon) }

    private func tasks(_ rows: Int) -> Int { (rows + Transformer.weightRows - 1) / Transformer.weightRows }
    private func part(_ task: Int, of rows: Int) -> Range<Int> {
        task * Transformer.weightRows..<min(rows, (task + 1) * Transformer.weightRows)
    }

    // MARK: 1. Feed-forward

    private func feedForward(layer: Int, block: Int, tokens: Int, _ scratch: TransformerScratch) {
        let rows = rows(ofBlock: block, tokens: tokens)
        let count = rows.count
        let start = rows.lowerBound
        let places = weights.layers[layer]
        let saved = activations.layers[layer]
        let hidden = configuration.hiddenSize
        let intermediate = configuration.intermediateSize
        let weight = weights.values.pointer + places.middleNorm
        let middle = saved.middle.pointer + start * hidden
        let dOutput = activations.dOutput.pointer + start * hidden
        let dMiddle = activations.dMiddle.pointer + start * hidden
        let gateUp = saved.gateUp.pointer + start * 2 * intermediate

        norm.forward(rows: count, x: middle, weight: weight, y: activations.middleNormed.pointer + start * hidden)
        scratch.products.backwardInput(
            rows: count, dy: dOutput, weight: places.down, dx: scratch.hidden.pointer)
        SwiGLU(width: intermediate).backward(
            rows: count, gateUp: gateUp, dh: scratch.hidden.pointer,
            h: activations.hidden.pointer + start * intermediate)
        scratch.products.backwardInput(
            rows: count, dy: gateUp, weight: places.gateUp, dx: scratch.normed.pointer)
        dMiddle.update(from: dOutput, count: count * hidden)
        let parts = activations.middleNormParts.pointer + block * hidden
        parts.update(repeating: 0, count: hidden)
        norm.backward(rows: count, dy: scratch.normed.pointer, x: middle, weight: weight, dx: dMiddle, dWeight: parts)
        scratch.products.backwardInput(
            rows: count, dy: dMiddle, weight: places.output,
            dx: activations.dAttended.pointer + start * configuration.querySize)
    }

    // MARK: 2. Gradients of the feed-forward part and of attention's output, and attention itself

    /// Parts of down, of gate and up, of output; and the norm.
    private var feedForwardTasks: Int {
        2 * tasks(configuration.hiddenSize) + tasks(2 * configuration.intermediateSize) + 1
    }

    private func feedForwardGradient(layer: Int, task: Int, tokens: Int, _ scratch: TransformerScratch) {
        let places = weights.layers[layer]
        let saved = activations.layers[layer]
        let hidden = configuration.hiddenSize
        let intermediate = configuration.intermediateSize
        let gateUpTasks = tasks(2 * intermediate)
        let hiddenTasks = tasks(hidden)
        switch task {
        case ..<gateUpTasks:
            scratch.products.backwardWeight(
                part: part(task, of: 2 * intermediate), tokens: tokens, dy: saved.gateUp.pointer,
                outputs: 2 * intermediate, x: activations.middleNormed.pointer, inputs: hidden,
                dw: gradients.pointer + places.gateUpOffset)
        case ..<(gateUpTasks + hiddenTasks):
            scratch.products.backwardWeight(
                part: part(task - gateUpTasks, of: hidden), tokens: tokens, dy: activations.dOutput.pointer,
                outputs: hidden, x: activations.hidden.pointer, inputs: intermediate,
                dw: gradients.pointer + places.downOffset)
        case ..<(gateUpTasks + 2 * hiddenTasks):
            scratch.products.backwardWeight(
                part: part(task - gateUpTasks - hiddenTasks, of: hidden), tokens: tokens,
                dy: activations.dMiddle.pointer, outputs: hidden, x: saved.attended.pointer,
                inputs: configuration.querySize, dw: gradients.pointer + places.outputOffset)
        default:
            whet_sum_rows(
                Activations.blocks(tokens), hidden, activations.middleNormParts.pointer, hidden,
                gradients.pointer + places.middleNorm)
        }
    }

    private func attention(
        _ attention: SequenceAttention, layer: Int, item: Int, _ batch: MicroBatch, _ scratch: TransformerScratch
    ) {
        let saved = activations.layers[layer]
        let sequence = item / configuration.keyValueHeads
        let width = configuration.headSize
        let parts = headNormParts.pointer + item * 2 * width
        parts.update(repeating: 0, count: 2 * width)
        attention.backward(
            tokens: batch.starts[sequence]..<batch.starts[sequence + 1], of: batch.tokens.count,
            head: item % configuration.keyValueHeads, projected: saved.projected.pointer,
            attended: saved.attended.pointer,
            logSums: saved.logSums.pointer, dAttended: activations.dAttended.pointer,
            dProjected: activations.dProjected.pointer, dQueryNorm: parts, dKeyNorm: parts + width,
            scratch: scratch.attention)
    }

    // MARK: 3. Projections

    private func projections(layer: Int, block: Int, tokens: Int, _ scratch: TransformerScratch) {
        let rows = rows(ofBlock: block, tokens: tokens)
        let count = rows.count
        let start = rows.lowerBound
        let places = weights.layers[layer]
        let hidden = configuration.hiddenSize
        let weight = weights.values.pointer + places.inputNorm
        let input = activations.residuals[layer].pointer + start * hidden

        norm.forward(rows: count, x: input, weight: weight, y: activations.inputNormed.pointer + start * hidden)
        scratch.products.backwardInput(
            rows: count, dy: activations.dProjected.pointer + start * configuration.projectedSize,
            weight: places.projection, dx: scratch.normed.pointer)
        let parts = activations.inputNormParts.pointer + block * hidden
        parts.update(repeating: 0, count: hidden)
        norm.backward(
            rows: count, dy: scratch.normed.pointer, x: input, weight: weight,
            dx: activations.dMiddle.pointer + start * hidden, dWeight: parts)
    }

    /// Parts of the projections' matrix; and the norms and biases.
    private var projectionTasks: Int { tasks(configuration.projectedSize) + 1 }

    private func projectionGradient(layer: Int, task: Int, _ batch: MicroBatch, _ scratch: TransformerScratch) {
        let places = weights.layers[layer]
        let hidden = configuration.hiddenSize
        let outputs = configuration.projectedSize
        let tokens = batch.tokens.count
        let target = gradients.pointer
        guard task == projectionTasks - 1 else {
            return scratch.products.backwardWeight(
                part: part(task, of: outputs), tokens: tokens, dy: activations.dProjected.pointer, outputs: outputs,
                x: activations.inputNormed.pointer, inputs: hidden, dw: target + places.projectionOffset)
        }
        whet_sum_rows(
            Activations.blocks(tokens), hidden, activations.inputNormParts.pointer, hidden, target + places.inputNorm)
        if configuration.hasProjectionBias {
            whet_sum_rows(tokens, outputs, activations.dProjected.pointer, outputs, target + places.bias)
        }
        if configuration.normalizesHeads {
            let width = configuration.headSize
            let items = batch.sequenceCount * configuration.keyValueHeads
            whet_sum_rows(items, width, headNormParts.pointer, 2 * width, target + places.queryNorm)
            whet_sum_rows(items, width, headNormParts.pointer + width, 2 * width, target + places.keyNorm)
        }
    }

    /// Adds each token's slope to its row of the embedding, 32 columns of all tokens.
    private func embeddingGradient(_ batch: MicroBatch, slice: Int) {
        let hidden = configuration.hiddenSize
        let first = slice * 32
        let width = min(32, hidden - first)
        let slopes = activations.dOutput.pointer
        for (row, token) in batch.tokens.enumerated() {
            whet_add(width, slopes + row * hidden + first, gradients.pointer + Int(token) * hidden + first)
        }
    }
}
