import WhetCore
import WhetRollouts

/// Where a rollout first calls a tool: what ASPO rewards for coming early.
enum ToolCallPlace {
    /// How calls begin in the texts of the models that make them.
    static let markers = ["<tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<function=", "```python"]

    /// The place, counted from the end of the prompt, at which the first call that a tool answered shows itself: the
    /// token that completes a marker, or the turn's first token where its text has none. Nil if no tool ever answered.
    static func first(in rollout: Rollout, format: ChatFormat) -> Int? {
        let turns = rollout.messages.dropFirst(rollout.task.messages.count)
        // Results may be messages of the user's, where the policy's words show that it had called.
        let answer = turns.indices.dropFirst().first { place in
            turns[place].role == .tool
                || turns[place].role == .user && markers.contains { turns[place - 1].content.contains($0) }
        }
        guard let answer else { return nil }
        let turn = turns[..<answer].count { $0.role == .assistant } - 1
        var place = -rollout.trajectory.promptLength
        var replies = 0
        var start: Int?
        var said: [Int32] = []
        for span in rollout.trajectory.spans {
            if span.policy != nil, replies == turn {
                start = start ?? place
                said += span.tokens
            } else if span.policy == nil, place >= 0 {
                replies += 1
            }
            place += span.tokens.count
        }
        return start.map { $0 + callOffset(in: said, format) }
    }

    /// The place of the token that completes the first marker.
    private static func callOffset(in tokens: [Int32], _ format: ChatFormat) -> Int {
        func shows(_ count: Int) -> Bool {
            let text = format.text(of: Array(tokens.prefix(count)))
            return markers.contains { text.contains($0) }
        }
        guard shows(tokens.count) else { return 0 }
        var (without, with) = (0, tokens.count)
        while with - without > 1 {
            let middle = (without + with) / 2
            if shows(middle) { with = middle } else { without = middle }
        }
        return without
    }
}
