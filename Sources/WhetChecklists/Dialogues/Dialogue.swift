import WhetCore

/// A conversation by turns and steps.
///
/// Keeps: a turn begins with a message of the user; a step is one message of the assistant and the tools' answers that
/// follow it.
public struct Dialogue: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        /// Its thoughts stand apart from its content.
        public var assistant: Message
        /// What tools answered.
        public var following: [Message]
        /// Whether a tool refused the call: then its calls and the tools' words meet no item.
        public var hasFailedCall: Bool

        public init(assistant: Message, following: [Message] = [], hasFailedCall: Bool = false) {
            self.assistant = assistant
            self.following = following
            self.hasFailedCall = hasFailedCall
        }
    }

    public struct Turn: Hashable, Sendable {
        /// The user's message.
        public var opening: [Message]
        public var steps: [Step]

        public init(opening: [Message], steps: [Step] = []) {
            self.opening = opening
            self.steps = steps
        }
    }

    /// What stands before the first message of the user.
    public var opening: [Message]
    public var turns: [Turn]

    /// - Parameters:
    ///   - openingCount: how many messages were there before the policy's first; all before the last of them that is
    ///     the user's belong to no turn.
    ///   - isFailedCall: whether a tool's message says that the call was refused.
    /// - Throws: `WhetError` where the assistant or a tool speaks when it is not its turn.
    public init(
        _ messages: [Message], openingCount: Int = 0, isFailedCall: (Message) -> Bool = { $0.isMarkedAsFailedCall }
    ) throws {
        let start = messages.prefix(openingCount).lastIndex { $0.role == .user } ?? 0
        opening = Array(messages[..<start])
        turns = []
        for (index, message) in messages.enumerated().dropFirst(start) {
            switch message.role {
            case .user: turns.append(Turn(opening: [message]))
            case .system where turns.isEmpty: opening.append(message)
            // What stood there before the policy said a word is no step of its.
            case _ where index < openingCount && !turns.isEmpty:
                turns[turns.count - 1].opening.append(message)
            case .assistant:
                guard !turns.isEmpty else {
                    throw Self.misplaced(message, index, expected: "a message of the user first")
                }
                turns[turns.count - 1].steps.append(Step(assistant: message.withThoughtsApart))
            case .tool, .system:
                guard let last = turns.indices.last, !turns[last].steps.isEmpty else {
                    if message.role == .system, let last = turns.indices.last {
                        turns[last].opening.append(message)
                        continue
                    }
                    throw Self.misplaced(message, index, expected: "a call of the assistant first")
                }
                let step = turns[last].steps.count - 1
                turns[last].steps[step].following.append(message)
                if message.role == .tool, isFailedCall(message) { turns[last].steps[step].hasFailedCall = true }
            }
        }
    }

    /// The same with all turns beyond the first `count` as a part of the last of these: the user's words there follow a
    /// step.
    public func joined(intoTurns count: Int) -> Dialogue {
        guard count > 0, turns.count > count else { return self }
        var joined = self
        joined.turns = Array(turns[..<count])
        for turn in turns[count...] {
            // A turn that nobody has answered is only just begun: it stays one.
            guard let last = joined.turns[count - 1].steps.indices.last, !turn.steps.isEmpty else {
                joined.turns.append(turn)
                continue
            }
            joined.turns[count - 1].steps[last].following += turn.opening
            joined.turns[count - 1].steps += turn.steps
        }
        return joined
    }

    private static func misplaced(_ message: Message, _ index: Int, expected: String) -> WhetError {
        WhetError(
            "a message of the \(message.role.rawValue) is out of place", at: "message \(index)", expected: expected)
    }
}

extension Dialogue.Turn {
    /// The turn's messages as far as after step `step`.
    func messages(through step: Int) -> [Message] {
        opening + steps[...step].flatMap { [$0.assistant] + $0.following }
    }

    var messages: [Message] { steps.isEmpty ? opening : messages(through: steps.count - 1) }
}

extension Message {
    /// Whether a tool's message is a JSON object with the member `error_tool_call`: the mark of CM2's simulated tools.
    public var isMarkedAsFailedCall: Bool {
        // Most messages do not have the word in them, and reading JSON costs more than looking for it.
        guard role == .tool, content.contains("error_tool_call") else { return false }
        return (try? JSONValue(parsing: content))?["error_tool_call"] != nil
    }

    /// The same with what stands before the last `</think>` as `reasoning`, whether or not a `<think>` begins it: some
    /// templates write that themselves. Thoughts that do not end are all there is.
    var withThoughtsApart: Message {
        guard reasoning == nil, content.contains("think>") else { return self }
        let start = content.drop(while: \.isWhitespace)
        let opening = start.hasPrefix("<think>") ? "<think>".count : 0
        let inner = start.dropFirst(opening)
        var message = self
        if let close = inner.ranges(of: "</think>").last {
            message.reasoning = String(inner[..<close.lowerBound]).trimmedWhitespace
            message.content = String(inner[close.upperBound...]).trimmedWhitespace
        } else if opening > 0 {
            message.reasoning = String(inner).trimmedWhitespace
            message.content = ""
        }
        return message
    }
}

extension String {
    var trimmedWhitespace: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
