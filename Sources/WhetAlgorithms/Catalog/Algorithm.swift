import WhetCore

/// An algorithm as a recipe names it, with every setting resolved: how rewards become credit, and the loss that credit
/// is trained under.
///
///     let algorithm = try Algorithm.named("grpo", settings: ["clip_high": 0.28])
///     let credit = try algorithm.credit(for: rollouts)
///
/// Keeps: a value; two of the same name and settings do the same. Settings were all checked when it was made.
public struct Algorithm: Sendable {
    /// The line of the catalog that it was made from.
    public let definition: AlgorithmDefinition
    let estimator: any AdvantageEstimator
    /// What its credit is trained under.
    public let loss: LossFunction
    /// A KL penalty taken from the rewards, which the caller applies before `credit` (`KLPenalty.penalized`); nil for
    /// none.
    public let rewardPenalty: KLPenalty?
    /// Importance weights, veto and staleness; the caller applies it to batches.
    public let correction: OffPolicyCorrection
    /// Punishments for length and what is left out; applied by `credit`.
    let shaping: RewardShaping
    /// Which groups a scheduler keeps.
    public let sampling: DynamicSampling
    /// ASPO's shaping; applied by `credit`.
    public let toolCalls: ToolCallShaping
    /// Every setting with the value that holds.
    public let settings: [SettingDescription]

    /// - Parameters:
    ///   - name: one of `AlgorithmCatalog.names`.
    ///   - settings: what differs from the defaults; `settings` of the result lists the keys.
    /// - Throws: `WhetError` for an unknown name or key (with the nearest valid one), a wrong type or value, or
    ///   settings that are impossible together. Its `place` is the key.
    public static func named(_ name: String, settings: JSONObject = AlgorithmCatalog.noSettings) throws -> Algorithm {
        try Algorithm(AlgorithmCatalog.definition(name), settings: settings)
    }

    /// - Throws: as `named` does.
    public init(_ definition: AlgorithmDefinition, settings: JSONObject = AlgorithmCatalog.noSettings) throws {
        var objective: String?
        if let choice = settings["objective"] {
            guard let name = choice.string else {
                throw WhetError(
                    "objective cannot be \(choice.text())", at: "objective",
                    expected: "one of \(ObjectiveCatalog.names.joined(separator: ", "))")
            }
            objective = name
        }
        var parts = try AlgorithmParts(definition, objective: objective)
        for (name, value) in settings where name != "objective" {
            guard try parts.set(name, to: value) else { throw Self.unknown(name, of: definition, parts) }
        }
        try parts.check()
        self.definition = definition
        estimator = parts.estimator
        loss = parts.loss.loss(parts.objective)
        rewardPenalty = parts.loss.klPlace == .reward ? parts.loss.penalty : nil
        correction = parts.correction
        shaping = parts.shaping
        sampling = parts.sampling
        toolCalls = parts.toolCalls
        self.settings = parts.descriptions
    }

    /// What a recipe calls it.
    public var name: String { definition.name }

    /// Whether it compares several rollouts of one task.
    public var needsGroups: Bool { definition.needsGroups }

    /// Whether a frozen reference's log-probabilities are needed, in the loss or in the reward.
    public var needsReference: Bool { rewardPenalty != nil || loss.needsReference }

    /// How SPO's values are tracked; nil for an algorithm that tracks none.
    public var tracking: BetaTracker.Parameters? { (estimator as? SinglePromptEstimator)?.tracking }

    /// Rollouts of each prompt that the starting policy plays before the first step.
    public var offlineSamples: Int { (estimator as? SinglePromptEstimator)?.offlineSamples ?? 0 }

    /// What rollouts must bring beside their rewards.
    public var needs: Set<EstimatorNeed> { type(of: estimator).needs }

    /// Refuses a group size that the algorithm cannot learn from.
    ///
    /// - Throws: `WhetError` with the reason.
    public func check(groupSize: Int) throws {
        if needsGroups, groupSize < 2 {
            throw WhetError(
                "a group of \(groupSize) has nobody to be compared with, and \(name) compares", at: "group_size",
                expected: "at least 2",
                remedy: "a larger group, or an algorithm without groups: "
                    + AlgorithmCatalog.all.filter { !$0.needsGroups }.map(\.name).joined(separator: ", "))
        }
        if needs.contains(.promptValue), groupSize > 1 {
            throw WhetError(
                "\(name) measures each rollout against its prompt's own value and has no groups", at: "group_size",
                expected: "1", remedy: "more groups_per_step, or an algorithm that compares, such as grpo")
        }
        let least = (estimator as? TurnEstimator)?.minimumMembers ?? (estimator as? StepEstimator)?.minimumMembers
        if let least, groupSize < least {
            throw WhetError(
                "\(name) credits what \(least) of a group reached, and groups have \(groupSize)",
                at: "group_size", expected: "at least \(least)", remedy: "or lower minimum_members")
        }
    }

    /// The credit of each rollout, in the order of `rollouts`: rewards shaped, compared, and shaped again.
    ///
    /// - Parameter rollouts: a whole batch, in any order; groups may differ in size.
    /// - Throws: `WhetError` when a rollout lacks what the algorithm needs, or a number is not finite.
    public func credit(for rollouts: [ScoredRollout]) throws -> [RolloutCredit] {
        let places = rollouts.indices.filter { !(shaping.leavesOutTruncated && rollouts[$0].isTruncated) }
        let taken = shaping.shaped(places.count == rollouts.count ? rollouts : places.map { rollouts[$0] })
        let compared = try toolCalls.shaped(estimator.credit(for: taken), of: taken)
        guard places.count < rollouts.count else { return compared }
        var credit = [RolloutCredit](repeating: .leftOut, count: rollouts.count)
        for (place, own) in zip(places, compared) { credit[place] = own }
        return credit
    }

    /// `credit`, written out. `[rollouts][tokens]`, 0 where the policy chose nothing.
    ///
    /// - Throws: what `credit` throws.
    public func advantages(for rollouts: [ScoredRollout]) throws -> [[Double]] {
        zip(try credit(for: rollouts), rollouts).map { $0.advantages(over: $1.policyMask) }
    }

    private static func unknown(_ name: String, of definition: AlgorithmDefinition, _ parts: AlgorithmParts)
        -> WhetError
    {
        var error = WhetError.unknownName(
            name, kind: "setting of \(definition.name)", among: parts.descriptions.map(\.name), at: name)
        let owners = ObjectiveCatalog.all.filter { $0.init().settingDescriptions.contains { $0.name == name } }
        if !owners.isEmpty {
            error.remedy =
                "\(name) belongs to the objective \(owners.map { $0.name }.joined(separator: ", ")), and this "
                + "trains under \(type(of: parts.objective).name); set objective to change that"
        }
        return error
    }
}
