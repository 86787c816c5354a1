import WhetCore

/// The messages of one chat call, with all that its prompt is rendered from.
struct Conversation: Sendable {
    /// As templates read them, with whatever keys the agent gave them.
    let messages: [JSONValue]
    let tools: JSONValue?
    /// What templates are given beside messages and tools.
    let variables: JSONObject
    private let keys: [MessageKey]

    /// - Throws: `WhetError` for a message that is none.
    init(messages: [JSONValue], tools: JSONValue? = nil, variables: JSONObject = [:]) throws {
        self.messages = messages
        self.tools = tools
        self.variables = variables
        keys = try messages.map(MessageKey.init)
    }

    /// The same with the policy's answer behind it.
    func answered(by message: Message) throws -> Conversation {
        try Conversation(messages: messages + [message.json], tools: tools, variables: variables)
    }

    /// Whether it says all that `earlier` says, in the same setting, and then perhaps more.
    func continues(_ earlier: Conversation) -> Bool {
        tools == earlier.tools && variables == earlier.variables && keys.starts(with: earlier.keys)
    }

    func transcript() throws -> [Message] { try messages.map { try Message(json: $0) } }
}

/// What makes two messages the same one. Agents send a policy's answer back in their own writing: without what was
/// thought, with other space around it, with null for an empty text; it is the same answer nevertheless.
private struct MessageKey: Hashable {
    let role: Message.Role
    let name: String?
    let content: String
    let calls: [Message.ToolCall]
    let toolCallID: String?

    init(_ json: JSONValue) throws {
        let message = try Message(json: json)
        role = message.role
        name = json["name"]?.string
        content = message.role == .assistant ? message.content.trimmingSpace : message.content
        calls = message.toolCalls.map { Message.ToolCall(name: $0.name, arguments: $0.arguments) }
        toolCallID = message.toolCallID
    }
}

extension String {
    /// Without the white space at its ends.
    var trimmingSpace: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
