import WhetCore
import WhetRollouts

/// Where a rollout first calls a tool: what ASPO rewards for coming early.
enum ToolCallPlace {
    /// How calls begin in the texts of the models that make them.
    static let markers = ["<tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<function=", "```python"]

    /// The place, counted from the end of the prompt, at which the first call that was not refused shows itself: the
    /// token that completes a marker behind the turn's thoughts, or the turn's first token where its text has none. Nil
    /// if no tool was ever called.
    ///
    /// - Parameter apart: the rollout's messages with calls as such (`Environment.callsApart`).
    static func first(in rollout: Rollout, apart: [Message], format: ChatFormat) -> Int? {
        let turns = apart.dropFirst(rollout.task.messages.count).filter { $0.role == .assistant }
        guard let turn = turns.firstIndex(where: { !$0.toolCalls.isEmpty }) else { return nil }
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

    /// The place of the token that completes the first marker behind the thoughts.
    private static func callOffset(in tokens: [Int32], _ format: ChatFormat) -> Int {
        let thoughts = format.text(of: tokens).ranges(of: "</think>").count
        func shows(_ count: Int) -> Bool {
            let text = format.text(of: Array(tokens.prefix(count)))
            let ends = text.ranges(of: "</think>")
            guard ends.count == thoughts else { return false }
            let words = text[(ends.last?.upperBound ?? text.startIndex)...]
            return markers.contains { words.contains($0) }
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
