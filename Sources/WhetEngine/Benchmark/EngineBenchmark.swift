import Foundation
import WhetCore

/// How fast the engine trains and samples, on two shapes of Qwen3. `Benchmarks/engine_peer.py` measures PyTorch and
/// transformers on the same shapes and lengths.
public struct EngineBenchmark: Sendable {
    /// A model to measure on.
    struct Shape: Sendable {
        let name: String
        let configuration: ModelConfiguration
    }

    /// 0.87 M parameters (4 × 128, vocabulary 640) and 5.2 M (6 × 256, vocabulary 2,048).
    static func shapes() throws -> [Shape] {
        [
            Shape(
                name: "0.87M",
                configuration: try ModelConfiguration(
                    vocabularySize: 640, hiddenSize: 128, intermediateSize: 384, layers: 4, heads: 4, keyValueHeads: 2,
                    headSize: 32)),
            Shape(
                name: "5.2M",
                configuration: try ModelConfiguration(
                    vocabularySize: 2048, hiddenSize: 256, intermediateSize: 768, layers: 6, heads: 8, keyValueHeads: 4,
                    headSize: 32)),
        ]
    }

    /// How many work, the caller among them.
    public var threads: Int
    /// Training: sequences of a step, and tokens of each; every token but the first is trained.
    var sequences = 64
    var sequenceTokens = 64
    /// Sampling: sequences side by side, tokens of a prompt, tokens sampled after it.
    var batch = 64
    var promptTokens = 16
    var newTokens = 128
    /// Measured after a first round that is not.
    var rounds = 5

    public init(threads: Int) { self.threads = threads }

    /// Tokens a second by name, such as `training_tokens_per_second_0.87M`; the fastest of the rounds.
    public func run() throws -> [(name: String, value: Double)] {
        try EngineBenchmark.shapes().flatMap { shape in
            [
                ("training_tokens_per_second_\(shape.name)", training(shape.configuration)),
                ("sampling_tokens_per_second_\(shape.name)", sampling(shape.configuration)),
            ]
        }
    }

    /// Billions of operations a second that matrix products reach, on all threads: 96 rows through a weight of 768 ×
    /// 256.
    public func products(_ precision: Precision) throws -> Double {
        try precision.check()
        let rows = 96
        let outputs = 768
        let inputs = 256
        let repetitions = 200
        let panels = FloatBuffer(PackedMatrix.size(outputs: outputs, inputs: inputs))
        let matrix = FloatBuffer(outputs * inputs)
        let x = FloatBuffer(rows * inputs)
        for place in 0..<matrix.count { matrix.pointer[place] = Float(place % 17) - 8 }
        let rounded = UnsafeMutablePointer<UInt16>.allocate(capacity: outputs * inputs)
        defer { rounded.deallocate() }
        let weight = PackedMatrix(
            matrix: matrix.pointer, panels: panels.pointer, rounded: rounded, outputs: outputs, inputs: inputs)
        weight.pack()
        let workers = Workers(threads: threads)
        let products = (0..<threads).map { _ in MatrixProducts(precision: precision) }
        let results = (0..<threads).map { _ in FloatBuffer(rows * outputs) }
        let operations = 2 * rows * outputs * inputs * repetitions * threads
        return rate(of: operations) {
            workers.run(threads) { item, _ in
                for _ in 0..<repetitions {
                    products[item].forward(rows: rows, x: x.pointer, weight: weight, y: results[item].pointer)
                }
            }
        } / 1e9
    }

    /// Tokens a second through forward, backward and AdamW.
    func training(_ configuration: ModelConfiguration) -> Double {
        let transformer = Transformer(
            model: Model(configuration: configuration, seed: 1), threads: threads,
            microBatchTokens: EmbeddedBackend.Settings().microBatchTokens)
        let optimizer = AdamW(layout: transformer.weights.layout, settings: AdamW.Settings())
        let batch = prompts(sequences, of: sequenceTokens, configuration).map {
            ScoredSequence(tokens: $0, places: Array(1..<sequenceTokens), temperature: 1)
        }
        let slope = -1 / Float(sequences * (sequenceTokens - 1))
        return rate(of: sequences * sequenceTokens) {
            transformer.train(batch) { _, scores in
                .init(logProbabilities: [Float](repeating: slope, count: scores.logProbabilities.count))
            }
            let norm = optimizer.norm(of: transformer.gradients, workers: transformer.workers)
            optimizer.update(
                values: transformer.weights.values, gradients: transformer.gradients, norm: norm, learningRate: 1e-4,
                workers: transformer.workers)
            transformer.gradients.clear()
            transformer.weights.pack(transformer.workers)
        }
    }

    /// Tokens sampled a second, prompts included in the time.
    func sampling(_ configuration: ModelConfiguration) -> Double {
        let decoder = Decoder(model: Model(configuration: configuration, seed: 1), threads: threads)
        let prompts = prompts(batch, of: promptTokens, configuration)
        let vocabulary = configuration.vocabularySize
        return rate(of: batch * newTokens) {
            let sequences = prompts.map { _ in decoder.open() }
            var streams = prompts.indices.map { RandomStream(seed: 1, purpose: "benchmark sampling", $0) }
            var entries = Array(zip(sequences, prompts)).map { (sequence: $0.0, tokens: $0.1) }
            for _ in 0..<newTokens {
                let logits = decoder.step(entries)
                for row in entries.indices {
                    let row = (row, UnsafeBufferPointer(rebasing: logits[row * vocabulary..<(row + 1) * vocabulary]))
                    entries[row.0].tokens = [draw(row.1, &streams[row.0])]
                }
            }
            sequences.forEach(decoder.close)
        }
    }

    /// A token of the distribution that the logits give at temperature 1.
    private func draw(_ logits: UnsafeBufferPointer<Float>, _ random: inout RandomStream) -> Int32 {
        let normalizer = LogSoftmax(temperature: 1).logNormalizer(logits)
        var left = random.unit()
        for (token, logit) in logits.enumerated() {
            left -= Double(exp(logit - normalizer))
            if left < 0 { return Int32(token) }
        }
        return Int32(logits.count - 1)
    }

    private func prompts(_ count: Int, of length: Int, _ configuration: ModelConfiguration) -> [[Int32]] {
        (0..<count).map { index in
            var random = RandomStream(seed: 1, purpose: "benchmark prompt", index)
            return (0..<length).map { _ in Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &random) }
        }
    }

    /// Of the fastest round: others were disturbed.
    private func rate(of tokens: Int, _ round: () -> Void) -> Double {
        round()
        let clock = ContinuousClock()
        let fastest = (0..<rounds).map { _ in clock.measure(round) }.min() ?? .zero
        return Double(tokens) / (fastest / .seconds(1))
    }
}
