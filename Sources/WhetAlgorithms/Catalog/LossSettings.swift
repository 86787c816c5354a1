import WhetCore

/// What of a loss is set beside its objective: averaging, entropy bonus, KL penalty.
struct LossSettings: Configurable {
    enum KLPlace: String, Sendable, CaseIterable {
        case loss, reward
    }

    var aggregation = Aggregation.tokenMean
    var normalizationLength: Int?
    var entropyBonus = 0.0
    var klCoefficient = 0.0
    var klEstimator = KLEstimator.k3
    var klPlace = KLPlace.loss

    static let settings: [Setting<Self>] = [
        .choice("aggregation", \.aggregation, "how the losses of tokens are averaged"),
        .optionalInteger(
            "normalization_length", \.normalizationLength, atLeast: 1,
            "what seq-mean-token-sum-norm divides by; null is the batch's longest sequence"),
        .number("entropy_bonus", \.entropyBonus, in: .nonNegative, "how much of the mean entropy is maximized beside"),
        .number(
            "kl_coefficient", \.klCoefficient, in: .nonNegative,
            "how much the KL to the reference costs; 0 needs no reference"),
        .choice("kl_estimator", \.klEstimator, "how a token's KL to the reference is estimated"),
        .choice("kl_in", \.klPlace, "whether KL is added to the loss or taken from the reward"),
    ]

    var penalty: KLPenalty? {
        klCoefficient == 0 ? nil : KLPenalty(klEstimator, coefficient: klCoefficient)
    }

    func loss(_ objective: any Objective) -> LossFunction {
        LossFunction(
            objective: objective, aggregation: aggregation, entropyBonus: entropyBonus,
            klPenalty: klPlace == .loss ? penalty : nil, normalizationLength: normalizationLength)
    }
}
