import Foundation

/// A language model that is a table: logits of the next token by the one before it. Small enough to train in a test,
/// and its gradient is known.
///
/// Its first logits are fixed; what is trained is added to them.
public struct Bigram: Sendable, Equatable {
    /// Ids are below it.
    public let vocabulary: Int
    /// What was trained. `[previous][next]`
    public private(set) var weights: [Double]
    /// AdamW's. `[previous][next]`
    private var first, second: [Double]
    /// Steps taken.
    public private(set) var step = 0

    public init(vocabulary: Int = 24) {
        self.vocabulary = vocabulary
        weights = [Double](repeating: 0, count: vocabulary * vocabulary)
        first = weights
        second = weights
    }

    private func probabilities(after previous: Int) -> [Double] {
        let logits = (0..<vocabulary).map { next in
            1.5 * sin(Double(7 * previous + 3 * next + previous * next)) + weights[previous * vocabulary + next]
        }
        let largest = logits.max() ?? 0
        let powers = logits.map { exp($0 - largest) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// Of `next` given `previous`; both are ids of the vocabulary.
    public func logProbability(_ next: Int, after previous: Int) -> Double {
        log(probabilities(after: previous)[next])
    }

    /// Adds `slope` · ∂(log-probability of `next`) to a gradient. `gradient: [previous][next]`
    public func addGradient(_ slope: Double, of next: Int, after previous: Int, to gradient: inout [Double]) {
        for (other, probability) in probabilities(after: previous).enumerated() {
            gradient[previous * vocabulary + other] += slope * ((other == next ? 1 : 0) - probability)
        }
    }

    /// AdamW as PyTorch takes it.
    ///
    /// - Returns: the gradient's norm before it was clipped.
    public mutating func adamW(
        _ gradient: [Double], learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
        clipNorm: Double?
    ) -> Double {
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let scale = clipNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
        step += 1
        for place in gradient.indices {
            let slope = gradient[place] * scale
            first[place] = beta1 * first[place] + (1 - beta1) * slope
            second[place] = beta2 * second[place] + (1 - beta2) * slope * slope
            let mean = first[place] / (1 - pow(beta1, Double(step)))
            let square = second[place] / (1 - pow(beta2, Double(step)))
            weights[place] -= learningRate * (mean / (square.squareRoot() + epsilon) + weightDecay * weights[place])
        }
        return norm
    }

    /// Draws a token and gives its log-probability, whatever the temperature.
    public func sample(
        after previous: Int, temperature: Double, using random: inout some RandomNumberGenerator
    ) -> (token: Int, logProbability: Double) {
        let probabilities = probabilities(after: previous)
        guard temperature > 0 else {
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            return (best, log(probabilities[best]))
        }
        let powers = probabilities.map { pow($0, 1 / temperature) }
        var left = Double.random(in: 0..<powers.reduce(0, +), using: &random)
        for (token, power) in powers.enumerated() {
            left -= power
            if left < 0 { return (token, log(probabilities[token])) }
        }
        return (vocabulary - 1, log(probabilities[vocabulary - 1]))
    }
}
