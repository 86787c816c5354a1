import Foundation
import WhetCore

/// Chooses one request's tokens.
///
/// Keeps: a choice depends on the logits, the request's seed and the token's place in the sequence, on nothing else. A
/// request that goes on where an aborted one stopped, with the same seed, therefore draws what that one would have.
/// With `topK` and `topP` both given, `topP` is a share of what `topK` leaves.
struct Sampler {
    let parameters: SamplingParameters
    let seed: UInt64
    /// How many of the likeliest tokens to report at each place.
    let likeliest: Int

    /// Greedy choices are reported at temperature 1.
    private var temperature: Float { parameters.temperature == 0 ? 1 : Float(parameters.temperature) }

    /// - Parameters:
    ///   - logits: `[vocabulary]`
    ///   - place: where in the sequence the token will stand, prompt included, from 0.
    /// - Throws: `WhetError` when the logits are no distribution.
    func sample(
        _ logits: UnsafeBufferPointer<Float>, at place: Int, ranking: inout TokenRanking
    ) throws(WhetError) -> SampledToken {
        let softmax = LogSoftmax(temperature: temperature)
        let normalizer = softmax.logNormalizer(logits)
        guard normalizer.isFinite else {
            throw WhetError(
                "the model's logits are not finite numbers, so nothing can be sampled from them",
                remedy: "load weights that have not diverged; a lower learning rate keeps them from it")
        }
        let distribution = Distribution(logits: logits, softmax: softmax, normalizer: normalizer)
        let token =
            parameters.temperature == 0
            ? distribution.mode : draw(from: distribution, at: place, ranking: &ranking)
        let best = likeliest == 0 ? [] : ranking.top(likeliest, of: logits)
        return SampledToken(
            token: token, logProbability: distribution.logProbability(of: token),
            likeliest: best.map {
                TokenLogProbability(token: $0, logProbability: distribution.logProbability(of: $0))
            })
    }

    private func draw(from distribution: Distribution, at place: Int, ranking: inout TokenRanking) -> Int32 {
        var random = RandomStream(seed: seed, purpose: "sampling", place)
        let unit = random.unit()
        let size = distribution.logits.count
        let keepsAllRanks = parameters.topK.map { $0 >= size } ?? true
        if keepsAllRanks, parameters.topP >= 1 { return distribution.token(at: unit, cut: nil) }

        let probabilities = distribution.probabilities
        ranking.reset(count: size)
        var kept = size
        var cut = TokenRanking.Cut(token: Int32(size - 1), logit: -.infinity)
        if !keepsAllRanks, let count = parameters.topK {
            (kept, cut) = ranking.cut(
                distribution.logits, candidates: size, reaching: Double(count), weight: { _ in 1 })
        }
        if parameters.topP < 1 {
            (kept, cut) = ranking.cut(
                distribution.logits, candidates: kept,
                reaching: parameters.topP * distribution.mass(probabilities, cut),
                weight: { Double(probabilities[Int($0)]) })
        }
        return distribution.token(at: unit * distribution.mass(probabilities, cut), cut: (probabilities, cut))
    }
}

/// softmax(logits / temperature), computed as it is asked for.
private struct Distribution {
    let logits: UnsafeBufferPointer<Float>
    let softmax: LogSoftmax
    /// log Σ exp(logits / temperature)
    let normalizer: Float

    /// At most 0, also where rounding says otherwise.
    func logProbability(of token: Int32) -> Float {
        min(0, softmax.logProbability(of: token, logits, logNormalizer: normalizer))
    }

    func probability(of token: Int32) -> Float {
        exp(softmax.logProbability(of: token, logits, logNormalizer: normalizer))
    }

    /// The likeliest token, of equally likely ones the one with the lowest id.
    var mode: Int32 {
        var best = 0
        for token in logits.indices where logits[token] > logits[best] { best = token }
        return Int32(best)
    }

    /// Of every token.
    var probabilities: [Float] { (0..<Int32(logits.count)).map(probability) }

    /// The probability of all tokens that `cut` keeps.
    func mass(_ probabilities: [Float], _ cut: TokenRanking.Cut) -> Double {
        var mass = 0.0
        for token in probabilities.indices where cut.keeps(Int32(token), logit: logits[token]) {
            mass += Double(probabilities[token])
        }
        return mass
    }

    /// The token at which the running sum of probabilities, by id, passes `target`; of kept ones if there is a cut.
    func token(at target: Double, cut: (probabilities: [Float], cut: TokenRanking.Cut)?) -> Int32 {
        var sum = 0.0
        var last: Int32 = 0
        for token in 0..<Int32(logits.count) {
            if let cut, !cut.cut.keeps(token, logit: logits[Int(token)]) { continue }
            let probability = Double(cut?.probabilities[Int(token)] ?? probability(of: token))
            guard probability > 0 else { continue }
            sum += probability
            last = token
            if sum > target { break }
        }
        // Rounding may leave the sum a hair below the target; the last possible token then stands for the rest.
        return last
    }
}
