import WhetCore

/// How a model writes that it wants tools called.
///
/// Keeps: what the model wrote is untrusted: whatever it is, reading ends with calls, mistakes or nothing, in time
/// linear in its length.
public enum ToolCallSyntax: String, Hashable, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`; Qwen's models write this, too.
    case hermes
    /// `<tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>`, Qwen's models for code.
    case qwenCoder = "qwen_coder"
    /// `[TOOL_CALLS][{"name": …, "arguments": {…}}]`, or in its later form `[TOOL_CALLS]NAME[ARGS]{…}`.
    case mistral
    /// `{"name": …, "parameters": {…}}` and nothing else, several with semicolons between; or
    /// `<function=NAME>{…}</function>`.
    case llama
    /// Python in a fenced block: a call of the tool `python` with the argument `code`, as tool-integrated reasoning has
    /// it.
    case pythonBlock = "python_block"

    /// The tool that `pythonBlock` calls, and its argument.
    public static let pythonTool = "python"
    public static let pythonArgument = "code"

    /// - Throws: `WhetError` with the nearest name.
    public init(named name: String) throws {
        guard let syntax = ToolCallSyntax(rawValue: name) else {
            throw WhetError.unknownName(name, kind: "syntax of tool calls", among: Self.allCases.map(\.rawValue))
        }
        self = syntax
    }

    /// The one that a chat template writes, found by having it write a call, so no list of models is kept.
    ///
    /// Nil where the template does not write calls, or in a way that is not known here.
    public init?(of template: ChatTemplate) {
        let call = Message.ToolCall(id: "abcdefghi", name: "whet_probe", arguments: ["key": "value"])
        let messages = [Message(.user, "probe"), Message(.assistant, "", toolCalls: [call])]
        guard let text = try? template.render(messages: messages), text.contains("whet_probe") else { return nil }
        if text.contains("<function=whet_probe><parameter") || text.contains("<function=whet_probe>\n") {
            self = .qwenCoder
        } else if text.contains("<tool_call>"), text.contains(#""name""#) {
            self = .hermes
        } else if text.contains("[TOOL_CALLS]") {
            self = .mistral
        } else if text.contains("<function=whet_probe>") || text.contains(#""parameters""#) {
            self = .llama
        } else {
            return nil
        }
    }

    /// How to write a call, for a prompt that has to say it.
    public var example: String {
        switch self {
        case .hermes: "<tool_call>\n{\"name\": \"NAME\", \"arguments\": {\"KEY\": VALUE}}\n</tool_call>"
        case .qwenCoder:
            "<tool_call>\n<function=NAME>\n<parameter=KEY>\nVALUE\n</parameter>\n</function>\n</tool_call>"
        case .mistral: #"[TOOL_CALLS][{"name": "NAME", "arguments": {"KEY": VALUE}}]"#
        case .llama: #"{"name": "NAME", "parameters": {"KEY": VALUE}}"#
        case .pythonBlock: "```python\nCODE\n```"
        }
    }
}

/// What a model's words say about tools.
public struct ToolCallReading: Hashable, Sendable {
    /// One thing that was meant as a call.
    public enum Attempt: Hashable, Sendable {
        case call(Message.ToolCall)
        /// It cannot be read, and why: a sentence for the model.
        case mistake(String)

        public var call: Message.ToolCall? { if case .call(let call) = self { call } else { nil } }
    }

    /// The words beside the calls, without white space at both ends.
    public var content: String
    /// In their order; never empty.
    public var attempts: [Attempt]
    /// Whether the last call lacks its end.
    public var isCutOff = false

    init(_ content: String, _ attempts: [Attempt], isCutOff: Bool = false) {
        self.content = content.trimmingSpace
        self.attempts = attempts
        self.isCutOff = isCutOff
    }
}

extension ToolCallSyntax {
    /// Reads the calls out of a policy's words, where each can be read.
    ///
    /// - Returns: nil where there are none, or one that cannot be read or lacks its end: the words are then all
    ///   content.
    public func read(_ text: String) -> (content: String, calls: [Message.ToolCall])? {
        guard let reading = reading(text), !reading.isCutOff else { return nil }
        let calls = reading.attempts.compactMap(\.call)
        return calls.count == reading.attempts.count ? (reading.content, calls) : nil
    }

    /// Reads the calls out of a policy's words, and what was meant as one.
    ///
    /// A last call without its end counts if it can be read: some models end their turn instead of closing it.
    ///
    /// - Returns: nil where there is nothing of the kind.
    public func reading(_ text: String) -> ToolCallReading? {
        switch self {
        case .hermes: tagged(text) { Self.attempt(json: $0) }
        case .qwenCoder: tagged(text) { Self.attempt(elements: $0) }
        case .mistral: listed(text)
        case .llama: bare(text)
        case .pythonBlock: fenced(text)
        }
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
