/// One message of a conversation, as chat templates and OpenAI-compatible servers know it.
public struct Message: Hashable, Sendable {
    /// Who says it.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        case system, user, assistant, tool
    }

    /// A tool that the assistant asked to be run.
    public struct ToolCall: Hashable, Sendable {
        /// What the tool's answer refers to; nil where a template has none.
        public var id: String?
        /// Of the tool.
        public var name: String
        /// An object; what the tool is called with.
        public var arguments: JSONValue

        public init(id: String? = nil, name: String, arguments: JSONValue) {
            self.id = id
            self.name = name
            self.arguments = arguments
        }
    }

    /// Who says it.
    public var role: Role
    /// What is said; parts of other kinds than text are refused when a message is read.
    public var content: String
    /// What the assistant thought before it answered, where a template keeps it apart.
    public var reasoning: String?
    /// What the assistant asks to be run, in its order.
    public var toolCalls: [ToolCall]
    /// For `role == .tool`: the call that this answers.
    public var toolCallID: String?

    public init(
        _ role: Role, _ content: String, reasoning: String? = nil, toolCalls: [ToolCall] = [], toolCallID: String? = nil
    ) {
        self.role = role
        self.content = content
        self.reasoning = reasoning
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
    }
}

extension Message {
    /// The message in OpenAI's form: `role`, `content` and, where there are any, `reasoning_content`, `tool_calls`
    /// and `tool_call_id`. Templates and servers read this.
    public var json: JSONValue {
        var object: JSONObject = ["role": .string(role.rawValue), "content": .string(content)]
        if let reasoning { object["reasoning_content"] = .string(reasoning) }
        if !toolCalls.isEmpty {
            object["tool_calls"] = .array(
                toolCalls.map { call in
                    var entry: JSONObject = [:]
                    if let id = call.id { entry["id"] = .string(id) }
                    entry["type"] = "function"
                    entry["function"] = ["name": .string(call.name), "arguments": call.arguments]
                    return .object(entry)
                })
        }
        if let toolCallID { object["tool_call_id"] = .string(toolCallID) }
        return .object(object)
    }

    /// Reads OpenAI's form. `arguments` of a tool call may be an object or, as OpenAI sends it, JSON text.
    ///
    /// - Throws: `WhetError` that names the missing or wrong key.
    public init(json: JSONValue) throws {
        guard let name = json["role"]?.string else {
            throw WhetError(
                "a message has no role", expected: "one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let role = Role(rawValue: name) else {
            throw WhetError.unknownName(name, kind: "role", among: Role.allCases.map(\.rawValue))
        }
        let content: String
        switch json["content"] {
        case .string(let text): content = text
        case nil, .null: content = ""
        case .array(let parts): content = try parts.map(Message.text(ofPart:)).joined()
        default: throw WhetError("a message's content is neither text nor a list of parts")
        }
        self.init(role, content, reasoning: json["reasoning_content"]?.string, toolCallID: json["tool_call_id"]?.string)
        toolCalls = try (json["tool_calls"]?.array ?? []).map { entry in
            let function = entry["function"] ?? entry
            guard let name = function["name"]?.string else { throw WhetError("a tool call has no name") }
            var arguments = function["arguments"] ?? [:]
            if let text = arguments.string { arguments = try JSONValue(parsing: text) }
            return ToolCall(id: entry["id"]?.string, name: name, arguments: arguments)
        }
    }

    private static func text(ofPart part: JSONValue) throws -> String {
        guard part["type"]?.string == "text", let text = part["text"]?.string else {
            throw WhetError("a message has a content part that is not text", expected: #"{"type": "text", "text": …}"#)
        }
        return text
    }
}
