import WhetCore
import WhetServing
import WhetText

/// Writes the answer to one call as an OpenAI server does, whole or as a stream of pieces.
///
/// Keeps: the pieces, put together, are the whole.
struct AgentReply: Sendable {
    struct Token: ReportedToken {
        let token: Int32
        let logProbability: Float
        /// No server of the pool is asked for them.
        var alternatives: [(token: Int32, logProbability: Float)] { [] }
    }

    let id: String
    let model: String
    /// Seconds since 1970.
    let created: Int
    let request: AgentRequest
    let answer: PolicyAnswer
    let tokens: [Token]
    let finish: FinishReason
    let promptTokens: Int
    let cachedTokens: Int
    let tokenizer: Tokenizer

    private var finishReason: String { answer.calls.isEmpty || finish != .stop ? finish.rawValue : "tool_calls" }

    func whole() -> JSONText {
        var choice: JSONObject = ["index": 0]
        switch request.kind {
        case .completion: choice["text"] = .string(answer.content)
        case .chat:
            // As OpenAI does it: calls without words have no content.
            let hasContent = !answer.content.isEmpty || answer.calls.isEmpty
            var message: JSONObject = [
                "role": "assistant", "content": hasContent ? .string(answer.content) : .null, "refusal": nil,
            ]
            if let reasoning = answer.reasoning { message["reasoning_content"] = .string(reasoning) }
            if !answer.calls.isEmpty {
                message["tool_calls"] = .array(answer.calls.map { .object(Self.wire($0, arguments: Self.text($0))) })
            }
            choice["message"] = .object(message)
        }
        return text(choice, tokens: tokens, finish: finishReason, usage: usage)
    }

    /// The pieces of a stream, without `[DONE]`.
    func pieces() -> [JSONText] {
        var pieces: [JSONText] = []
        func add(_ choice: JSONObject, tokens: [Token] = [], finish: String? = nil) {
            pieces.append(
                text((["index": 0] as JSONObject).merging(choice) { $1 }, tokens: tokens, finish: finish, usage: nil))
        }
        switch request.kind {
        case .completion:
            for (index, part) in parts(of: answer.content).enumerated() {
                add(["text": .string(part)], tokens: index == 0 ? tokens : [])
            }
            add(["text": ""], tokens: answer.content.isEmpty ? tokens : [], finish: finishReason)
        case .chat:
            add(["delta": ["role": "assistant", "content": ""]], tokens: tokens)
            for part in parts(of: answer.reasoning ?? "") { add(["delta": ["reasoning_content": .string(part)]]) }
            for part in parts(of: answer.content) { add(["delta": ["content": .string(part)]]) }
            for (index, call) in answer.calls.enumerated() {
                var opening = Self.wire(call, arguments: "")
                opening["index"] = .integer(index)
                add(["delta": ["tool_calls": [.object(opening)]]])
                for part in parts(of: Self.text(call)) {
                    let more: JSONValue = ["index": .integer(index), "function": ["arguments": .string(part)]]
                    add(["delta": ["tool_calls": [more]]])
                }
            }
            add(["delta": [:]], finish: finishReason)
        }
        if request.showsUsage { pieces.append(text(nil, tokens: [], finish: nil, usage: usage)) }
        return pieces
    }

    private static func wire(_ call: Message.ToolCall, arguments: String) -> JSONObject {
        [
            "id": call.id.map(JSONValue.string) ?? .null, "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(arguments)],
        ]
    }

    private static func text(_ call: Message.ToolCall) -> String { call.arguments.text(style: .spaced) }

    /// Some characters each: agents that show what comes are to see it come.
    private func parts(of text: String) -> [String] {
        var (parts, rest) = ([String](), Substring(text))
        while !rest.isEmpty {
            parts.append(String(rest.prefix(24)))
            rest = rest.dropFirst(24)
        }
        return parts
    }

    private var usage: JSONValue {
        [
            "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(tokens.count),
            "total_tokens": .integer(promptTokens + tokens.count),
            "prompt_tokens_details": ["cached_tokens": .integer(cachedTokens)],
        ]
    }

    /// - Parameters:
    ///   - choice: nil for the piece that tells the usage.
    ///   - usage: nil in the pieces before it.
    private func text(_ choice: JSONObject?, tokens: [Token], finish: String?, usage: JSONValue?) -> JSONText {
        let object =
            switch request.kind {
            case .completion: "text_completion"
            case .chat: request.streams ? "chat.completion.chunk" : "chat.completion"
            }
        var text = JSONText()
        text.append(raw: #"{"id":"#)
        text.append(quoted: id)
        text.append(raw: #","object":"\#(object)","created":\#(created),"model":"#)
        text.append(quoted: model)
        text.append(raw: #","choices":["#)
        if let choice {
            var members = JSONText()
            members.append(.object(choice))
            text.append(raw: String(members.string.dropLast()))
            text.append(raw: #","logprobs":"#)
            if request.reportsLogProbabilities, !tokens.isEmpty {
                let writer = LogProbabilityText(tokenizer: tokenizer)
                var offset = 0
                switch request.kind {
                case .completion: writer.completion(tokens, offset: &offset, to: &text)
                case .chat: writer.chat(tokens, to: &text)
                }
            } else {
                text.append(raw: "null")
            }
            text.append(raw: #","finish_reason":"#)
            text.append(finish.map(JSONValue.string) ?? .null)
            text.append(raw: "}")
        }
        text.append(raw: "]")
        if let usage {
            text.append(raw: #","usage":"#)
            text.append(usage)
        } else if request.showsUsage {
            text.append(raw: #","usage":null"#)
        }
        text.append(raw: "}")
        return text
    }
}
