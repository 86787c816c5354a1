import Foundation
import WhetCore

/// Corrects for rollouts that another policy sampled than the one being trained: an older version, or the same weights
/// on a server that computes otherwise.
///
///     ratio = trainer probability before the step / behavior probability, of a token or (their product) of a sequence
///     truncate: the weight is min(ratio, limit)
///     mask:     tokens or sequences whose ratio is outside floor…limit drop out, all others keep their ratio
///     veto:     a sequence drops out whole when one of its tokens has a ratio below `veto`
///     staleness: tokens of spans that are more than `max_staleness` versions old drop out
///
/// Weights multiply the objective (`LossFunction.evaluate(weights:)`). An objective with a ratio of its own must then
/// see the trainer's log-probabilities before the step in the behavior's place, or the same ratio counts twice.
///
/// Keeps: pure; log-ratios within ±20, so weights are finite; statistics speak of all tokens, before any dropped out.
///
/// Source: truncated importance sampling, Espeholt et al., arXiv 1802.01561, and for servers Yao et al. 2025; masking
/// and veto as verl's rollout correction has them.
public struct OffPolicyCorrection: Configurable, Hashable {
    /// Whose ratios count.
    public enum Level: String, Sendable, CaseIterable {
        case none, token, sequence
    }

    /// What becomes of ratios beyond the limit.
    public enum Mode: String, Sendable, CaseIterable {
        case truncate, mask
    }

    /// `none` leaves every weight 1.
    public var level = Level.none
    /// Whether a ratio beyond the limit is cut or its token dropped.
    public var mode = Mode.truncate
    /// The largest weight.
    public var limit = 2.0
    /// The smallest ratio that masking keeps; nil is 1 / limit.
    public var floor: Double?
    var veto: Double?
    /// Tokens of older versions than this drop out; nil keeps all.
    public var maximumStaleness: Int?

    public init() {}

    static let settings: [Setting<Self>] = [
        .choice("importance_sampling", \.level, "whether tokens or sequences are weighted by trainer / behavior"),
        .choice("importance_mode", \.mode, "whether ratios beyond the limit are truncated or dropped"),
        .number("importance_limit", \.limit, in: .positive, "the largest ratio that counts as it is"),
        .optionalNumber(
            "importance_floor", \.floor, in: .nonNegative, "the smallest ratio that masking keeps; null is 1 / limit"),
        .optionalNumber("veto", \.veto, in: .positive, "a sequence with a token ratio below this drops out whole"),
        .optionalInteger(
            "max_staleness", \.maximumStaleness, atLeast: 0, "tokens of older versions than this drop out"),
    ]

    /// Whether a trainer must compute log-probabilities before the step.
    public var needsTrainerLogProbabilities: Bool { level != .none || veto != nil }

    func checkCombination() throws {
        if mode == .mask, let floor, floor > limit {
            throw WhetError("importance_floor \(floor) is above importance_limit \(limit)", at: "importance_floor")
        }
        if mode == .mask, level == .none {
            throw WhetError(
                "importance_mode mask has no ratios to mask by", at: "importance_mode",
                remedy: "set importance_sampling to token or sequence")
        }
    }

    /// One sequence before its step. Every array is `[tokens]`.
    public struct Sequence: Sendable {
        /// What the trainer computes before the step.
        public var trainerLogProbabilities: [Double]
        /// What the server said when it sampled.
        public var behaviorLogProbabilities: [Double]
        /// True where the policy chose the token.
        public var mask: [Bool]
        /// How many versions old the span of each token is; nil if all are fresh.
        public var staleness: [Int]?

        public init(
            trainerLogProbabilities: [Double], behaviorLogProbabilities: [Double], mask: [Bool], staleness: [Int]? = nil
        ) {
            self.trainerLogProbabilities = trainerLogProbabilities
            self.behaviorLogProbabilities = behaviorLogProbabilities
            self.mask = mask
            self.staleness = staleness
        }
    }

    /// What a correction makes of a batch.
    public struct Result: Sendable {
        /// Importance weights; 0 where the token is not trained. `[sequences][tokens]`
        public var weights: [[Double]]
        /// What is left to train. `[sequences][tokens]`
        public var masks: [[Bool]]
        /// Over the batch, before any token dropped out.
        public var statistics: OffPolicyStatistics
    }

    /// The weights and masks of a batch, sequence by sequence.
    public func correct(_ sequences: [Sequence]) -> Result {
        var statistics = OffPolicyStatistics()
        var result = Result(weights: [], masks: [], statistics: statistics)
        for sequence in sequences {
            let corrected = correct(sequence, &statistics)
            result.weights.append(corrected.weights)
            result.masks.append(corrected.mask)
        }
        result.statistics = statistics
        return result
    }

    private func correct(
        _ sequence: Sequence, _ statistics: inout OffPolicyStatistics
    ) -> (weights: [Double], mask: [Bool]) {
        let trained = sequence.mask.indices.filter { sequence.mask[$0] }
        var weights = [Double](repeating: 0, count: sequence.mask.count)
        var mask = [Bool](repeating: false, count: sequence.mask.count)
        guard !trained.isEmpty else { return (weights, mask) }

        let logRatios = trained.map { sequence.trainerLogProbabilities[$0] - sequence.behaviorLogProbabilities[$0] }
        let whole = Self.ratio(logRatios.reduce(0, +))
        let ratios = level == .sequence ? logRatios.map { _ in whole } : logRatios.map(Self.ratio)
        let isVetoed = veto.map { veto in logRatios.contains { Self.ratio($0) < veto } } ?? false
        let isStale = trained.map { place in
            maximumStaleness.map { (sequence.staleness?[place] ?? 0) > $0 } ?? false
        }
        for (number, place) in trained.enumerated() {
            let isOutside = level != .none && mode == .mask && !kept(ratios[number])
            mask[place] = !isVetoed && !isStale[number] && !isOutside
            weights[place] = !mask[place] ? 0 : level == .none ? 1 : min(ratios[number], limit)
        }
        statistics.add(logRatios: logRatios, ratios: ratios, limit: limit, isVetoed: isVetoed)
        statistics.addDropped(stale: isStale.count { $0 }, all: trained.count { !mask[$0] })
        return (weights, mask)
    }

    private func kept(_ ratio: Double) -> Bool { ratio >= floor ?? 1 / limit && ratio <= limit }

    private static func ratio(_ logRatio: Double) -> Double { exp(min(max(logRatio, -20), 20)) }
}
