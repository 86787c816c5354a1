import WhetCore

/// A conversation as somebody looks at it who judges how tools were used.
extension ToolEnvironment {
    /// Calls that were refused, or cannot be read, are left out. Where all of a turn's were, their answers are objects
    /// with the member `error_tool_call`.
    public func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        let conversation = conversation(messages, of: task)
        var apart = Array(messages.prefix(conversation.openingCount))
        for turn in conversation.turns {
            guard !turn.attempts.isEmpty else {
                apart += messages[turn.index..<turn.replies.upperBound]
                continue
            }
            let isRefused = try plan(turn).map { if case .refused = $0 { true } else { false } }
            let ids = turn.attempts.indices.map { index in
                turn.attempts[index].call?.id ?? Self.id(of: turn.usedCalls + index, in: task)
            }
            var speech = messages[turn.index]
            speech.content = turn.words
            speech.toolCalls = turn.attempts.indices.compactMap { index in
                guard !isRefused[index], var call = turn.attempts[index].call else { return nil }
                call.id = ids[index]
                return call
            }
            apart.append(speech)
            guard !turn.replies.isEmpty else { continue }
            let results = presentation.results(in: Array(messages[turn.replies]), of: ids.count, syntax)
            let texts = results.count == ids.count ? results : [results.joined(separator: "\n")]
            for (text, id) in zip(texts, ids) {
                apart.append(Self.answer(text, isRefusal: !isRefused.contains(false), to: id))
            }
        }
        return apart
    }

    private static func answer(_ text: String, isRefusal: Bool, to id: String) -> Message {
        guard isRefusal else { return Message(.tool, text, toolCallID: id) }
        let refusal: JSONValue = ["error_tool_call": .string(text)]
        return Message(.tool, refusal.text(), toolCallID: id)
    }
}
