import CWhetKernels

/// Working memory of one thread of a decoder, for `maximumRows` tokens at a time.
final class DecoderScratch {
    /// Tokens that go through the layers together; longer prompts go in chunks.
    static let maximumRows = 128

    let products: MatrixProducts
    let residual, normed, projected, attended, gateUp, hidden, query, key: FloatBuffer
    var scores = FloatBuffer(0)
    /// Where the blocks of a piece's sequence start, and where one layer's and head's part of them does.
    var blocks: [UnsafeMutablePointer<Float>] = []
    var pages: [UnsafeMutablePointer<Float>?] = []

    init(_ configuration: ModelConfiguration, precision: Precision) {
        products = MatrixProducts(precision: precision)
        let rows = DecoderScratch.maximumRows
        let padded = whet_padded(configuration.headSize)
        residual = FloatBuffer(rows * configuration.hiddenSize)
        normed = FloatBuffer(rows * configuration.hiddenSize)
        projected = FloatBuffer(rows * configuration.projectedSize)
        attended = FloatBuffer(rows * configuration.querySize)
        gateUp = FloatBuffer(rows * 2 * configuration.intermediateSize)
        hidden = FloatBuffer(rows * configuration.intermediateSize)
        query = FloatBuffer(max(rows, configuration.group) * padded)
        key = FloatBuffer(rows * padded)
    }

    /// Room for attention over `length` keys.
    func reserve(_ length: Int) {
        let needed = 4 * ((length + Int(WHET_PAGE) - 1) / Int(WHET_PAGE) * Int(WHET_PAGE))
        if scores.count < needed { scores = FloatBuffer(max(needed, 2 * scores.count)) }
    }
}

/// The forward pass of a step, for the jobs that one thread took.
///
/// What it reads again and again is here as plain numbers and addresses: counting references from several threads costs
/// more than some of the work.
struct DecoderLayers {
    private let weights: Weights
    private let configuration: ModelConfiguration
    private let parameters: UnsafeMutablePointer<Float>
    private let table: RotaryAngles
    private let heads: AttentionHeads
    private let pageSize: Int

    init(weights: Weights, table: RotaryTable, pageSize: Int) {
        self.weights = weights
        configuration = weights.configuration
        parameters = weights.values.pointer
        self.table = table.angles
        heads = AttentionHeads(weights.configuration)
        self.pageSize = pageSize
    }

    /// Rows of one job that go through the layers together.
    private struct Piece {
        let job: Int
        let tokens: Range<Int>
        /// Its sequence's blocks, in the scratch.
        var blocks = 0..<0
    }

    func run(
        _ jobs: [DecoderJob], in unit: Range<Int>, pages: [Int: KeyValueCache.Pages], scratch: DecoderScratch,
        logits: UnsafeMutablePointer<Float>
    ) {
        var pieces: [Piece] = []
        var rows = 0
        func flush() {
            if rows > 0 { run(jobs, &pieces, rows: rows, pages: pages, scratch: scratch, logits: logits) }
            pieces.removeAll(keepingCapacity: true)
            rows = 0
        }
        for job in unit {
            var from = 0
            while from < jobs[job].tokens.count {
                let count = min(jobs[job].tokens.count - from, DecoderScratch.maximumRows - rows)
                pieces.append(Piece(job: job, tokens: from..<from + count))
                rows += count
                from += count
                if rows == DecoderScratch.maximumRows { flush() }
            }
        }
        flush()
    }

    private func run(
        _ jobs: [DecoderJob], _ pieces: inout [Piece], rows: Int, pages: [Int: KeyValueCache.Pages],
        scratch: DecoderScratch,
        logits: UnsafeMutablePointer<Float>
    ) {
        let hidden = configuration.hiddenSize
        let norm = RMSNorm(width: hidden, epsilon: configuration.normEpsilon)
        let swiGLU = SwiGLU(width: configuration.intermediateSize)
        let residual = scratch.residual.pointer
        let normed = scratch.normed.pointer

        scratch.blocks.removeAll(keepingCapacity: true)
        var row = 0
        for index in pieces.indices {
            let piece = pieces[index]
            let job = jobs[piece.job]
            for place in piece.tokens {
                let token = Int(job.tokens[place])
                (residual + row * hidden).update(from: weights.embedding + token * hidden, count: hidden)
                row += 1
            }
            guard let cached = pages[job.sequence] else { preconditionFailure("the sequence is open") }
            let length = job.start + piece.tokens.upperBound
            let first = scratch.blocks.count
            let count = (length + KeyValueCache.pageTokens - 1) / KeyValueCache.pageTokens
            for block in cached.blocks.prefix(count) { scratch.blocks.append(block.floats.pointer) }
            pieces[index].blocks = first..<first + count
            scratch.reserve(length)
        }
        for (index, layer) in weights.layers.enumerated() {
            norm.forward(rows: rows, x: residual, weight: parameters + layer.inputNorm, y: normed)
            scratch.products.forward(rows: rows, x: normed, weight: layer.projection, y: scratch.projected.pointer)
            if configuration.hasProjectionBias {
                whet_add_rows(rows, configuration.projectedSize, parameters + layer.bias, scratch.projected.pointer)
            }
            var first = 0
            for piece in pieces {
                attend(
                    layer: layer, index: index, blocks: piece.blocks,
                    position: jobs[piece.job].start + piece.tokens.lowerBound, first: first, rows: piece.tokens.count,
                    scratch: scratch)
                first += piece.tokens.count
            }
            scratch.products.forward(
                rows: rows, x: scratch.attended.pointer, weight: layer.output, y: residual, accumulate: true)
            norm.forward(rows: rows, x: residual, weight: parameters + layer.middleNorm, y: normed)
            scratch.products.forward(rows: rows, x: normed, weight: layer.gateUp, y: scratch.gateUp.pointer)
            swiGLU.forward(rows: rows, gateUp: scratch.gateUp.pointer, h: scratch.hidden.pointer)
            scratch.products.forward(
                rows: rows, x: scratch.hidden.pointer, weight: layer.down, y: residual, accumulate: true)
        }

        // The last row of each job that ended here goes on to the vocabulary; jobs that end stand next to each other.
        var ended = 0
        var firstEnded = 0
        row = 0
        for piece in pieces {
            row += piece.tokens.count
            guard piece.tokens.upperBound == jobs[piece.job].tokens.count else { continue }
            if ended == 0 { firstEnded = piece.job }
            norm.forward(
                rows: 1, x: residual + (row - 1) * hidden, weight: parameters + weights.finalNorm,
                y: normed + ended * hidden)
            ended += 1
        }
        if ended > 0 {
            scratch.products.forward(
                rows: ended, x: normed, weight: weights.head, y: logits + firstEnded * configuration.vocabularySize)
        }
    }

    /// Attention of `rows` tokens of one sequence, from `position` on; they stand at row `first` of the scratch.
    private func attend(
        layer: Weights.Layer, index: Int, blocks: Range<Int>, position: Int, first: Int, rows: Int,
        scratch: DecoderScratch
    ) {
        let width = configuration.headSize
        let group = configuration.group
        let queryNorm = configuration.normalizesHeads ? parameters + layer.queryNorm : nil
        let keyNorm = configuration.normalizesHeads ? parameters + layer.keyNorm : nil
        let projected = scratch.projected.pointer + first * configuration.projectedSize
        let attended = scratch.attended.pointer + first * configuration.querySize

        for head in 0..<configuration.keyValueHeads {
            let offset = (index * configuration.keyValueHeads + head) * pageSize
            scratch.pages.removeAll(keepingCapacity: true)
            for block in blocks { scratch.pages.append(scratch.blocks[block] + offset) }
            let key = projected + configuration.querySize + head * width
            heads.forward(
                rows: rows, x: key, stride: configuration.projectedSize, weight: keyNorm, table: table,
                position: position,
                scale: 1, out: scratch.key.pointer)
            whet_page_write(
                scratch.pages, width, position, rows, scratch.key.pointer, heads.padded,
                key + configuration.keyValueSize, configuration.projectedSize)
            let query = projected + head * group * width
            if rows == 1 {
                // The heads of the group are the rows.
                for member in 0..<group {
                    heads.forward(
                        rows: 1, x: query + member * width, stride: width, weight: queryNorm, table: table,
                        position: position, scale: heads.scale, out: scratch.query.pointer + member * heads.padded)
                }
                whet_attention_forward(
                    group, width, scratch.query.pointer, heads.padded, position, 0, scratch.pages,
                    attended + head * group * width, width, nil, scratch.scores.pointer)
            } else {
                for member in 0..<group {
                    heads.forward(
                        rows: rows, x: query + member * width, stride: configuration.projectedSize, weight: queryNorm,
                        table: table, position: position, scale: heads.scale, out: scratch.query.pointer)
                    whet_attention_forward(
                        rows, width, scratch.query.pointer, heads.padded, position, 1, scratch.pages,
                        attended + (head * group + member) * width, configuration.querySize, nil, scratch.scores.pointer
                    )
                }
            }
        }
    }
}
