import WhetCore

/// A turn as far as it has gone, with what its items look at.
struct TurnSoFar {
    let turn: Dialogue.Turn
    /// The step that was taken last.
    let step: Int

    private var steps: ArraySlice<Dialogue.Step> { turn.steps[...step] }

    /// Whether the part that an item looks at is there at all; without it no item is met.
    func has(_ focus: ChecklistItem.Focus) -> Bool {
        switch focus {
        case .toolCalls: steps.contains { !$0.assistant.toolCalls.isEmpty }
        case .toolContent: steps.contains { $0.following.contains { $0.role == .tool } }
        case .reply: steps.contains { !$0.assistant.content.trimmedWhitespace.isEmpty }
        case .thinking: steps.contains { !($0.assistant.reasoning ?? "").trimmedWhitespace.isEmpty }
        }
    }

    /// Whether the last step's call was refused and that is what an item looks at.
    func isSpoilt(for focus: ChecklistItem.Focus) -> Bool {
        turn.steps[step].hasFailedCall && (focus == .toolCalls || focus == .toolContent)
    }

    /// Calls that were not refused.
    var calls: [Message.ToolCall] { steps.filter { !$0.hasFailedCall }.flatMap(\.assistant.toolCalls) }

    /// The words that an item looks at, one a line; of calls none.
    func text(of focus: ChecklistItem.Focus) -> String {
        let texts: [String] =
            switch focus {
            case .toolCalls: []
            case .thinking: steps.compactMap(\.assistant.reasoning)
            case .reply: steps.map(\.assistant.content)
            case .toolContent:
                steps.filter { !$0.hasFailedCall }.flatMap(\.following).filter { $0.role == .tool }.map(\.content)
            }
        return texts.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
