import CWhetKernels

/// Log-probabilities of one row of logits under a temperature: z = logits · (1 / temperature), log p = z − log Σ exp z.
///
/// Keeps: the trainer and the sampler share it, so what a server reports and what a trainer computes are the same bits.
struct LogSoftmax {
    let inverseTemperature: Float

    init(temperature: Float) { inverseTemperature = 1 / temperature }
    init(inverseTemperature: Float) { self.inverseTemperature = inverseTemperature }

    /// log Σ exp z over the whole vocabulary.
    func logNormalizer(_ logits: UnsafeBufferPointer<Float>) -> Float {
        guard let start = logits.baseAddress else { return -.infinity }
        return whet_log_sum_exp(logits.count, start, inverseTemperature)
    }

    /// log p of a token.
    func logProbability(of token: Int32, _ logits: UnsafeBufferPointer<Float>, logNormalizer: Float) -> Float {
        logits[Int(token)] * inverseTemperature - logNormalizer
    }

    /// −Σ p log p
    func entropy(_ logits: UnsafeBufferPointer<Float>, logNormalizer: Float) -> Float {
        guard let start = logits.baseAddress else { return 0 }
        return whet_entropy(logits.count, start, inverseTemperature, logNormalizer)
    }

    /// Overwrites `logits` with the slope of `slope` · log p of the target + `entropySlope` · entropy.
    func backward(
        _ logits: UnsafeMutableBufferPointer<Float>, logNormalizer: Float, entropy: Float, target: Int32, slope: Float,
        entropySlope: Float
    ) {
        guard let start = logits.baseAddress else { return }
        whet_cross_entropy_backward(
            logits.count, start, inverseTemperature, logNormalizer, entropy, Int(target), slope, entropySlope)
    }
}
