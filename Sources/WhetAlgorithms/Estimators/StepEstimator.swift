import WhetCore

/// Step-level credit: a step is worth what the criteria that were open in it came to, against the siblings' scores on
/// the same criteria.
///
///     advantage of a step's tokens = Σ weight · (score − mean of the group's scores) over the items open at that step
///
/// An item is compared within its turn, once a rollout. Where it was open for fewer than `minimum_members`, nobody gets
/// credit for it: the mean would be luck.
///
/// Source: CM2, its "step" level (see docs/algorithms.md).
struct StepEstimator: AdvantageEstimator {
    static let name = "step_level"
    static let needs: Set<EstimatorNeed> = [.groups, .steps]

    /// For how many members of a group an item must have been open.
    var minimumMembers = 5

    init() {}

    static let settings: [Setting<Self>] = [
        .integer("minimum_members", \.minimumMembers, atLeast: 1, "for how many of a group an item must have been open")
    ]

    private struct Criterion: Hashable {
        let turn: Int
        let name: String
    }

    func compared(_ rollouts: [ScoredRollout]) -> [RolloutCredit] {
        var credit = [RolloutCredit](repeating: .spans([]), count: rollouts.count)
        for places in rollouts.placesByGroup {
            var scores: [Criterion: [Double]] = [:]
            for place in places {
                for (criterion, score) in Self.scores(of: rollouts[place]) {
                    scores[criterion, default: []].append(score)
                }
            }
            let means = scores.compactMapValues { $0.count >= minimumMembers ? $0.mean : nil }
            for place in places {
                credit[place] = .spans(
                    rollouts[place].spans.map { span in
                        let advantage = span.items.reduce(0) { sum, item in
                            let mean = means[Criterion(turn: span.turn, name: item.name)] ?? item.score
                            return sum + item.weight * (item.score - mean)
                        }
                        return RolloutCredit.Span(range: span.range, advantage: advantage)
                    })
            }
        }
        return credit
    }

    /// One score a criterion, however many steps it was open in.
    private static func scores(of rollout: ScoredRollout) -> [Criterion: Double] {
        var scores: [Criterion: Double] = [:]
        for span in rollout.spans {
            for item in span.items { scores[Criterion(turn: span.turn, name: item.name)] = item.score }
        }
        return scores
    }
}

extension AlgorithmDefinition {
    static let stepLevel = AlgorithmDefinition(
        "step_level", summary: "credit by step: the criteria open in a step against the siblings' scores on them",
        formula: "sum of weight * (score - group mean of the score) over open criteria",
        source: "CM2, its step level (namezhenzhang/CM2-RLCR-Tool-Agent)",
        whenToUse: "Checklists whose items are met at known steps.",
        notes:
            """
            Each criterion is counted once a rollout and turn. One that was open for fewer than `minimum_members` of the
            group gives no credit.
            """,
        estimator: StepEstimator.self)
}
