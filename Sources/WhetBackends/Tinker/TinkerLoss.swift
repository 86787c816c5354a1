import WhetAlgorithms
import WhetCore

/// A loss function of the Tinker API: Σ over tokens of weight · loss(token), with nothing averaged.
struct TinkerLoss: Hashable, Sendable {
    /// Where our share of a token goes, the part that it has in the batch's mean.
    enum Carrier: Hashable, Sendable {
        /// Into `weights`.
        case weights
        /// Into `advantages`, in which the loss is positively homogeneous.
        case advantages
    }

    /// `loss_fn`.
    var name: String
    /// `loss_fn_config`.
    var settings: [String: Double] = [:]
    var carrier: Carrier

    /// −log p: with any slopes for negative weights, its gradient is that of the loss they are the slopes of.
    static let crossEntropy = TinkerLoss(name: "cross_entropy", carrier: .weights)
    /// −ratio · A.
    static let importanceSampling = TinkerLoss(name: "importance_sampling", carrier: .advantages)

    /// The loss function that computes an objective exactly as whet does; nil if there is none.
    ///
    /// `ppo` clips the ratio to its thresholds themselves, 1 − clip_low and 1 + clip_high, and knows no dual clip.
    /// `gspo`, `cispo` and `dppo` are left alone: services differ in what they make of these (SkyRL passes `cispo` its
    /// thresholds under names that its workers don't read, `dppo` truncates no ratio), or lack them.
    static func exact(for objective: LossDescription.Objective) -> TinkerLoss? {
        func number(_ name: String) -> Double? { objective.settings[name]?.double }
        switch objective.name {
        case "cross_entropy", "policy_gradient": return crossEntropy
        case "ppo_clip":
            guard let low = number("clip_low"), number("dual_clip") == nil else { return nil }
            guard let high = number("clip_high") else { return low == 1 ? importanceSampling : nil }
            return TinkerLoss(
                name: "ppo", settings: ["clip_low_threshold": 1 - low, "clip_high_threshold": 1 + high],
                carrier: .advantages)
        default: return nil
        }
    }
}

extension LossDescription {
    /// What computes the sequences of a component, or the objective's; nil if only their slopes can be sent.
    func exactTinkerLoss(component name: String?) -> TinkerLoss? {
        if let name {
            return components.first { $0.name == name }.flatMap { TinkerLoss.exact(for: $0.objective) }
        }
        return kl == nil && entropyBonus == 0 ? TinkerLoss.exact(for: objective) : nil
    }
}

extension LossDescription {
    /// What trains the sequences of a component, or those of none.
    func objectiveName(of component: String?) -> String? {
        guard let component else { return objective.name }
        return components.first { $0.name == component }?.objective.name
    }
}

extension TrainingSequence {
    /// Of the numbers of a sequence's scored tokens those of the trained ones.
    func trained(_ scored: [Float]) -> [Float] { scored.indices.filter { mask[$0 + 1] }.map { scored[$0] } }
}

extension TinkerDatum {
    /// Whether JSON can hold it.
    var isFinite: Bool {
        [weights, advantages, logProbabilities].allSatisfy { $0?.allSatisfy(\.isFinite) ?? true }
    }

    /// A sequence up to its last trained token: nothing behind it matters.
    ///
    /// - Returns: nil where nothing is trained.
    init?(trained sequence: TrainingSequence) {
        guard let last = sequence.mask.lastIndex(of: true) else { return nil }
        self.init(sequence.tokens[...last])
    }

    /// The same under a loss function of the service.
    ///
    /// - Parameters:
    ///   - shares: of the trained tokens. `[trained tokens]`
    ///   - usesAdvantages: whether the objective is of advantages.
    /// - Returns: nil where a share is negative, which loss functions with a minimum in them do not bear.
    init?(_ sequence: TrainingSequence, under loss: TinkerLoss, shares: [Double], usesAdvantages: Bool) {
        self.init(trained: sequence)
        var values = [Float](repeating: 0, count: count)
        var next = 0
        for place in 1...count where sequence.mask[place] {
            let share = shares[next] * Double(sequence.weights[place])
            guard share >= 0 else { return nil }
            values[place - 1] = Float(usesAdvantages ? share * Double(sequence.advantages[place]) : share)
            next += 1
        }
        switch loss.carrier {
        case .weights: weights = values
        case .advantages:
            weights = sequence.mask[1...count].map { $0 ? 1 : 0 }
            advantages = values
            logProbabilities = (1...count).map { sequence.mask[$0] ? sequence.behaviorLogProbabilities[$0] : 0 }
        }
    }

    /// The same with the gradient of any loss, by its slopes: −slope is the weight of the token's log-probability.
    ///
    /// - Parameters:
    ///   - slopes: ∂loss / ∂log-probability. `[trained tokens]`
    ///   - scored: the log-probabilities that they were computed from. `[scored tokens]`
    ///   - traits: a service that divides by the sum of weights gets the slopes as advantages of importance sampling
    ///     instead, whose ratio is 1 where nothing has changed since.
    init?(_ sequence: TrainingSequence, slopes: [Float], scored: [Float], for traits: TinkerTraits) {
        self.init(trained: sequence)
        var values = [Float](repeating: 0, count: count)
        var next = 0
        for place in 1...count where sequence.mask[place] {
            values[place - 1] = -slopes[next]
            next += 1
        }
        guard traits.dividesByWeights else {
            weights = values
            return
        }
        weights = sequence.mask[1...count].map { $0 ? 1 : 0 }
        advantages = values.map { $0 * Float(next) }
        logProbabilities = scored
    }
}
