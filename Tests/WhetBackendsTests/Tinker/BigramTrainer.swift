import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetTestSupport

/// A trainer in this process whose model is a `Bigram`: what a service over the same model has to agree with.
actor BigramTrainer: TrainerBackend {
    nonisolated let capabilities = TrainerCapabilities(
        name: "bigram", components: true, gradientClipping: true, publications: [.directory])
    private(set) var bigram: Bigram
    private var gradient: [Double]
    private var saved: [String: Bigram] = [:]
    private let clipNorm: Double?

    init(vocabulary: Int = 24, clipNorm: Double? = nil) {
        bigram = Bigram(vocabulary: vocabulary)
        gradient = [Double](repeating: 0, count: bigram.weights.count)
        self.clipNorm = clipNorm
    }

    func logProbabilities(of sequences: [TrainingSequence]) -> [[Float]] { sequences.map(scored) }

    private func scored(_ sequence: TrainingSequence) -> [Float] {
        sequence.tokens.indices.map { place in
            guard place > 0 else { return 0 }
            return Float(
                bigram.logProbability(Int(sequence.tokens[place]), after: Int(sequence.tokens[place - 1])))
        }
    }

    func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) throws -> LossReport {
        var accounting = LossAccounting(batch: batch, loss: loss)
        for (index, sequence) in batch.sequences.enumerated() {
            let places = sequence.mask.indices.filter { sequence.mask[$0] }
            guard !places.isEmpty else { continue }
            let scored = scored(sequence)
            let slopes = accounting.slopes(
                of: index, logProbabilities: places.map { scored[$0] }[...], entropies: nil)
            for (place, slope) in zip(places, slopes.logProbabilities) {
                bigram.addGradient(
                    Double(slope), of: Int(sequence.tokens[place]), after: Int(sequence.tokens[place - 1]),
                    to: &gradient)
            }
        }
        return accounting.report
    }

    func optimizerStep(_ id: String, learningRate: Double) -> OptimizerReport {
        let norm = bigram.adamW(
            gradient, learningRate: learningRate, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0,
            clipNorm: clipNorm)
        gradient = gradient.map { _ in 0 }
        return OptimizerReport(gradientNorm: norm)
    }

    func save(to directory: URL) { saved[directory.path] = bigram }

    func publish(to directory: URL) -> Publication { .directory(directory) }

    func load(from directory: URL) {
        if let old = saved[directory.path] { bigram = old }
        gradient = gradient.map { _ in 0 }
    }
}
