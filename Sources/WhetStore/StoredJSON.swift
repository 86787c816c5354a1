import WhetCore

/// What is stored as JSON text: messages in OpenAI's form, a score's parts, sampling parameters.
///
/// Keeps: what was written is read back equal, `.number` as the same bits. Numbers that JSON lacks are written as the
/// texts "inf", "-inf" and "nan" where a type of ours holds them; inside a problem they are null, as everywhere in
/// JSON.
extension JSONText {
    mutating func append(messages: [Message]) {
        append(raw: "[")
        for (index, message) in messages.enumerated() {
            if index > 0 { append(raw: ",") }
            append(message)
        }
        append(raw: "]")
    }

    private mutating func append(_ message: Message) {
        guard message.toolCalls.isEmpty else { return append(message.storable.json) }
        append(raw: #"{"role":""#)
        append(raw: message.role.rawValue)
        append(raw: #"","content":"#)
        append(quoted: message.content)
        if let reasoning = message.reasoning {
            append(raw: #","reasoning_content":"#)
            append(quoted: reasoning)
        }
        if let id = message.toolCallID {
            append(raw: #","tool_call_id":"#)
            append(quoted: id)
        }
        append(raw: "}")
    }

    mutating func append(parts: [Score.Part]) {
        append(
            .array(
                parts.map { part in
                    var object: JSONObject = ["name": .string(part.name)]
                    object["value"] = .exact(part.value)
                    object["weight"] = .exact(part.weight)
                    if let reason = part.reason { object["reason"] = .string(reason) }
                    return .object(object)
                }))
    }

    mutating func append(steps: [Score.Step]) {
        append(
            .array(
                steps.map { step in
                    let items = step.items.map { item -> JSONValue in
                        ["name": .string(item.name), "weight": .exact(item.weight), "score": .exact(item.score)]
                    }
                    var object: JSONObject = ["turn": .integer(step.turn)]
                    if let reward = step.reward { object["reward"] = .exact(reward) }
                    object["items"] = .array(items)
                    return .object(object)
                }))
    }
}

extension Message {
    /// A tool call whose arguments are a text, written as JSON text, because a reader of OpenAI's form parses texts.
    fileprivate var storable: Message {
        var message = self
        for (index, call) in toolCalls.enumerated() {
            if case .string = call.arguments { message.toolCalls[index].arguments = .string(call.arguments.text()) }
        }
        return message
    }
}

extension [Message] {
    /// - Throws: `WhetError` when the JSON is no list of messages.
    init(_ document: JSONDocument) throws {
        guard let elements = document.root.elements else { throw WhetError("stored messages are no list") }
        self = try elements.map { view in
            // The plain message is read without copying the whole object.
            if view["tool_calls"] == nil, let role = view["role"]?.string.flatMap(Message.Role.init(rawValue:)),
                let content = view["content"]?.string
            {
                return Message(
                    role, content, reasoning: view["reasoning_content"]?.string,
                    toolCallID: view["tool_call_id"]?.string)
            }
            return try Message(json: view.value)
        }
    }
}

extension [Score.Part] {
    /// - Throws: `WhetError` when the JSON is no list of parts.
    init(_ document: JSONDocument) throws {
        guard let elements = document.root.elements else { throw WhetError("a stored score's parts are no list") }
        self = try elements.map { view in
            guard let name = view["name"]?.string, let value = view["value"]?.value.exactDouble,
                let weight = view["weight"]?.value.exactDouble
            else { throw WhetError("a stored part of a score lacks its name, value or weight") }
            return Score.Part(name, value: value, weight: weight, reason: view["reason"]?.string)
        }
    }
}

extension [Score.Step] {
    /// - Throws: `WhetError` when the JSON is no list of steps.
    init(_ document: JSONDocument) throws {
        let broken = WhetError("a stored score's steps are not whole")
        guard let elements = document.root.elements else { throw broken }
        self = try elements.map { view in
            guard let turn = view["turn"]?.integer, let items = view["items"]?.elements else { throw broken }
            return Score.Step(
                turn: turn, reward: view["reward"]?.value.exactDouble,
                items: try items.map { item in
                    guard let name = item["name"]?.string, let weight = item["weight"]?.value.exactDouble,
                        let score = item["score"]?.value.exactDouble
                    else { throw broken }
                    return Score.Step.Item(name, weight: weight, score: score)
                })
        }
    }
}

extension SamplingParameters {
    /// The JSON that the store keeps; equal parameters give equal text.
    var storedText: String {
        var object: JSONObject = ["temperature": .exact(temperature), "top_p": .exact(topP)]
        object["top_k"] = topK.map { .integer($0) } ?? .null
        object["maximum_new_tokens"] = .integer(maximumNewTokens)
        object["stop_strings"] = .array(stopStrings.map { .string($0) })
        object["stop_tokens"] = .array(stopTokens.map { .integer(Int($0)) })
        return JSONValue.object(object).text()
    }

    /// - Throws: `WhetError` when a value is missing.
    init(stored text: String) throws {
        let root = try JSONDocument(parsing: text).root
        guard let temperature = root["temperature"]?.value.exactDouble, let topP = root["top_p"]?.value.exactDouble,
            let maximum = root["maximum_new_tokens"]?.integer, let stopTokens = root["stop_tokens"]?.tokens,
            let stopStrings = root["stop_strings"]?.elements
        else { throw WhetError("stored sampling parameters are not whole: \(text)") }
        self.init(
            temperature: temperature, topP: topP, topK: root["top_k"]?.integer, maximumNewTokens: maximum,
            stopStrings: stopStrings.compactMap(\.string), stopTokens: stopTokens)
    }
}

extension JSONValue {
    /// A number, or the name of one that JSON lacks.
    static func exact(_ number: Double) -> JSONValue { number.isFinite ? .number(number) : .string("\(number)") }

    /// Reads `exact`.
    var exactDouble: Double? { double ?? string.flatMap(Double.init) }
}
