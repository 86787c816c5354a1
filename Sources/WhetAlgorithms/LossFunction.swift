/// Everything that turns a trainer's log-probabilities into one number to minimize: the objective, how tokens are
/// averaged, and the penalties beside it.
///
///     loss = Σ share · weight · objective + coefficient · Σ share · KL estimate − entropyBonus · Σ share · entropy
///
/// Keeps: pure; shares come from the whole batch, so micro-batches add up to it; importance weights touch the
/// objective, never the penalties.
public struct LossFunction: Sendable {
    var objective: any Objective
    /// How tokens are averaged, unless the objective requires a way of its own.
    public var aggregation: Aggregation
    /// Adds this much of the mean entropy to what is maximized; 0 adds nothing.
    public var entropyBonus: Double
    /// Keeps the policy near a reference; nil adds nothing.
    var klPenalty: KLPenalty?
    /// What `seq-mean-token-sum-norm` divides by; the batch's longest sequence if nil.
    var normalizationLength: Int?
    /// Other losses that sequences of the same batch may name: cross entropy on demonstrations, distillation, … . Each
    /// is averaged over its own sequences alone; entropy bonus and KL penalty stand beside the objective only.
    public var components: [String: LossComponent]

    init(
        objective: any Objective, aggregation: Aggregation = .tokenMean, entropyBonus: Double = 0,
        klPenalty: KLPenalty? = nil, normalizationLength: Int? = nil, components: [String: LossComponent] = [:]
    ) {
        self.objective = objective
        self.aggregation = type(of: objective).requiredAggregation ?? aggregation
        self.entropyBonus = entropyBonus
        self.klPenalty = klPenalty
        self.normalizationLength = normalizationLength
        self.components = components
    }

    /// Whether any sequence must bring a reference's log-probabilities; see `needsReference(component:)`.
    public var needsReference: Bool {
        needsReference(component: nil) || components.keys.contains { needsReference(component: $0) }
    }

    /// Each token's share of the batch's loss, each component's among its own; 0 where the mask is off.
    /// `[sequences][tokens]`
    ///
    /// - Parameters:
    ///   - masks: of the whole batch, all micro-batches together. `[sequences][tokens]`
    ///   - components: which component trains each sequence, nil for the objective itself; empty if all are nil.
    ///     `[sequences]`
    public func shares(masks: [[Bool]], components named: [String?] = []) -> [[Double]] {
        precondition(named.isEmpty || named.count == masks.count, "every sequence has a component, or none has")
        var shares = [[Double]](repeating: [], count: masks.count)
        let places = Dictionary(grouping: masks.indices) { named.isEmpty ? nil : named[$0] }
        for (name, places) in places {
            let component = component(name)
            let own = aggregation(of: component).shares(masks: places.map { masks[$0] }, length: normalizationLength)
            for (place, own) in zip(places, own) { shares[place] = own.map { $0 * component.weight } }
        }
        return shares
    }

    /// What the shares of each sequence are multiplied by, so that the sequences of one rollout have one vote in means
    /// over sequences; see `Aggregation.votes`. `[sequences]`
    public func votes(owners: [Int], counts: [Int], components named: [String?]) -> [Double] {
        var votes = [Double](repeating: 1, count: owners.count)
        for (name, places) in Dictionary(grouping: owners.indices, by: { named[$0] }) {
            let own = aggregation(of: component(name)).votes(
                owners: places.map { owners[$0] }, counts: places.map { counts[$0] })
            for (place, own) in zip(places, own) { votes[place] = own }
        }
        return votes
    }

    private func aggregation(of component: LossComponent) -> Aggregation {
        type(of: component.objective).requiredAggregation ?? component.aggregation
    }

    /// The loss of one sequence and its slopes.
    ///
    /// - Parameters:
    ///   - shares: the sequence's, from `shares(masks:components:)`. `[tokens]`
    ///   - weights: importance weights; nil weighs every token 1. `[tokens]`
    ///   - entropies: of the policy's distribution at each token, for the bonus; nil leaves it out. `[tokens]`
    public func evaluate(
        _ sequence: ObjectiveSequence, shares: [Double], weights: [Double]? = nil, entropies: [Double]? = nil
    ) -> LossResult {
        let weighted = weights.map { zip(shares, $0).map(*) } ?? shares
        var result = component(sequence.component).objective.evaluate(sequence, shares: weighted)
        guard sequence.component == nil else { return LossResult(result, entropyGradient: nil) }
        if let klPenalty { result.add(klPenalty.evaluate(sequence, shares: shares)) }
        guard entropyBonus != 0, let entropies else { return LossResult(result, entropyGradient: nil) }
        let slopes = shares.map { -entropyBonus * $0 }
        result.loss += zip(slopes, entropies).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * $1.1 }
        return LossResult(result, entropyGradient: slopes)
    }

    private func component(_ name: String?) -> LossComponent {
        guard let name else { return LossComponent(objective: objective, aggregation: aggregation) }
        guard let component = components[name] else {
            preconditionFailure("the loss has no component \"\(name)\"; it has \(components.keys.sorted())")
        }
        return component
    }
}

/// A loss beside the policy objective, for sequences of the batch that name it.
public struct LossComponent: Sendable {
    var objective: any Objective
    var aggregation: Aggregation
    /// Multiplies the component's loss.
    var weight: Double

    init(objective: any Objective, aggregation: Aggregation = .tokenMean, weight: Double = 1) {
        self.objective = objective
        self.aggregation = aggregation
        self.weight = weight
    }
}

/// What a loss makes of one sequence.
public struct LossResult: Sendable {
    /// What is minimized: Σ share · loss over the tokens, and the penalties.
    public var loss: Double
    /// ∂loss / ∂logProbabilities. `[tokens]`
    public var gradient: [Double]
    /// ∂loss / ∂entropies; nil without an entropy bonus. `[tokens]`
    public var entropyGradient: [Double]?
    /// Named sums over tokens; a trainer adds them up and divides by the tokens.
    public var sums: [String: Double]

    init(_ result: ObjectiveResult, entropyGradient: [Double]?) {
        loss = result.loss
        gradient = result.gradient
        sums = result.sums
        self.entropyGradient = entropyGradient
    }
}

extension ObjectiveResult {
    mutating func add(_ other: ObjectiveResult) {
        loss += other.loss
        for place in gradient.indices { gradient[place] += other.gradient[place] }
        sums.merge(other.sums, uniquingKeysWith: +)
    }
}
