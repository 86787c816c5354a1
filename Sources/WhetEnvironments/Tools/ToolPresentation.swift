import WhetCore
import WhetText

/// How a policy is told of tools and of what they say.
public enum ToolPresentation: String, Hashable, Sendable, CaseIterable {
    /// As the model's chat template does it: tools are handed to the template, results are messages of the role `tool`.
    case template
    /// In words, for any template: tools are described in the system message, results are in a user message.
    case messages
    /// Nobody tells of tools, results are in a user message: for a policy that knows its tools from training.
    case silent

    /// What the system message says of the tools.
    func instructions(_ definitions: [ToolDefinition], _ syntax: ToolCallSyntax) -> String {
        if syntax == .pythonBlock {
            let python = definitions.first { $0.name == ToolCallSyntax.pythonTool }
            return """
                You can run Python while you work. \(python?.description ?? "")
                Write the code in a fenced block and end your turn:

                \(syntax.example)

                You are then shown what it printed. When you need no more code, give your answer without a block \
                of Python.
                """
        }
        let list = definitions.map { $0.json.text(style: .spaced) }.joined(separator: "\n")
        return """
            You can use these tools; each line describes one, its arguments as a JSON schema:

            \(list)

            To use a tool, write the following and end your turn; write it again for each further call:

            \(syntax.example)

            You are then shown the results, in the order of the calls. When you need no more tools, give your answer.
            """
    }

    /// - Parameters:
    ///   - base: the environment's opening messages.
    ///   - instructions: from `instructions`.
    func opening(_ base: [Message], _ instructions: String) -> [Message] {
        guard self == .messages else { return base }
        guard let first = base.first, first.role == .system else { return [Message(.system, instructions)] + base }
        return [Message(.system, first.content + "\n\n" + instructions)] + base.dropFirst()
    }

    /// The environment's own opening messages: what `opening` was given.
    ///
    /// - Throws: `WhetError` for messages that were made with other tools.
    func base(_ opening: [Message], _ instructions: String, at place: String) throws -> [Message] {
        guard self == .messages else { return opening }
        if let first = opening.first, first.role == .system {
            if first.content == instructions { return Array(opening.dropFirst()) }
            if first.content.hasSuffix("\n\n" + instructions) {
                let words = String(first.content.dropLast(instructions.count + 2))
                return [Message(.system, words)] + opening.dropFirst()
            }
        }
        throw WhetError(
            "the task was made with other tools", at: place,
            expected: "a system message that describes the environment's tools")
    }

    /// - Parameter results: of the calls of one turn; ids are their calls'.
    func replies(_ results: [(id: String, text: String)], _ syntax: ToolCallSyntax) -> [Message] {
        switch self {
        case .template: results.map { Message(.tool, $0.text, toolCallID: $0.id) }
        case .messages, .silent:
            [
                Message(
                    .user,
                    results.map { Self.fences(syntax).before + $0.text + Self.fences(syntax).after }
                        .joined(separator: "\n"))
            ]
        }
    }

    /// What `replies` wrote of `count` results; fewer texts where they cannot be told apart.
    func results(in replies: [Message], of count: Int, _ syntax: ToolCallSyntax) -> [String] {
        guard self != .template else { return replies.map(\.content) }
        let (before, after) = Self.fences(syntax)
        let text = replies.map(\.content).joined(separator: "\n")
        guard text.hasPrefix(before), text.hasSuffix(after), text.count >= before.count + after.count else {
            return [text]
        }
        let inner = String(text.dropFirst(before.count).dropLast(after.count))
        let pieces = inner.split(separator: after + "\n" + before, omittingEmptySubsequences: false).map(String.init)
        return pieces.count == count ? pieces : [inner]
    }

    private static func fences(_ syntax: ToolCallSyntax) -> (before: String, after: String) {
        syntax == .pythonBlock ? ("```output\n", "\n```") : ("<tool_response>\n", "\n</tool_response>")
    }
}
