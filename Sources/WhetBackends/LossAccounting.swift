import Foundation
import WhetAlgorithms

/// From log-probabilities to the loss's slopes through an objective, and what the loss was made of.
///
/// Keeps: every sequence is evaluated by itself, with shares of the whole batch, so micro-batches add up to the batch;
/// metrics of the objective's sequences are never mixed with those of a component's.
public struct LossAccounting {
    /// How a sequence's loss changes with its trained tokens, in their order.
    public struct Slopes {
        /// ∂loss / ∂logProbabilities. `[trained tokens]`
        public var logProbabilities: [Float]
        /// ∂loss / ∂entropies; empty if the loss has no entropy bonus. `[trained tokens]`
        public var entropies: [Float]

        public init(logProbabilities: [Float] = [], entropies: [Float] = []) {
            self.logProbabilities = logProbabilities
            self.entropies = entropies
        }
    }

    private let batch: TrainingBatch
    private let loss: LossFunction
    /// Where what the objective sees begins: at the first trained token. `[sequences]`
    private let starts: [Int]
    /// Each token's share of the batch's loss, from there on. `[sequences][tokens]`
    private let shares: [[Double]]
    private var total = 0.0
    /// How many were trained until now.
    public private(set) var tokens = 0
    /// By the component that trains them, nil for the objective.
    private var parts: [String?: LossPart] = [:]

    public init(batch: TrainingBatch, loss: LossFunction) {
        self.batch = batch
        self.loss = loss
        starts = batch.sequences.map { $0.mask.firstIndex(of: true) ?? $0.mask.count }
        let shares = loss.shares(
            masks: zip(batch.sequences, starts).map { Array($0.mask[$1...]) },
            components: batch.sequences.map(\.component))
        self.shares = zip(shares, batch.sequences).map { shares, sequence in
            sequence.vote == 1 ? shares : shares.map { $0 * sequence.vote }
        }
    }

    /// - Throws: `WhetError` for a sequence that the loss cannot evaluate.
    public static func check(_ batch: TrainingBatch, _ loss: LossFunction) throws {
        for (index, sequence) in batch.sequences.enumerated() {
            try loss.check(
                component: sequence.component, isTrained: sequence.mask.contains(true),
                hasReference: sequence.referenceLogProbabilities != nil, at: "sequence \(index) of batch \(batch.id)")
        }
    }

    /// What each trained token of a sequence weighs in the batch's loss, its importance weight apart. `[trained tokens]`
    public func shares(ofTrained index: Int) -> [Double] {
        zip(batch.sequences[index].mask[starts[index]...], shares[index]).compactMap { $0 ? $1 : nil }
    }

    /// The slopes of a sequence of the batch; call it once for each that is trained, in any order.
    ///
    /// - Parameters:
    ///   - index: the sequence's place in the batch.
    ///   - logProbabilities: what the trainer computed. `[trained tokens]`
    ///   - entropies: of its distributions; nil where they are not known, and the loss has no entropy bonus.
    ///     `[trained tokens]`
    public mutating func slopes(
        of index: Int, logProbabilities scored: ArraySlice<Float>, entropies known: ArraySlice<Float>?
    ) -> Slopes {
        precondition(known != nil || loss.entropyBonus == 0, "an entropy bonus needs entropies")
        let sequence = batch.sequences[index]
        let start = starts[index]
        let mask = Array(sequence.mask[start...])
        let behavior = sequence.behaviorLogProbabilities[start...].map(Double.init)
        // Where nothing is trained the trainer computed nothing: the behavior's number stands in, a ratio of 1.
        var logProbabilities = behavior
        var places: [Int] = []
        for (place, trained) in mask.enumerated() where trained {
            logProbabilities[place] = Double(scored[scored.startIndex + places.count])
            places.append(place)
        }
        var entropies = [Double](repeating: 0, count: mask.count)
        if let known { for (place, entropy) in zip(places, known) { entropies[place] = Double(entropy) } }
        let result = loss.evaluate(
            ObjectiveSequence(
                logProbabilities: logProbabilities, behaviorLogProbabilities: behavior,
                advantages: sequence.advantages[start...].map(Double.init), mask: mask,
                referenceLogProbabilities: sequence.referenceLogProbabilities?[start...].map(Double.init),
                component: sequence.component),
            shares: shares[index], weights: sequence.weights[start...].map(Double.init), entropies: entropies)

        var slopes = Slopes()
        slopes.logProbabilities.reserveCapacity(places.count)
        for place in places {
            slopes.logProbabilities.append(Float(result.gradient[place]))
            // All or none: a loss with an entropy bonus has sequences without it, those that a component trains.
            if loss.entropyBonus != 0 { slopes.entropies.append(Float(result.entropyGradient?[place] ?? 0)) }
        }
        total += result.loss
        tokens += places.count
        parts[sequence.component, default: LossPart()].add(
            result, entropy: known == nil ? nil : entropies.reduce(0, +),
            logRatios: places.contains { behavior[$0] != 0 } ? places.map { logProbabilities[$0] - behavior[$0] } : [],
            tokens: places.count)
        return slopes
    }

    /// Of the sequences whose slopes were asked for.
    public var report: LossReport {
        var metrics: [String: Double] = [:]
        for (component, part) in parts {
            guard let component else {
                metrics.merge(part.metrics) { $1 }
                continue
            }
            for (name, value) in part.metrics { metrics["\(component)/\(name)"] = value }
            metrics["\(component)/loss"] = part.loss
            metrics["\(component)/tokens"] = Double(part.tokens)
        }
        return LossReport(loss: total, tokens: tokens, metrics: metrics)
    }
}

/// What a loss made of the sequences that one of its components trains, or the objective itself.
private struct LossPart {
    private(set) var loss = 0.0
    private(set) var tokens = 0
    private var sums: [String: Double] = [:]
    /// nil where the trainer tells none.
    private var entropy: Double? = 0
    private var behaviorTokens = 0
    private var difference = 0.0
    private var divergence = 0.0

    /// - Parameter logRatios: trainer − behavior; empty if the sequence has no behavior log-probabilities. `[tokens]`
    mutating func add(_ result: LossResult, entropy: Double?, logRatios: [Double], tokens: Int) {
        loss += result.loss
        self.tokens += tokens
        self.entropy = self.entropy.flatMap { sum in entropy.map { sum + $0 } }
        for (name, sum) in result.sums { sums[name, default: 0] += sum }
        behaviorTokens += logRatios.count
        for ratio in logRatios {
            difference += abs(ratio)
            divergence += exp(ratio) - 1 - ratio
        }
    }

    /// Means over the part's own tokens.
    var metrics: [String: Double] {
        guard tokens > 0 else { return [:] }
        var metrics = sums.mapValues { $0 / Double(tokens) }
        metrics["entropy"] = entropy.map { $0 / Double(tokens) }
        if behaviorTokens > 0 {
            metrics["log_probability_difference"] = difference / Double(behaviorTokens)
            // The k3 estimate of KL(behavior ‖ trainer), http://joschu.net/blog/kl-approx.html
            metrics["behavior_kl"] = divergence / Double(behaviorTokens)
        }
        return metrics
    }
}
