import WhetAlgorithms
import WhetCore

/// What a run asks of its trainer.
public struct TrainerNeeds: Hashable, Sendable {
    /// Every loss that it trains under: the algorithm's, imitation's, the warm-up's.
    public var losses: [LossDescription]
    /// What it samples at.
    public var temperatures: Set<Double>
    /// Whether gradients are to be clipped.
    public var clipsGradients: Bool
    public var weights: TrainerCapabilities.Weights
    /// `fp32` or `bf16`.
    public var precision: String
    /// How its inference servers take weights up; any of these will do.
    public var publications: Set<Publication.Kind>

    public init(
        losses: [LossDescription], temperatures: Set<Double> = [1], clipsGradients: Bool = false,
        weights: TrainerCapabilities.Weights = .full, precision: String = "fp32",
        publications: Set<Publication.Kind> = Set(Publication.Kind.allCases)
    ) {
        self.losses = losses
        self.temperatures = temperatures
        self.clipsGradients = clipsGradients
        self.weights = weights
        self.precision = precision
        self.publications = publications
    }
}

extension TrainerCapabilities {
    /// Why a run with these needs cannot use this trainer, with those that could do what it lacks; nil if it can.
    ///
    /// - Parameter others: that may be named.
    public func refusal(of needs: TrainerNeeds, others: [TrainerCapabilities] = known) -> WhetError? {
        guard let lack = lacks(needs).first else { return nil }
        let able = others.filter { $0.name != name && $0.lacks(needs).allSatisfy { $0.what != lack.what } }
        return WhetError(
            "the trainer \(name) \(lack.what)", at: lack.key, expected: lack.expected,
            remedy: able.isEmpty
                ? lack.remedy
                : [lack.remedy, "trainer: \(able.map(\.name).joined(separator: " or ")), which can"].compactMap(\.self)
                    .joined(separator: "; or "))
    }

    private struct Lack {
        /// What the trainer does not do; the same words for the same lack of another.
        let what: String
        /// Of the recipe.
        let key: String
        var expected: String?
        var remedy: String?
    }

    private func lacks(_ needs: TrainerNeeds) -> [Lack] {
        var lacks: [Lack] = []
        func lack(
            _ isThere: Bool, _ what: String, _ key: String, expected: Set<String> = [], remedy: String? = nil
        ) {
            guard !isThere else { return }
            let list = expected.sorted().joined(separator: ", ")
            lacks.append(
                Lack(what: what, key: key, expected: expected.isEmpty ? nil : "one of \(list)", remedy: remedy))
        }
        for loss in needs.losses {
            for objective in loss.objectives {
                lack(
                    objectives.contains(objective), "does not compute the objective \(objective)",
                    "algorithm.objective", expected: objectives)
            }
            for aggregation in loss.aggregations.map(\.rawValue) {
                lack(
                    aggregations.contains(aggregation), "does not average by \(aggregation)", "algorithm.aggregation",
                    expected: aggregations)
            }
            if let kl = loss.kl {
                lack(
                    klEstimators.contains(kl.estimator), "does not estimate KL by \(kl.estimator) in its loss",
                    "algorithm.kl_estimator", expected: klEstimators, remedy: "algorithm.kl_in: reward")
            }
            lack(
                components || loss.components.isEmpty, "trains a batch under one loss only",
                loss.components.first.map { "algorithm.\($0.name)_weight" } ?? "algorithm", remedy: "a weight of 0")
            lack(
                entropyBonus || loss.entropyBonus == 0, "computes no entropy for a bonus", "algorithm.entropy_bonus",
                remedy: "algorithm.entropy_bonus: 0")
        }
        lack(
            temperatures || needs.temperatures.allSatisfy { $0 == 1 },
            "computes log-probabilities of temperature 1 only", "rollout.temperature", remedy: "rollout.temperature: 1")
        lack(
            gradientClipping || !needs.clipsGradients, "does not clip gradients", "trainer.max_gradient_norm",
            remedy: "trainer.max_gradient_norm: null")
        lack(
            weights.contains(needs.weights),
            needs.weights == .lora ? "trains no adapters" : "trains adapters only, not the whole model",
            "trainer.lora", remedy: needs.weights == .lora ? "trainer.lora: null" : "trainer.lora: {}")
        lack(
            precisions.contains(needs.precision), "does not compute in \(needs.precision)", "policy.precision",
            expected: precisions)
        let ways = publications.map(\.rawValue).sorted().joined(separator: " or ")
        lack(
            !publications.isDisjoint(with: needs.publications),
            "hands weights on as \(ways), which the inference servers do not take", "inference.kind",
            expected: Set(needs.publications.map(\.rawValue)))
        return lacks
    }
}
