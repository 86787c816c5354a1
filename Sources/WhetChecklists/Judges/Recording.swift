import WhetCore

/// A dialogue as far as a judge may see it, written so that nothing in it can be taken for anything else.
///
/// Keeps: the text is one line of JSON; whatever a message holds, no quote, line break, `<` (which every model's role
/// tokens but Mistral's begin with) and no `[` before a capital or a slash (Mistral's) gets out of it as such.
public struct Recording: Hashable, Sendable {
    /// Before the turn that is judged.
    public let earlier: [Message]
    /// The turn that is judged, as far as it has gone.
    public let current: [Message]
    /// `{"earlier": […], "current": […]}`
    let text: String
    /// Of the text: what a cache knows it by.
    let digest: SHA256.Digest

    public init(earlier: [Message], current: [Message]) {
        self.earlier = earlier
        self.current = current
        let object: JSONObject = [
            "earlier": .array(earlier.map(\.recorded)), "current": .array(current.map(\.recorded)),
        ]
        text = JSONValue.object(object).text(style: .spaced).withoutRoleTokens
        digest = SHA256.digest(of: Array(text.utf8))
    }

    public static func == (left: Recording, right: Recording) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension Message {
    /// The names of the parts are those that `focus_on` has.
    fileprivate var recorded: JSONValue {
        switch role {
        case .assistant:
            let calls = toolCalls.map { call -> JSONValue in
                ["name": .string(call.name), "arguments": call.arguments]
            }
            return [
                "role": "assistant", "content.thinking": .string(reasoning ?? ""),
                "content.user_visible_reply": .string(content), "tool_calls": .array(calls),
            ]
        default: return ["role": .string(role.rawValue), "content": .string(content)]
        }
    }
}

extension String {
    /// JSON text whose strings hold no role token of any model; it reads as the same JSON.
    var withoutRoleTokens: String {
        var bytes: [UInt8] = []
        let source = Array(utf8)
        bytes.reserveCapacity(source.count + source.count / 16)
        var isInString = false
        var index = 0
        while index < source.count {
            let byte = source[index]
            switch byte {
            case UInt8(ascii: "\""):
                isInString.toggle()
                bytes.append(byte)
            case UInt8(ascii: "\\") where isInString && index + 1 < source.count:
                bytes += [byte, source[index + 1]]
                index += 1
            case UInt8(ascii: "<") where isInString: bytes += Array("\\u003c".utf8)
            case UInt8(ascii: "[") where isInString && index + 1 < source.count && source[index + 1].opensRoleToken:
                bytes += Array("\\u005b".utf8)
            default: bytes.append(byte)
            }
            index += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether `[` before it may be Mistral's `[INST]`, `[/INST]`, `[TOOL_CALLS]` and the like.
    fileprivate var opensRoleToken: Bool { self == UInt8(ascii: "/") || 0x41...0x5A ~= self }
}
