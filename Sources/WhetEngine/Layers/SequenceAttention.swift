import CWhetKernels

/// Causal attention of one sequence and one key-value head, with the query heads that share it; from projections before
/// QK-norm and positions to outputs, and back. Both passes make queries and keys anew rather than keep them.
///
/// Shapes: projected `[T, query + 2 key-value]`, attended `[T, query]`, logSums `[heads, T]` of the whole micro-batch.
struct SequenceAttention {
    let configuration: ModelConfiguration
    let heads: AttentionHeads
    let table: RotaryAngles
    /// Weights of QK-norm; nil where there is none.
    let queryNorm, keyNorm: UnsafePointer<Float>?

    init(_ weights: Weights, layer: Int, table: RotaryAngles) {
        configuration = weights.configuration
        heads = AttentionHeads(configuration)
        self.table = table
        let places = weights.layers[layer]
        queryNorm = configuration.normalizesHeads ? UnsafePointer(weights.values.pointer + places.queryNorm) : nil
        keyNorm = configuration.normalizesHeads ? UnsafePointer(weights.values.pointer + places.keyNorm) : nil
    }

    /// Where a query head, the keys and the values of a key-value head stand in a row of projections.
    private func queryColumn(_ head: Int) -> Int { head * configuration.headSize }
    private func keyColumn(_ head: Int) -> Int { configuration.querySize + head * configuration.headSize }
    private func valueColumn(_ head: Int) -> Int { keyColumn(head) + configuration.keyValueSize }

    func forward(
        tokens: Range<Int>, of total: Int, head: Int, projected: UnsafePointer<Float>,
        attended: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>, scratch: AttentionScratch
    ) {
        let stride = configuration.projectedSize
        let width = configuration.headSize
        let rows = projected + tokens.lowerBound * stride
        prepareKeys(tokens.count, rows: rows, head: head, scratch: scratch)
        for query in head * configuration.group..<(head + 1) * configuration.group {
            heads.forward(
                rows: tokens.count, x: rows + queryColumn(query), stride: stride, weight: queryNorm, table: table,
                position: 0, scale: heads.scale, out: scratch.query.pointer)
            whet_attention_forward(
                tokens.count, width, scratch.query.pointer, heads.padded, 0, 1, scratch.keyPages,
                attended + tokens.lowerBound * configuration.querySize + query * width, configuration.querySize,
                logSums + query * total + tokens.lowerBound, scratch.scores.pointer)
        }
    }

    /// Overwrites the columns of these heads in `dProjected`; adds to `dQueryNorm` and `dKeyNorm`.
    func backward(
        tokens: Range<Int>, of total: Int, head: Int, projected: UnsafePointer<Float>, attended: UnsafePointer<Float>,
        logSums: UnsafePointer<Float>, dAttended: UnsafePointer<Float>, dProjected: UnsafeMutablePointer<Float>,
        dQueryNorm: UnsafeMutablePointer<Float>, dKeyNorm: UnsafeMutablePointer<Float>, scratch: AttentionScratch
    ) {
        let stride = configuration.projectedSize
        let width = configuration.headSize
        let padded = heads.padded
        let count = tokens.count
        let rows = projected + tokens.lowerBound * stride
        let slopes = dProjected + tokens.lowerBound * stride
        prepareKeys(count, rows: rows, head: head, scratch: scratch)
        whet_page_write(
            scratch.valuePages, width, 0, count, rows + valueColumn(head), stride, rows + valueColumn(head), stride)
        scratch.dKey.pointer.update(repeating: 0, count: count * padded)
        scratch.dValue.pointer.update(repeating: 0, count: count * padded)

        for query in head * configuration.group..<(head + 1) * configuration.group {
            heads.forward(
                rows: count, x: rows + queryColumn(query), stride: stride, weight: queryNorm, table: table, position: 0,
                scale: heads.scale, out: scratch.query.pointer)
            let offset = tokens.lowerBound * configuration.querySize + query * width
            copyRows(count, from: attended + offset, to: scratch.output.pointer)
            copyRows(count, from: dAttended + offset, to: scratch.dOutput.pointer)
            scratch.dQuery.pointer.update(repeating: 0, count: count * padded)
            whet_attention_backward(
                count, width, scratch.query.pointer, scratch.key.pointer, scratch.keyPages,
                scratch.valuePages, scratch.output.pointer, logSums + query * total + tokens.lowerBound,
                scratch.dOutput.pointer, scratch.dQuery.pointer, scratch.dKey.pointer, scratch.dValue.pointer,
                scratch.scores.pointer)
            heads.backward(
                rows: count, dout: scratch.dQuery.pointer, x: rows + queryColumn(query), stride: stride,
                weight: queryNorm, table: table, scale: heads.scale, dx: slopes + queryColumn(query),
                dWeight: dQueryNorm)
        }
        heads.backward(
            rows: count, dout: scratch.dKey.pointer, x: rows + keyColumn(head), stride: stride, weight: keyNorm,
            table: table, scale: 1, dx: slopes + keyColumn(head), dWeight: dKeyNorm)
        for row in 0..<count {
            (slopes + row * stride + valueColumn(head)).update(
                from: scratch.dValue.pointer + row * padded, count: width)
        }
    }

    private func prepareKeys(_ count: Int, rows: UnsafePointer<Float>, head: Int, scratch: AttentionScratch) {
        let stride = configuration.projectedSize
        heads.forward(
            rows: count, x: rows + keyColumn(head), stride: stride, weight: keyNorm, table: table, position: 0,
            scale: 1,
            out: scratch.key.pointer)
        whet_page_write(
            scratch.keyPages, configuration.headSize, 0, count, scratch.key.pointer, heads.padded,
            rows + valueColumn(head), stride)
    }

    private func copyRows(_ count: Int, from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>) {
        for row in 0..<count {
            (to + row * heads.padded).update(from: from + row * configuration.querySize, count: configuration.headSize)
        }
    }
}
