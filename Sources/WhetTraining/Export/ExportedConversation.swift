import WhetCore
import WhetStore

/// How conversations are written for other trainers.
public struct ConversationForm: Sendable {
    /// How a tool call's arguments are written.
    public enum Arguments: String, Hashable, Sendable, CaseIterable {
        /// JSON in a text, as OpenAI has it.
        case text
        /// A JSON object, as most chat templates want it.
        case object
    }

    /// Which tool calls are written as such, and not in the words that the policy wrote.
    public enum Calls: String, Hashable, Sendable, CaseIterable {
        /// Where the chat template was handed the tools; not where the prompt told of them in words, so that who learns
        /// from the answer learns what the prompt asks for.
        case auto
        /// All.
        case apart
        /// None.
        case words
    }

    /// Gives a rollout's messages with calls of tools as such (`Environment.callsApart`).
    public typealias CallsApart = @Sendable (StoredRollout) async throws -> [Message]

    public var thoughts: ThoughtForm
    public var arguments: Arguments
    public var calls: Calls
    private let callsApart: CallsApart

    public init(
        thoughts: ThoughtForm = .keep, arguments: Arguments = .text, calls: Calls = .auto,
        callsApart: @escaping CallsApart
    ) {
        self.thoughts = thoughts
        self.arguments = arguments
        self.calls = calls
        self.callsApart = callsApart
    }

    fileprivate func messages(of stored: StoredRollout) async throws -> [Message] {
        switch calls {
        case .apart: try await callsApart(stored)
        case .auto where stored.rollout.task.tools != nil: try await callsApart(stored)
        case .auto, .words: stored.rollout.messages
        }
    }
}

/// A rollout's conversation, cut where the policy begins.
struct ExportedConversation {
    let prompt: [Message]
    /// From the policy's first message to its last.
    let answer: [Message]
    /// What a chat template is handed as `tools`.
    let tools: JSONValue?

    /// - Returns: nil where the policy said nothing, or nothing but thoughts that are to be left out.
    init?(_ stored: StoredRollout, as form: ConversationForm) async throws {
        let task = stored.rollout.task
        tools = task.tools
        let messages = try await form.messages(of: stored)
        // An agent may open its conversation as it likes.
        let opening =
            messages.starts(with: task.messages)
            ? task.messages.count : messages.firstIndex { $0.role == .assistant } ?? messages.count
        prompt = Array(messages[..<opening])
        guard let last = messages[opening...].lastIndex(where: { $0.role == .assistant }) else { return nil }
        answer = messages[opening...last].map { $0.thinking(form.thoughts) }
        guard let end = answer.last, !end.content.isEmpty || !end.toolCalls.isEmpty else { return nil }
    }
}

extension JSONText {
    mutating func append(_ messages: [Message], _ arguments: ConversationForm.Arguments) {
        append(raw: "[")
        for (index, message) in messages.enumerated() {
            if index > 0 { append(raw: ",") }
            append(message, arguments)
        }
        append(raw: "]")
    }

    private mutating func append(_ message: Message, _ arguments: ConversationForm.Arguments) {
        append(raw: #"{"role":""#)
        append(raw: message.role.rawValue)
        append(raw: #"","content":"#)
        append(quoted: message.content)
        if let reasoning = message.reasoning {
            append(key: "reasoning_content")
            append(quoted: reasoning)
        }
        if !message.toolCalls.isEmpty {
            append(key: "tool_calls")
            append(.array(message.toolCalls.map { $0.json(arguments) }))
        }
        if let id = message.toolCallID {
            append(key: "tool_call_id")
            append(quoted: id)
        }
        append(raw: "}")
    }

    /// A comma and the key of one more member.
    mutating func append(key: String) {
        append(raw: ",\"")
        append(raw: key)
        append(raw: "\":")
    }
}

extension Message.ToolCall {
    fileprivate func json(_ form: ConversationForm.Arguments) -> JSONValue {
        var entry: JSONObject = [:]
        if let id { entry["id"] = .string(id) }
        entry["type"] = "function"
        let isText = form == .text || arguments.object == nil
        entry["function"] = ["name": .string(name), "arguments": isText ? .string(arguments.text()) : arguments]
        return .object(entry)
    }
}
