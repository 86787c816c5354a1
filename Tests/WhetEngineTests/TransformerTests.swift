import Testing
import WhetCore

@testable import WhetEngine

@Suite("Transformer")
struct TransformerTests {
    static func sequences(_ count: Int, vocabulary: Int, seed: UInt64, lengths: ClosedRange<Int> = 2...40)
        -> [ScoredSequence]
    {
        var random = RandomStream(key: seed)
        return (0..<count).map { index in
            let tokens = random.tokens(Int.random(in: lengths, using: &random), below: vocabulary)
            return ScoredSequence(
                tokens: tokens, places: (1..<tokens.count).filter { $0 == tokens.count - 1 || ($0 + index) % 3 != 0 },
                temperature: index % 2 == 0 ? 1 : 0.8)
        }
    }

    /// A loss with slopes of all kinds: Σ cos(i) logp + 0.1 sin(i) entropy.
    static func loss(_ scores: Transformer.Scores) -> (value: Double, slopes: Transformer.Slopes) {
        let weights = scores.logProbabilities.indices.map { Float(($0 * 7) % 5) * 0.3 - 0.5 }
        let entropyWeights = weights.map { $0 * 0.2 + 0.05 }
        return (
            dot(scores.logProbabilities.doubles, weights.doubles)
                + dot(scores.entropies.doubles, entropyWeights.doubles),
            .init(logProbabilities: weights, entropies: entropyWeights)
        )
    }

    static func gradient(
        _ model: Model, _ sequences: [ScoredSequence], threads: Int, microBatchTokens: Int = 4096
    ) -> [Float] {
        let transformer = Transformer(model: model, threads: threads, microBatchTokens: microBatchTokens)
        transformer.train(sequences) { _, scores in loss(scores).slopes }
        return transformer.gradients.array
    }

    @Test("the whole gradient is the slope of the loss", arguments: ModelConfiguration.Architecture.allCases)
    func finiteDifferences(_ architecture: ModelConfiguration.Architecture) throws {
        let configuration = try ModelConfiguration.odd(architecture)
        var model = Model(configuration: configuration, seed: 3)
        var random = RandomStream(key: 4)
        // Norms and biases away from 1 and 0.
        for tensor in model.parameters.layout.tensors where tensor.role == .norm || tensor.role == .bias {
            for place in tensor.range { model.parameters.values[place] += .random(in: -0.3...0.3, using: &random) }
        }
        let sequences = Self.sequences(3, vocabulary: configuration.vocabularySize, seed: 5, lengths: 3...9)
        let gradient = Self.gradient(model, sequences, threads: 1)

        func value(_ model: Model) -> Double {
            let transformer = Transformer(model: model, threads: 1, microBatchTokens: 4096)
            var value = 0.0
            transformer.score(sequences) { _, scores in value = Self.loss(scores).value }
            return value
        }
        // Of each tensor, the slope along its own gradient, where rounding weighs least.
        for tensor in model.parameters.layout.tensors {
            let direction = tensor.range.map { Double(gradient[$0]) }
            let norm = dot(direction, direction).squareRoot()
            try #require(norm > 0, "\(tensor.name) has no gradient")
            let step = 0.02 / max(1, norm)
            func moved(_ sign: Double) -> Double {
                var model = model
                for (place, slope) in zip(tensor.range, direction) {
                    model.parameters.values[place] += Float(sign * step * slope / norm)
                }
                return value(model)
            }
            // Richardson's extrapolation: central differences of two steps, without the error of second order.
            func central(_ part: Double) -> Double { (moved(part) - moved(-part)) / (2 * part * step) }
            let slope = (4 * central(0.5) - central(1)) / 3
            #expect(abs(slope - norm) < 5e-3 * norm + 1e-3, "\(tensor.name): \(norm), by differences \(slope)")
        }
    }

    @Test("micro-batches add up to the batch", arguments: [1, 20, 64])
    func accumulates(microBatchTokens: Int) throws {
        let configuration = try ModelConfiguration.odd()
        let model = Model(configuration: configuration, seed: 3)
        let sequences = Self.sequences(9, vocabulary: configuration.vocabularySize, seed: 6)
        func gradient(_ tokens: Int) -> [Float] {
            let transformer = Transformer(model: model, threads: 2, microBatchTokens: tokens)
            transformer.train(sequences) { _, scores in
                .init(logProbabilities: scores.logProbabilities.map { $0 * 0.1 }, entropies: scores.entropies)
            }
            return transformer.gradients.array
        }
        let whole = gradient(4096)
        let parts = gradient(microBatchTokens)
        let scale = whole.map(abs).max() ?? 0
        for (one, other) in zip(whole, parts) { #expect(abs(one - other) <= 1e-5 * scale) }
    }

    @Test("the number of threads changes no bit of the gradient")
    func threads() throws {
        let configuration = try ModelConfiguration.odd(.qwen2)
        let model = Model(configuration: configuration, seed: 3)
        let sequences = Self.sequences(30, vocabulary: configuration.vocabularySize, seed: 7, lengths: 2...150)
        let one = Self.gradient(model, sequences, threads: 1, microBatchTokens: 700)
        for threads in [2, 3] {
            #expect(Self.gradient(model, sequences, threads: threads, microBatchTokens: 700).bits == one.bits)
        }
    }

    @Test("log-probabilities of a sequence alone and among 63 others are the same bits")
    func invariance() throws {
        let configuration = try ModelConfiguration.odd()
        let model = Model(configuration: configuration, seed: 3)
        let sequences = Self.sequences(64, vocabulary: configuration.vocabularySize, seed: 8, lengths: 2...100)
        var together: [Float] = []
        Transformer(model: model, threads: 2, microBatchTokens: 512).score(sequences) { _, scores in
            together += scores.logProbabilities
        }
        let alone = Transformer(model: model, threads: 1, microBatchTokens: 4096)
        var next = 0
        for sequence in sequences {
            alone.score([sequence]) { _, scores in
                #expect(scores.logProbabilities.bits == Array(together[next..<next + sequence.places.count]).bits)
            }
            next += sequence.places.count
        }
    }
}
