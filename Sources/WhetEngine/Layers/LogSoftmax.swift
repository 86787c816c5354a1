import CWhetKernels

/// Log-probabilities of one row of logits under a temperature: z = logits · (1 / temperature), logp[t] = z[t] − log Σ
/// exp z.
///
/// The trainer and the sampler share it, so what a server reports and what a trainer computes are the same bits.
public enum LogSoftmax {
    /// log Σ exp(logits / temperature) over the whole vocabulary.
    public static func logNormalizer(_ logits: UnsafeBufferPointer<Float>, temperature: Float) -> Float {
        guard let start = logits.baseAddress else { return -.infinity }
        return whet_log_sum_exp(logits.count, start, 1 / temperature)
    }

    /// log p(token)
    public static func logProbability(
        of token: Int32, logits: UnsafeBufferPointer<Float>, temperature: Float, logNormalizer: Float
    ) -> Float {
        logits[Int(token)] * (1 / temperature) - logNormalizer
    }

    /// −Σ p log p
    static func entropy(_ logits: UnsafeBufferPointer<Float>, temperature: Float, logNormalizer: Float) -> Float {
        guard let start = logits.baseAddress else { return 0 }
        return whet_entropy(logits.count, start, 1 / temperature, logNormalizer)
    }

    /// Overwrites `logits` with the slope of `slope` · logp[target] + `entropySlope` · entropy.
    static func backward(
        _ logits: UnsafeMutableBufferPointer<Float>, temperature: Float, logNormalizer: Float, entropy: Float,
        target: Int32, slope: Float, entropySlope: Float
    ) {
        guard let start = logits.baseAddress else { return }
        whet_cross_entropy_backward(
            logits.count, start, 1 / temperature, logNormalizer, entropy, Int(target), slope, entropySlope)
    }
}
