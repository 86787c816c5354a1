import CWhetKernels

/// AdamW, arXiv 1711.05101, as PyTorch computes it: decoupled decay, corrected moments; and clipping of the gradient by
/// its global norm.
///
/// Keeps: element by element, and sums in one order of fixed chunks, so the number of threads changes no bit.
public final class AdamW {
    /// What a recipe sets.
    public struct Settings: Sendable, Hashable {
        public var beta1: Float
        public var beta2: Float
        public var epsilon: Float
        public var weightDecay: Float
        /// Norms, biases and embeddings are left alone by decay unless this is set.
        var decaysAll: Bool
        /// A gradient of a larger global norm is scaled down to it; nil leaves it alone.
        public var clipNorm: Double?

        public init(
            beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8, weightDecay: Float = 0,
            decaysAll: Bool = false, clipNorm: Double? = 1
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.decaysAll = decaysAll
            self.clipNorm = clipNorm
        }
    }

    /// What the next step goes by; `decaysAll` is that of the first ones.
    var settings: Settings
    /// Steps taken.
    var step = 0
    /// The moments, in the parameters' layout.
    let first, second: FloatBuffer
    /// Pieces of tensors that one task takes, and whether decay is for them.
    private let chunks: [(range: Range<Int>, decays: Bool)]
    private static let chunk = 1 << 14

    init(layout: ParameterLayout, settings: Settings) {
        self.settings = settings
        first = FloatBuffer(layout.count)
        second = FloatBuffer(layout.count)
        chunks = layout.tensors.flatMap { tensor in
            stride(from: tensor.range.lowerBound, to: tensor.range.upperBound, by: AdamW.chunk).map {
                ($0..<min(tensor.range.upperBound, $0 + AdamW.chunk), settings.decaysAll || tensor.role == .matrix)
            }
        }
    }

    /// Forgets all steps.
    func reset() {
        step = 0
        first.clear()
        second.clear()
    }

    /// The gradient's global norm √Σ g².
    func norm(of gradients: FloatBuffer, workers: Workers) -> Double {
        let sums = [Double](unsafeUninitializedCapacity: chunks.count) { sums, count in
            let start = sums.baseAddress
            workers.run(chunks.count) { item, _ in
                let range = chunks[item].range
                (start! + item).initialize(to: whet_square_sum(range.count, gradients.pointer + range.lowerBound))
            }
            count = chunks.count
        }
        return sums.reduce(0, +).squareRoot()
    }

    /// Changes `values`. `norm` is the gradient's, by which it is clipped.
    func update(values: FloatBuffer, gradients: FloatBuffer, norm: Double, learningRate: Double, workers: Workers) {
        step += 1
        let scale = settings.clipNorm.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1
        let correction1 = Float(1 - power(Double(settings.beta1), step))
        let correction2 = Float(1 - power(Double(settings.beta2), step))
        workers.run(chunks.count) { item, _ in
            let (range, decays) = chunks[item]
            let start = range.lowerBound
            whet_adamw(
                range.count, values.pointer + start, gradients.pointer + start, first.pointer + start,
                second.pointer + start, scale, Float(learningRate), settings.beta1, settings.beta2, settings.epsilon,
                decays ? settings.weightDecay : 0, correction1, correction2)
        }
    }

    /// baseⁿ by repeated squaring: the same bits everywhere.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var factor = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
