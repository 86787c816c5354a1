import WhetCore

/// What a rollout is worth by its checklists.
public enum DialogueCredit: Hashable, Sendable {
    /// `reward` is the mean over the reference's turns, reached or not; one step for each message of the assistant.
    case credited(reward: Double, steps: [Score.Step])
    /// Something could not be judged: the rollout counts in no group's mean and is not trained on.
    case leftOut(reason: String)

    public var reward: Double? { if case .credited(let reward, _) = self { reward } else { nil } }
    public var steps: [Score.Step] { if case .credited(_, let steps) = self { steps } else { [] } }
}

/// Judgments into credit, by CM2's rules. Pure: values in, values out.
///
/// An item is met by the first step that is judged so once what it depends on was met; a turn is worth the weights of
/// the items that it met; a dialogue is worth the mean over the reference's turns; several checklists of one dialogue
/// count as their mean. The comparison within a group is the estimators':
///
///     trajectory   reward − mean of the group                                    (`dr_grpo`)
///     turn         turn's score − mean of those who reached the turn             (`turn_level`)
///     step         Σ over open items of weight · (η^delay or 0 − mean of those for whom it was open)   (`step_level`)
///
/// where estimators leave out what fewer than `minimum_members` of a group reached.
///
/// Source: CM2's paper, section 3.4, and its reward manager, where η, the size of groups and unknown judgments are
/// handled so. Its code counts a dependence met in the same step, if listed before, and ignores dependences in the
/// scores of turns (`DependenceRule.ignored`); here the paper's rule holds throughout.
public struct ChecklistCredit: Hashable, Sendable {
    /// η: what each step that an item was open without being met takes off its score. 1 takes nothing.
    public var delayDiscount = 1.0
    public var dependences = DependenceRule.earlierSteps
    /// Whether the weights of the items open at a step are divided by their sum: equation (10) of the paper. CM2's
    /// shipped script does not.
    public var dividesByOpenWeight = false

    public init() {}

    /// One rollout for itself.
    ///
    /// - Parameter rollout: the same dialogue judged by each of its checklists.
    public func credit(of rollout: [JudgedDialogue]) -> DialogueCredit {
        guard let first = rollout.first else { return .leftOut(reason: "no checklist judged it") }
        for (index, dialogue) in rollout.enumerated() {
            if let unknown = dialogue.unknown {
                return .leftOut(reason: (rollout.count > 1 ? "checklist \(index), " : "") + unknown)
            }
        }
        precondition(
            rollout.allSatisfy { $0.turns.map(\.stepCount) == first.turns.map(\.stepCount) },
            "checklists of one rollout judge the same steps")
        let share = 1 / Double(rollout.count)
        let reward = share * rollout.reduce(0) { $0 + self.reward(of: $1) }
        let steps = first.turns.indices.flatMap { index in
            self.steps(of: rollout.map { $0.turns[index] }, turn: index)
        }
        return .credited(reward: reward, steps: steps)
    }

    private func reward(of dialogue: JudgedDialogue) -> Double {
        let scores = dialogue.turns.reduce(0) { $0 + $1.score(dependences: dependences) }
        return scores / Double(max(1, dialogue.checklist.turns.count))
    }

    private func steps(of turns: [JudgedTurn], turn index: Int) -> [Score.Step] {
        let outcomes = turns.map { TurnOutcome($0, dependences: dependences) }
        let reward = turns.reduce(0) { $0 + $1.score(dependences: dependences) } / Double(turns.count)
        return (0..<turns[0].stepCount).map { step in
            var items: [Score.Step.Item] = []
            for (number, (turn, outcome)) in zip(turns, outcomes).enumerated() {
                for (item, state) in zip(turn.items, outcome.items) where state.isOpen(at: step) {
                    items.append(
                        Score.Step.Item("\(number).\(item.id)", weight: item.weight, score: score(of: state)))
                }
            }
            if dividesByOpenWeight {
                let sum = items.reduce(0) { $0 + $1.weight }
                for place in items.indices where sum > 0 { items[place].weight /= sum }
            }
            return Score.Step(turn: index, reward: reward, items: items)
        }
    }

    private func score(of item: TurnOutcome.Item) -> Double {
        guard let delay = item.delay else { return 0 }
        return (0..<delay).reduce(1) { score, _ in score * delayDiscount }
    }
}
