import Foundation
import Testing

@testable import WhetEngine

@Suite("Parity with transformers")
struct ParityTests {
    @Test("log-probabilities of next tokens", arguments: try ModelFixture.all())
    func logProbabilities(_ fixture: ModelFixture) throws {
        let transformer = Transformer(model: try fixture.model, threads: 2, microBatchTokens: 16)
        transformer.score(fixture.sequences) { range, scores in
            let expected = range.flatMap { fixture.reference.forward.nextTokenLogProbabilities[$0] }
            #expect(expected.count == scores.logProbabilities.count)
            for (ours, theirs) in zip(scores.logProbabilities, expected) { #expect(abs(Double(ours) - theirs) < 1e-4) }
        }
    }

    @Test("last logits and greedy continuation", arguments: try ModelFixture.all())
    func greedy(_ fixture: ModelFixture) throws {
        let decoder = Decoder(model: try fixture.model, threads: 2)
        let rows = fixture.reference.forward.inputIDs
        let logits = decoder.step(rows.map { (decoder.open(), $0) })
        for (row, expected) in fixture.reference.forward.lastLogits.enumerated() {
            for (index, value) in expected.enumerated() {
                #expect(abs(Double(logits[row * decoder.configuration.vocabularySize + index]) - value) < 1e-4)
            }
        }

        for (prompt, expected) in zip(fixture.reference.greedy.promptIDs, fixture.reference.greedy.newIDs) {
            let sequence = decoder.open()
            var next = prompt
            var answer: [Int32] = []
            for _ in expected {
                let logits = decoder.step([(sequence, next)])
                let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
                answer.append(Int32(best))
                next = [Int32(best)]
            }
            #expect(answer == expected)
        }
    }

    /// ∂/∂logp of the mean cross-entropy.
    private func train(_ transformer: Transformer, _ fixture: ModelFixture) -> Double {
        let count = Float(fixture.sequences.reduce(0) { $0 + $1.places.count })
        var loss = 0.0
        transformer.train(fixture.sequences) { _, scores in
            loss -= scores.logProbabilities.reduce(0) { $0 + Double($1) } / Double(count)
            return .init(logProbabilities: scores.logProbabilities.map { _ in -1 / count })
        }
        return loss
    }

    @Test("gradient norms of every tensor", arguments: try ModelFixture.all())
    func gradients(_ fixture: ModelFixture) throws {
        let transformer = Transformer(model: try fixture.model, threads: 2, microBatchTokens: 4096)
        _ = train(transformer, fixture)
        #expect(transformer.weights.layout.tensors.count == fixture.reference.training.gradientNorms.count)
        for tensor in transformer.weights.layout.tensors {
            let expected = try #require(fixture.reference.training.gradientNorms[tensor.name])
            let norm = tensor.range.reduce(0.0) { $0 + pow(Double(transformer.gradients.pointer[$1]), 2) }.squareRoot()
            #expect(abs(norm - expected) <= 1e-3 * expected, "\(tensor.name): \(norm) instead of \(expected)")
        }
    }

    @Test("losses of an AdamW run", arguments: try ModelFixture.all())
    func losses(_ fixture: ModelFixture) throws {
        let transformer = Transformer(model: try fixture.model, threads: 2, microBatchTokens: 4096)
        let adamw = fixture.reference.training.adamw
        let optimizer = AdamW(
            layout: transformer.weights.layout,
            settings: .init(
                beta1: Float(adamw.beta1), beta2: Float(adamw.beta2), epsilon: Float(adamw.eps),
                weightDecay: Float(adamw.weightDecay), decaysAll: true, clipNorm: adamw.clipNorm))
        for expected in fixture.reference.training.losses {
            let loss = train(transformer, fixture)
            #expect(abs(loss - expected) <= 1e-3 * expected)
            let norm = optimizer.norm(of: transformer.gradients, workers: transformer.workers)
            optimizer.update(
                values: transformer.weights.values, gradients: transformer.gradients, norm: norm,
                learningRate: adamw.lr,
                workers: transformer.workers)
            transformer.gradients.clear()
            transformer.weights.pack(transformer.workers)
        }
    }
}
