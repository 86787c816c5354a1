import CWhetKernels

extension Transformer {
    /// Keeps in `activations` what `backward` needs.
    func forward(_ batch: MicroBatch) -> Scores {
        reserve(batch)
        let tokens = batch.tokens.count
        let blocks = Activations.blocks(tokens)
        let keyValueHeads = configuration.keyValueHeads
        workers.run(blocks) { block, worker in
            let rows = rows(ofBlock: block, tokens: tokens)
            embed(batch, rows)
            project(layer: 0, rows, scratches[worker])
        }
        for layer in 0..<configuration.layers {
            let saved = activations.layers[layer]
            let attention = SequenceAttention(weights, layer: layer, table: table.angles)
            workers.run(batch.sequenceCount * keyValueHeads) { item, worker in
                let sequence = item / keyValueHeads
                attention.forward(
                    tokens: batch.starts[sequence]..<batch.starts[sequence + 1], of: tokens, head: item % keyValueHeads,
                    projected: saved.projected.pointer, attended: saved.attended.pointer,
                    logSums: saved.logSums.pointer, scratch: scratches[worker].attention)
            }
            workers.run(blocks) { block, worker in
                let rows = rows(ofBlock: block, tokens: tokens)
                finish(layer: layer, rows, scratches[worker])
                if layer + 1 < configuration.layers { project(layer: layer + 1, rows, scratches[worker]) }
            }
        }
        return vocabulary.forward(
            batch, weights: weights, output: activations.residuals[configuration.layers].pointer, workers: workers,
            scratches: scratches)
    }

    private var norm: RMSNorm { RMSNorm(width: configuration.hiddenSize, epsilon: configuration.normEpsilon) }

    private func embed(_ batch: MicroBatch, _ rows: Range<Int>) {
        let hidden = configuration.hiddenSize
        let output = activations.residuals[0].pointer
        for row in rows {
            (output + row * hidden).update(from: weights.embedding + Int(batch.tokens[row]) * hidden, count: hidden)
        }
    }

    /// The residual stream, normalized and projected to queries, keys and values.
    private func project(layer: Int, _ rows: Range<Int>, _ scratch: TransformerScratch) {
        let places = weights.layers[layer]
        let projected = activations.layers[layer].projected.pointer + rows.lowerBound * configuration.projectedSize
        norm.forward(
            rows: rows.count, x: activations.residuals[layer].pointer + rows.lowerBound * configuration.hiddenSize,
            weight: weights.values.pointer + places.inputNorm, y: scratch.normed.pointer)
        scratch.products.forward(rows: rows.count, x: scratch.normed.pointer, weight: places.projection, y: projected)
        if configuration.hasProjectionBias {
            whet_add_rows(rows.count, configuration.projectedSize, weights.values.pointer + places.bias, projected)
        }
    }

    /// From attention's output to the residual stream after the layer.
    private func finish(layer: Int, _ rows: Range<Int>, _ scratch: TransformerScratch) {
        let places = weights.layers[layer]
        let saved = activations.layers[layer]
        let hidden = configuration.hiddenSize
        let start = rows.lowerBound
        let middle = saved.middle.pointer + start * hidden
        let gateUp = saved.gateUp.pointer + start * 2 * configuration.intermediateSize
        let output = activations.residuals[layer + 1].pointer + start * hidden

        middle.update(from: activations.residuals[layer].pointer + start * hidden, count: rows.count * hidden)
        scratch.products.forward(
            rows: rows.count, x: saved.attended.pointer + start * configuration.querySize, weight: places.output,
            y: middle,
            accumulate: true)
        norm.forward(
            rows: rows.count, x: middle, weight: weights.values.pointer + places.middleNorm, y: scratch.normed.pointer)
        scratch.products.forward(rows: rows.count, x: scratch.normed.pointer, weight: places.gateUp, y: gateUp)
        SwiGLU(width: configuration.intermediateSize).forward(
            rows: rows.count, gateUp: gateUp, h: scratch.hidden.pointer)
        output.update(from: middle, count: rows.count * hidden)
        scratch.products.forward(
            rows: rows.count, x: scratch.hidden.pointer, weight: places.down, y: output, accumulate: true)
    }
}
