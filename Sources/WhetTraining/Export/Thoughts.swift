import WhetCore

/// What is done with what a policy thought before it answered.
public enum ThoughtForm: String, Hashable, Sendable, CaseIterable {
    /// As the policy wrote it.
    case keep
    /// In `reasoning_content`, which many templates read.
    case apart
    /// Left out.
    case drop
}

extension Message {
    /// The message with its thoughts in another form.
    func thinking(_ form: ThoughtForm) -> Message {
        guard form != .keep, role == .assistant else { return self }
        var message = self
        let (thoughts, words) = content.thoughtsApart
        message.content = words
        let all = [reasoning, thoughts].compactMap { $0 }.filter { !$0.isEmpty }
        message.reasoning = form == .drop || all.isEmpty ? nil : all.joined(separator: "\n")
        return message
    }
}

extension String {
    /// What stands in `<think>` at the beginning, and the words behind it. A text that only ends thoughts goes on with
    /// those that its prompt began; one that never ends them is nothing else.
    var thoughtsApart: (thoughts: String?, words: String) {
        let text = drop(while: \.isWhitespace)
        let isOpened = text.hasPrefix("<think>")
        let inside = isOpened ? text.dropFirst("<think>".count) : self[...]
        guard let end = inside.firstRange(of: "</think>") else {
            return isOpened ? (inside.trimmed, "") : (nil, self)
        }
        let thoughts = inside[..<end.lowerBound]
        // Somewhere amid the words it is not the policy's own thinking.
        guard isOpened || !thoughts.contains("<think>") else { return (nil, self) }
        return (thoughts.trimmed, String(inside[end.upperBound...].drop(while: \.isWhitespace)))
    }
}

extension Substring {
    fileprivate var trimmed: String {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[...last].drop(while: \.isWhitespace))
    }
}
