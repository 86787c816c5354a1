import WhetCore

/// A conversation as somebody looks at it who judges how tools were used.
extension ToolEnvironment {
    /// A refused call, and one that cannot be read, is answered by an object with the member `error_tool_call`; where
    /// the results of several calls cannot be told apart, one refusal is that of all.
    public func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        let conversation = conversation(messages, of: task)
        var apart = Array(messages.prefix(conversation.openingCount))
        for turn in conversation.turns {
            guard !turn.attempts.isEmpty else {
                apart += messages[turn.index..<turn.replies.upperBound]
                continue
            }
            let ids = turn.attempts.indices.map { index in
                turn.attempts[index].call?.id ?? Self.id(of: turn.usedCalls + index, in: task)
            }
            var speech = messages[turn.index]
            speech.content = turn.words
            speech.toolCalls = zip(turn.attempts, ids).compactMap { attempt, id in
                guard var call = attempt.call else { return nil }
                call.id = id
                return call
            }
            apart.append(speech)
            guard !turn.replies.isEmpty else { continue }
            let refused = try plan(turn).map { if case .refused = $0 { true } else { false } }
            let results = presentation.results(in: Array(messages[turn.replies]), of: ids.count, syntax)
            if results.count == ids.count {
                for (index, result) in results.enumerated() {
                    apart.append(Self.answer(result, isRefusal: refused[index], to: ids[index]))
                }
            } else {
                let all = results.joined(separator: "\n")
                apart.append(Self.answer(all, isRefusal: refused.contains(true), to: ids[0]))
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
