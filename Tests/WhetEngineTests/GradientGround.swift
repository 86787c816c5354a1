import Foundation
import Testing
import WhetBackends
import WhetCore

@testable import WhetAlgorithms
@testable import WhetEngine

/// A small model, a batch on it that lies on every side of every bound, and slopes by differences.
struct GradientGround: Sendable {
    let model: Model
    let batch: TrainingBatch
    private let microBatchTokens: Int
    /// The model's own log-probabilities. `[sequences][tokens]`
    private let frozen: [[Float]]

    /// - Parameter components: of the sequences, again and again.
    init(components: [String?], sequences: Int = 6, microBatchTokens: Int = 64) async throws {
        self.microBatchTokens = microBatchTokens
        var model = Model(configuration: try .odd(), seed: 3)
        var random = RandomStream(key: 5)
        for tensor in model.parameters.layout.tensors where tensor.role == .norm || tensor.role == .bias {
            for place in tensor.range { model.parameters.values[place] += .random(in: -0.3...0.3, using: &random) }
        }
        self.model = model
        var drawn = (0..<sequences).map { index in
            let length = 12 + 3 * index
            return TrainingSequence(
                tokens: random.tokens(length, below: model.configuration.vocabularySize),
                mask: (0..<length).map { $0 >= 3 && $0 % 5 != 4 }, advantages: random.floats(length, in: -1.5...1.5),
                weights: random.floats(length, in: 0.5...1.5),
                behaviorLogProbabilities: [Float](repeating: 0, count: length),
                temperature: [1, 0.7, 1.3][index % 3])
        }
        let settings = EmbeddedBackend.Settings(threads: 1, microBatchTokens: microBatchTokens)
        let frozen = try await EmbeddedBackend(model: model, settings: settings).logProbabilities(of: drawn)
        self.frozen = frozen
        // Log-ratios well inside or outside of every bound (clips at −0.22, 0.18, ±0.4 and 1.1), so that small steps of
        // the parameters cross none; whole sequences lean one way for ratios of sequences.
        let lean: [Float] = [0, 0.8, -0.8]
        drawn = drawn.enumerated().map { index, sequence in
            let own = frozen[index]
            let spread: [Float] = index % 3 == 0 ? [-0.8, -0.05, 0.05, 0.8, 1.6] : [-0.05, 0.05]
            let behavior = own.indices.map { place in
                // Where so likely a token leaves no room above it, the ratio lies as far on the other side.
                let ratio = lean[index % 3] + spread[Int.random(in: 0..<spread.count, using: &random)]
                return own[place] - (own[place] - ratio < -0.01 ? ratio : abs(ratio))
            }
            let reference = own.map { own in
                own + (Bool.random(using: &random) ? 1 : -1) * .random(in: 0.3...0.9, using: &random)
            }
            return TrainingSequence(
                tokens: sequence.tokens, mask: sequence.mask, advantages: sequence.advantages,
                weights: sequence.weights, behaviorLogProbabilities: behavior, referenceLogProbabilities: reference,
                component: components[index % components.count], temperature: sequence.temperature)
        }
        batch = TrainingBatch(id: "ground", sequences: drawn)
    }

    func backend(_ model: Model) -> EmbeddedBackend {
        EmbeddedBackend(
            model: model, settings: EmbeddedBackend.Settings(threads: 1, microBatchTokens: microBatchTokens))
    }

    /// - Parameter only: leaves the sequences of one component, without its name; nil keeps the batch as it is.
    private func batch(only component: String??) -> TrainingBatch {
        guard let component else { return batch }
        return TrainingBatch(
            id: "part", sequences: batch.sequences.filter { $0.component == component }.map { $0.with(component: nil) })
    }

    func report(_ model: Model, _ loss: LossFunction, only component: String?? = nil) async throws -> LossReport {
        try await backend(model).forwardBackward(batch(only: component), loss: loss)
    }

    func gradient(_ loss: LossFunction, only component: String?? = nil) async throws -> ([Float], LossReport) {
        let backend = backend(model)
        let report = try await backend.forwardBackward(batch(only: component), loss: loss)
        return (await backend.gradients, report)
    }

    /// How many tokens the component trains.
    func count(of component: String?) -> Int {
        batch.sequences.filter { $0.component == component }.reduce(0) { $0 + $1.mask.count { $0 } }
    }

    /// The sum over sequences of a loss made of the trained tokens under `model`, what was frozen beside them.
    ///
    /// - Parameter loss: of a sequence's tokens, given how many every sequence trains, which this is, and how long the
    ///   longest is after its prompt.
    func value(
        of model: Model, _ loss: ([LossReference.Token], _ counts: [Int], _ sequence: Int, _ longest: Int) -> Double
    ) async throws -> Double {
        let now = try await backend(model).logProbabilities(of: batch.sequences)
        let counts = batch.sequences.map { $0.mask.count { $0 } }
        let longest = batch.sequences.map { $0.tokens.count - 3 }.max() ?? 0
        return batch.sequences.enumerated().reduce(0) { sum, pair in
            let (index, sequence) = pair
            let tokens = sequence.tokens.indices.filter { sequence.mask[$0] }.map { place in
                LossReference.Token(
                    now: Double(now[index][place]), frozen: Double(frozen[index][place]),
                    behavior: Double(sequence.behaviorLogProbabilities[place]),
                    advantage: Double(sequence.advantages[place]), weight: Double(sequence.weights[place]),
                    reference: Double(sequence.referenceLogProbabilities?[place] ?? 0))
            }
            return sum + loss(tokens, counts, index, longest)
        }
    }

    /// Along the gradient itself, and along random directions of all parameters.
    func expect(
        _ gradient: [Float], toBeTheSlopeOf value: (Model) async throws -> Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let slopes = gradient.doubles
        let norm = dot(slopes, slopes).squareRoot()
        try #require(norm > 1e-3, "there is no gradient", sourceLocation: sourceLocation)
        let typical = norm / Double(slopes.count).squareRoot()
        var random = RandomStream(key: 12)
        let randomDirections = (0..<4).map { _ in
            (0..<slopes.count).map { _ in (Bool.random(using: &random) ? 1 : -1) / Double(slopes.count).squareRoot() }
        }
        // The loss moves fast along its gradient: a short way there, to stay on this side of every bound.
        for (direction, step, tolerance) in [(slopes.map { $0 / norm }, 0.01, 2e-3 * norm)]
            + randomDirections.map({ ($0, 0.3, 0.02 * typical + 1e-4) })
        {
            func moved(_ distance: Double) async throws -> Double {
                var model = model
                for place in direction.indices {
                    model.parameters.values[place] += Float(distance * direction[place])
                }
                return try await value(model)
            }
            func central(_ step: Double) async throws -> Double {
                (try await moved(step) - moved(-step)) / (2 * step)
            }
            let slope = (4 * (try await central(step / 2)) - (try await central(step))) / 3
            let expected = dot(slopes, direction)
            #expect(
                abs(slope - expected) < tolerance, "\(expected), by differences \(slope), off at most \(tolerance)",
                sourceLocation: sourceLocation)
        }
    }
}

extension TrainingSequence {
    func with(reference: [Float]?) -> TrainingSequence { changed(reference: reference, component: component) }
    func with(component: String?) -> TrainingSequence {
        changed(reference: referenceLogProbabilities, component: component)
    }
    func with(vote: Double) -> TrainingSequence {
        changed(reference: referenceLogProbabilities, component: component, vote: vote)
    }

    private func changed(reference: [Float]?, component: String?, vote: Double = 1) -> TrainingSequence {
        TrainingSequence(
            tokens: tokens, mask: mask, advantages: advantages, weights: weights,
            behaviorLogProbabilities: behaviorLogProbabilities, referenceLogProbabilities: reference,
            component: component, temperature: temperature, vote: vote)
    }
}
