/// The judgments of one turn.
///
/// Keeps: one judgment an item and step.
public struct JudgedTurn: Hashable, Sendable {
    public let items: [ChecklistItem]
    /// `[steps][items]`
    public let judgments: [[Judgment]]

    public init(items: [ChecklistItem], judgments: [[Judgment]]) {
        precondition(judgments.allSatisfy { $0.count == items.count }, "a step has one judgment an item")
        self.items = items
        self.judgments = judgments
    }

    public var stepCount: Int { judgments.count }

    /// What could not be judged, with the reason; nil where all was.
    public var unknown: String? {
        for (step, judgments) in judgments.enumerated() {
            for (item, judgment) in zip(items, judgments) where !judgment.isKnown {
                return "item \(item.id) at step \(step): \(judgment.reason)"
            }
        }
        return nil
    }
}

/// The judgments of a dialogue by one checklist.
///
/// Keeps: its turns are the checklist's first ones, as many as the dialogue reached.
public struct JudgedDialogue: Hashable, Sendable {
    public let checklist: Checklist
    public let turns: [JudgedTurn]

    public init(checklist: Checklist, turns: [JudgedTurn]) {
        precondition(turns.count <= checklist.turns.count, "a dialogue has no more turns than its checklist")
        self.checklist = checklist
        self.turns = turns
    }

    /// What could not be judged, with the reason; nil where all was.
    public var unknown: String? {
        for (index, turn) in turns.enumerated() {
            if let unknown = turn.unknown { return "turn \(index), \(unknown)" }
        }
        return nil
    }
}
