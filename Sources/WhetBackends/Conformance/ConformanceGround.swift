import Foundation
import WhetAlgorithms
import WhetCore

/// The trainer that is asked, one whose numbers are right, and batches for both.
struct ConformanceGround: Sendable {
    let trainer: any TrainerBackend
    let standard: (any TrainerBackend)?
    let settings: TrainerConformance.Settings
    /// Whether the two train the same weights, so that their steps must agree.
    var trainsSameWeights: Bool { settings.trainsSameWeights && trainer.capabilities.weights.contains(.full) }
    /// The policy as it was at first, as the trainer saved it.
    let initial: URL
    /// The same, as the standard saved it.
    private let standardInitial: URL
    let folder: URL
    /// With the trainer's own log-probabilities beside it, some of them far off.
    let sequences: [TrainingSequence]
    /// Of the policy as it was at first.
    let before: [[Float]]

    init(
        _ trainer: any TrainerBackend, standard: (any TrainerBackend)?, settings: TrainerConformance.Settings,
        folder: URL
    ) async throws {
        self.trainer = trainer
        self.standard = standard
        self.settings = settings
        self.folder = folder
        initial = folder.appending(path: "initial", directoryHint: .isDirectory)
        standardInitial = folder.appending(path: "standard", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await trainer.save(to: initial)
        try await standard?.save(to: standardInitial)
        let drawn = Self.draw(settings, tempered: trainer.capabilities.temperatures)
        before = try await trainer.logProbabilities(of: drawn)
        sequences = Self.judged(drawn, before, seed: settings.seed)
    }

    /// A batch of all sequences, or some of them.
    func batch(_ id: String, _ range: Range<Int>? = nil) -> TrainingBatch {
        TrainingBatch(id: id, sequences: Array(sequences[range ?? sequences.indices]))
    }

    /// Back to the policy as it was at first, both.
    func rewind() async throws {
        try await trainer.load(from: initial)
        try await standard?.load(from: standardInitial)
    }

    /// Trains on a batch and steps.
    @discardableResult
    func step(
        _ backend: any TrainerBackend, _ batch: TrainingBatch, _ loss: LossFunction
    ) async throws -> (loss: LossReport, optimizer: OptimizerReport) {
        let report = try await backend.forwardBackward(batch, loss: loss)
        return (report, try await backend.optimizerStep(batch.id, learningRate: settings.learningRate))
    }

    /// Log-probabilities of all sequences under the weights as they are.
    func now(_ backend: any TrainerBackend) async throws -> [Float] {
        try await backend.logProbabilities(of: sequences).flatMap(\.self)
    }

    func directory(_ name: String) -> URL { folder.appending(path: name, directoryHint: .isDirectory) }

    /// Lengths from one token to some forty, prompts of three.
    private static func draw(_ settings: TrainerConformance.Settings, tempered: Bool) -> [TrainingSequence] {
        var random = RandomStream(seed: settings.seed, purpose: "conformance")
        return (0..<8).map { index in
            let length = index == 7 ? 1 : Int.random(in: 6...40, using: &random)
            let numbers = (0..<length).map { _ in Float.random(in: -1.5...1.5, using: &random) }
            let weights = (0..<length).map { _ in Float.random(in: 0.5...1.5, using: &random) }
            let mask = (0..<length).map { $0 >= 3 && $0 % 5 != 4 }
            return TrainingSequence(
                tokens: (0..<length).map { _ in Int32.random(in: 0..<Int32(settings.vocabulary), using: &random) },
                mask: mask, advantages: zip(numbers, mask).map { $1 ? $0 : 0 },
                weights: weights, behaviorLogProbabilities: [Float](repeating: 0, count: length),
                temperature: tempered ? [1, 0.7, 1.3][index % 3] : 1, vote: index % 4 == 3 ? 0.5 : 1)
        }
    }

    /// Log-ratios well inside or outside of every objective's bounds, so that rounding crosses none; whole sequences
    /// lean one way, for ratios of sequences.
    private static func judged(_ drawn: [TrainingSequence], _ own: [[Float]], seed: UInt64) -> [TrainingSequence] {
        var random = RandomStream(seed: seed, purpose: "conformance behavior")
        let lean: [Float] = [0, 0.8, -0.8]
        return zip(drawn, own).enumerated().map { index, pair in
            let (sequence, own) = pair
            let spread: [Float] = index % 3 == 0 ? [-0.8, -0.05, 0.05, 0.8, 1.6] : [-0.05, 0.05]
            func around(_ own: Float, _ distance: Float) -> Float {
                // Where so likely a token leaves no room above it, as far on the other side.
                own - (own - distance < -0.01 ? distance : abs(distance))
            }
            let behavior = own.map {
                around($0, lean[index % 3] + spread[Int.random(in: 0..<spread.count, using: &random)])
            }
            let reference = own.map {
                around($0, (Bool.random(using: &random) ? 1 : -1) * .random(in: 0.3...0.9, using: &random))
            }
            return TrainingSequence(
                tokens: sequence.tokens, mask: sequence.mask, advantages: sequence.advantages,
                weights: sequence.weights,
                behaviorLogProbabilities: zip(behavior, sequence.mask).map { $1 ? $0 : 0 },
                referenceLogProbabilities: reference, temperature: sequence.temperature, vote: sequence.vote)
        }
    }
}

extension TrainingSequence {
    /// The same under a component of the loss.
    func under(_ component: String) -> TrainingSequence {
        TrainingSequence(
            tokens: tokens, mask: mask, advantages: advantages, weights: weights,
            behaviorLogProbabilities: behaviorLogProbabilities, referenceLogProbabilities: referenceLogProbabilities,
            component: component, temperature: temperature, vote: vote)
    }
}

/// Something that is not as it should be.
struct Nonconformance: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// - Throws: `Nonconformance` with `words` unless `isTrue`.
func expect(_ isTrue: Bool, _ words: @autoclosure () -> String) throws {
    guard isTrue else { throw Nonconformance(words()) }
}

/// How far two lists of numbers are apart, and whether they lead one way.
struct Comparison {
    let largest: Double
    let cosine: Double

    /// - Throws: `Nonconformance` for other numbers of numbers, or some that are not finite.
    init(_ one: [Float], _ two: [Float]) throws {
        try expect(one.count == two.count, "\(one.count) numbers, and not \(two.count)")
        try expect(one.allSatisfy(\.isFinite) && two.allSatisfy(\.isFinite), "some numbers are not finite")
        var (largest, product, own, other) = (0.0, 0.0, 0.0, 0.0)
        for (one, two) in zip(one, two) {
            largest = max(largest, abs(Double(one) - Double(two)))
            product += Double(one) * Double(two)
            own += Double(one) * Double(one)
            other += Double(two) * Double(two)
        }
        self.largest = largest
        cosine = own == 0 && other == 0 ? 1 : product / max((own * other).squareRoot(), .leastNonzeroMagnitude)
    }
}

extension Double {
    /// Two digits: `1.3e-06`.
    var brief: String { String(format: "%.1e", self) }

    func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
