import WhetCore

/// Turn-level credit: each turn's verdict is compared with those of the siblings that reached the same turn.
///
///     advantage of a turn's tokens = verdict − mean over the group's members with a verdict on that turn
///
/// Where fewer than `minimum_members` reached a turn, nobody gets credit for it: the mean would be luck.
///
/// Source: CM2, its "turn" level (see docs/algorithms.md).
public struct TurnEstimator: AdvantageEstimator {
    public static let name = "turn_level"
    public static let needs: Set<EstimatorNeed> = [.groups, .turns]

    /// How many members of a group must have reached a turn.
    public var minimumMembers = 5
    public var normalization = GroupRelativeEstimator.Normalization.none
    /// Keeps the division finite for turns of equal verdicts.
    public var epsilon = 1e-6

    public init() {}

    public static let settings: [Setting<Self>] = [
        .integer("minimum_members", \.minimumMembers, atLeast: 1, "how many of a group must have reached a turn"),
        .choice("normalize", \.normalization, "what a turn's differences are divided by"),
        .number("epsilon", \.epsilon, in: .positive, "added to the standard deviation"),
    ]

    public func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        var credit = [RolloutCredit](repeating: .spans([]), count: rollouts.count)
        for places in rollouts.placesByGroup {
            let verdicts = places.map { rollouts[$0].verdictsByTurn }
            var rewardsByTurn: [Int: [Double]] = [:]
            for verdict in verdicts.joined() { rewardsByTurn[verdict.turn, default: []].append(verdict.mean) }
            let baselines = rewardsByTurn.compactMapValues { rewards -> (mean: Double, scale: Double)? in
                guard rewards.count >= minimumMembers else { return nil }
                let scale = normalization == .std ? rewards.standardDeviation + epsilon : 1
                return (rewards.count > 1 ? rewards.mean : 0, scale)
            }
            for place in places {
                credit[place] = .spans(
                    rollouts[place].spans.map { span in
                        guard let baseline = baselines[span.turn], let reward = span.reward else {
                            return RolloutCredit.Span(range: span.range, advantage: 0)
                        }
                        return RolloutCredit.Span(
                            range: span.range, advantage: (reward - baseline.mean) / baseline.scale)
                    })
            }
        }
        return credit
    }
}

extension ScoredRollout {
    /// One verdict a turn: the mean where several spans of it have one.
    fileprivate var verdictsByTurn: [(turn: Int, mean: Double)] {
        var sums: [(turn: Int, sum: Double, count: Double)] = []
        for span in spans {
            guard let reward = span.reward else { continue }
            // Spans of a turn stand together, so the search ends at once.
            if let place = sums.lastIndex(where: { $0.turn == span.turn }) {
                sums[place].sum += reward
                sums[place].count += 1
            } else {
                sums.append((span.turn, reward, 1))
            }
        }
        return sums.map { ($0.turn, $0.sum / $0.count) }
    }
}

extension AlgorithmDefinition {
    public static let turnLevel = AlgorithmDefinition(
        "turn_level", summary: "credit by turn: each turn against the siblings that reached it",
        formula: "verdict of the turn - mean of the members that reached it",
        source: "CM2, its turn level (namezhenzhang/CM2-RLCR-Tool-Agent)",
        whenToUse: "Dialogues with a verdict on each turn.",
        notes:
            """
            A turn that fewer than `minimum_members` of the group reached gives no credit.
            """,
        estimator: TurnEstimator.self)
}
