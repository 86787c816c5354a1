import Foundation
import WhetCore
import WhetRollouts

/// How a model writes that it wants tools called.
///
/// Found by having the chat template write such a call, so no list of models is kept.
enum ToolCallSyntax: String, Hashable, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>` (Hermes, Qwen)
    case tagged
    /// `<tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>` (Qwen's coders)
    case elements
    /// `[TOOL_CALLS][{"name": …, "arguments": {…}}]` (Mistral)
    case listed
    /// `{"name": …, "parameters": {…}}` and nothing else (Llama)
    case bare

    /// Nil where the template does not write calls, or in a way that is not known here.
    init?(of format: ChatFormat) {
        let call = Message.ToolCall(id: "abcdefghi", name: "whet_probe", arguments: ["key": "value"])
        let messages = [Message(.user, "probe"), Message(.assistant, "", toolCalls: [call])]
        guard let text = try? format.template.render(messages: messages), text.contains("whet_probe") else {
            return nil
        }
        if text.contains("<function=whet_probe>") {
            self = .elements
        } else if text.contains("<tool_call>"), text.contains(#""name""#) {
            self = .tagged
        } else if text.contains("[TOOL_CALLS]"), text.contains(#""name""#) {
            self = .listed
        } else if text.contains(#""parameters""#), text.contains(#""name""#) {
            self = .bare
        } else {
            return nil
        }
    }

    /// Reads the calls out of a policy's words.
    ///
    /// - Returns: nil where there are none, or one that cannot be read: the words are then all content.
    func read(_ text: String) -> (content: String, calls: [Message.ToolCall])? {
        switch self {
        case .tagged, .elements:
            let pieces = text.split(separator: "<tool_call>", omittingEmptySubsequences: false).map(String.init)
            var (content, calls) = (pieces[0], [Message.ToolCall]())
            for piece in pieces.dropFirst() {
                guard let end = piece.range(of: "</tool_call>") else { return nil }
                let body = String(piece[..<end.lowerBound])
                guard let call = self == .tagged ? Self.call(json: body) : Self.call(elements: body) else { return nil }
                calls.append(call)
                content += piece[end.upperBound...]
            }
            return calls.isEmpty ? nil : (content.trimmingSpace, calls)
        case .listed:
            guard let start = text.range(of: "[TOOL_CALLS]") else { return nil }
            guard let list = (try? JSONValue(parsing: String(text[start.upperBound...]).trimmingSpace))?.array,
                !list.isEmpty
            else { return nil }
            let calls = list.compactMap(Self.call(value:))
            return calls.count == list.count ? (String(text[..<start.lowerBound]).trimmingSpace, calls) : nil
        case .bare:
            var words = text
            if let tag = words.range(of: "<|python_tag|>") { words = String(words[tag.upperBound...]) }
            return Self.call(json: words).map { ("", [$0]) }
        }
    }

    private static func call(json text: String) -> Message.ToolCall? {
        (try? JSONValue(parsing: text.trimmingSpace)).flatMap(call(value:))
    }

    private static func call(value: JSONValue) -> Message.ToolCall? {
        guard let name = value["name"]?.string, !name.isEmpty else { return nil }
        let arguments = value["arguments"] ?? value["parameters"] ?? [:]
        return arguments.object.map { Message.ToolCall(name: name, arguments: .object($0)) }
    }

    /// `<function=NAME>` with a `<parameter=KEY>` for each argument. A value that is JSON counts as such.
    private static func call(elements text: String) -> Message.ToolCall? {
        var rest = Substring(text)
        func take(upTo mark: String) -> String? {
            guard let found = rest.range(of: mark) else { return nil }
            defer { rest = rest[found.upperBound...] }
            return String(rest[..<found.lowerBound])
        }
        guard take(upTo: "<function=") != nil, let name = take(upTo: ">") else { return nil }
        guard let body = take(upTo: "</function>"), !name.isEmpty else { return nil }
        var parameters = Substring(body)
        var arguments: JSONObject = [:]
        while let start = parameters.range(of: "<parameter=") {
            parameters = parameters[start.upperBound...]
            guard let close = parameters.range(of: ">"), let end = parameters.range(of: "</parameter>"),
                close.upperBound <= end.lowerBound
            else { return nil }
            let value = String(parameters[close.upperBound..<end.lowerBound]).trimmingSpace
            arguments[String(parameters[..<close.lowerBound])] = (try? JSONValue(parsing: value)) ?? .string(value)
            parameters = parameters[end.upperBound...]
        }
        return Message.ToolCall(name: name, arguments: .object(arguments))
    }
}
