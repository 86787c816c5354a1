import Foundation
import WhetCore
import WhetText

/// A conversation in which the policy may have called tools, turn by turn.
///
/// Keeps: which turns called tools follows from the messages alone.
struct ToolConversation {
    struct Turn {
        /// Of the policy's message.
        let index: Int
        /// What was meant as calls; empty for a turn that is the policy's word to its environment.
        let attempts: [ToolCallReading.Attempt]
        /// The message without its calls.
        let words: String
        /// How many calls the turns before it made.
        let usedCalls: Int
        /// What followed the policy's message.
        let replies: Range<Int>
    }

    let messages: [Message]
    /// How many messages opened it.
    let openingCount: Int
    let turns: [Turn]

    init(_ messages: [Message], of task: PracticeTask, syntax: ToolCallSyntax, limits: ToolLimits) {
        self.messages = messages
        openingCount = min(task.messages.count, messages.count)
        var turns: [Turn] = []
        var used = 0
        let places = messages.indices.dropFirst(openingCount).filter { messages[$0].role == .assistant }
        for (number, index) in places.enumerated() {
            let end = number + 1 < places.count ? places[number + 1] : messages.count
            let read = used < limits.calls ? Self.calls(in: messages[index], syntax) : nil
            turns.append(
                Turn(
                    index: index, attempts: read?.attempts ?? [], words: read?.words ?? messages[index].content,
                    usedCalls: used, replies: index + 1..<end))
            used += read?.attempts.count ?? 0
        }
        self.turns = turns
    }

    /// The calls of a policy's message: those that a server read, or those in its words after its thoughts.
    private static func calls(
        in message: Message, _ syntax: ToolCallSyntax
    ) -> (attempts: [ToolCallReading.Attempt], words: String)? {
        if !message.toolCalls.isEmpty {
            return (message.toolCalls.map(ToolCallReading.Attempt.call), message.content)
        }
        var thoughts = ""
        var words = Substring(message.content)
        if let end = words.range(of: "</think>", options: .backwards) {
            thoughts = String(words[..<end.upperBound])
            words = words[end.upperBound...]
        } else if words.contains("<think>") {
            return nil
        }
        return syntax.reading(String(words)).map { ($0.attempts, thoughts + $0.content) }
    }

    /// The last turn, if it calls tools and nobody has answered yet.
    var pending: Turn? {
        turns.last.flatMap { $0.attempts.isEmpty || !$0.replies.isEmpty ? nil : $0 }
    }

    /// The turns in which tools were called and answered.
    var answered: [Turn] { turns.filter { !$0.attempts.isEmpty && !$0.replies.isEmpty } }

    /// What the tools have been through.
    func history(of task: PracticeTask) -> ToolHistory {
        ToolHistory(
            task: task,
            turns: answered.map { turn in
                ToolTurn(words: messages[turn.index].content, replies: messages[turn.replies].map(\.content))
            })
    }

    /// The conversation as it would have been without tools: the turns that called them are left out, with their
    /// results.
    ///
    /// - Parameter opening: takes the place of the opening messages.
    func withoutTools(opening: [Message]) -> [Message] {
        let left = answered.map { $0.index..<$0.replies.upperBound }
        var rest = Array(messages.indices.dropFirst(openingCount))
        rest.removeAll { index in left.contains { $0.contains(index) } }
        return opening + rest.map { messages[$0] }
    }
}
