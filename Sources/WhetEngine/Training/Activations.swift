import CWhetKernels

/// What a forward pass leaves for the backward pass, and the backward pass's own working memory; grows, never shrinks.
final class Activations {
    /// Tokens that one task takes through the matrices: enough to pay for packing a panel, few enough to stay in cache.
    /// A multiple of the kernels' tile heights.
    static let block = 96

    /// Of one layer. T tokens.
    struct Layer {
        /// `[T, hidden]`: after attention.
        let middle: FloatBuffer
        /// `[T, query + 2 key-value]`: before QK-norm and positions.
        let projected: FloatBuffer
        /// `[T, query]`
        let attended: FloatBuffer
        /// `[heads, T]`: log Σ exp of each query's scores.
        let logSums: FloatBuffer
        /// `[T, 2 · intermediate]`: gate and up; in the backward pass their slopes.
        let gateUp: FloatBuffer
    }

    let capacity: Int
    let layers: [Layer]
    /// The residual stream before each layer and after the last, each `[T, hidden]`.
    let residuals: [FloatBuffer]

    // Backward. Slopes of the residual stream after a layer and after its attention, each `[T, hidden]`.
    var dOutput, dMiddle: FloatBuffer
    let dAttended, dProjected, inputNormed, middleNormed, hidden: FloatBuffer
    /// Each block's part of a norm's gradient `[blocks, hidden]`, to be added in order.
    let inputNormParts, middleNormParts: FloatBuffer

    init(_ configuration: ModelConfiguration, tokens: Int) {
        capacity = tokens
        let hiddenSize = configuration.hiddenSize
        func buffer(_ width: Int) -> FloatBuffer { FloatBuffer(tokens * width) }
        layers = (0..<configuration.layers).map { _ in
            Layer(
                middle: buffer(hiddenSize), projected: buffer(configuration.projectedSize),
                attended: buffer(configuration.querySize), logSums: buffer(configuration.heads),
                gateUp: buffer(2 * configuration.intermediateSize))
        }
        residuals = (0...configuration.layers).map { _ in buffer(hiddenSize) }
        dOutput = buffer(hiddenSize)
        dMiddle = buffer(hiddenSize)
        dAttended = buffer(configuration.querySize)
        dProjected = buffer(configuration.projectedSize)
        inputNormed = buffer(hiddenSize)
        middleNormed = buffer(hiddenSize)
        hidden = buffer(configuration.intermediateSize)
        let blocks = Activations.blocks(tokens)
        inputNormParts = FloatBuffer(blocks * hiddenSize)
        middleNormParts = FloatBuffer(blocks * hiddenSize)
    }

    static func blocks(_ tokens: Int) -> Int { (tokens + block - 1) / block }
}

/// Working memory of one thread in the transformer's passes.
final class TransformerScratch {
    let products: MatrixProducts
    let normed, hidden: FloatBuffer

    init(_ configuration: ModelConfiguration, precision: Precision) {
        products = MatrixProducts(precision: precision)
        normed = FloatBuffer(Activations.block * configuration.hiddenSize)
        hidden = FloatBuffer(Activations.block * configuration.intermediateSize)
    }

    var attention = AttentionScratch(width: 2, length: 0)
}

/// Working memory of attention over one sequence: rows of a head, padded to whole vectors, and pages of keys and
/// values.
final class AttentionScratch {
    let length: Int
    let query, key, output, dOutput, dQuery, dKey, dValue, scores: FloatBuffer
    private let keyFloats, valueFloats: FloatBuffer
    /// Of keys as they are, and of values in the keys' place, which the backward pass multiplies with.
    let keyPages, valuePages: [UnsafeMutablePointer<Float>?]

    init(width: Int, length: Int) {
        self.length = length
        let padded = whet_padded(width)
        let page = whet_page_size(width)
        let pageTokens = Int(WHET_PAGE)
        let pages = (length + pageTokens - 1) / pageTokens
        func rows() -> FloatBuffer { FloatBuffer(length * padded) }
        (query, key, output, dOutput) = (rows(), rows(), rows(), rows())
        (dQuery, dKey, dValue) = (rows(), rows(), rows())
        scores = FloatBuffer(max(8, 4 * pages) * pageTokens)
        let keyFloats = FloatBuffer(pages * page)
        let valueFloats = FloatBuffer(pages * page)
        self.keyFloats = keyFloats
        self.valueFloats = valueFloats
        keyPages = (0..<pages).map { keyFloats.pointer + $0 * page }
        valuePages = (0..<pages).map { valueFloats.pointer + $0 * page }
    }
}
