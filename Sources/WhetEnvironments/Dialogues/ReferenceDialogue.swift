import WhetChecklists
import WhetCore
import WhetText

/// A reference dialogue as a task: how it opens, what the user says later, what the tools said.
struct ReferenceDialogue: Sendable {
    let id: String
    /// As far as the user's first message.
    let opening: [Message]
    /// What the user says after that.
    let userTurns: [String]
    let tools: [ToolDefinition]
    let recordedCalls: [RecordedCall]
    let checklists: [Checklist]
    private let rest: [Message]
    /// What a playing user wants; nil where the record does not say.
    let goal: String?

    /// - Throws: `WhetError` that names the record, where it is no dialogue or its tools are none.
    init(_ record: ChecklistRecord) throws {
        id = record.id
        do {
            let messages = try record.messages.map(Message.init(json:))
            guard let first = messages.firstIndex(where: { $0.role == .user }) else {
                throw WhetError("there is no message of the user")
            }
            opening = Array(messages[...first])
            rest = Array(messages[(first + 1)...])
            userTurns = rest.filter { $0.role == .user }.map(\.content)
            recordedCalls = try Self.calls(in: rest)
            tools = try Self.definitions(record.tools)
            checklists = record.checklists
            goal = record.others["user_goal"]?.string
        } catch let error as WhetError {
            throw error.within("dialogue \(record.id)")
        }
    }

    /// All that playing and judging it needs.
    var problem: JSONValue {
        var object: JSONObject = [
            "uuid": .string(id), "user_turns": .array(userTurns.map(JSONValue.string)),
            "tool_calls": .array(
                recordedCalls.map {
                    ["name": .string($0.call.name), "arguments": $0.call.arguments, "result": .string($0.result)]
                }),
            "checklists": .array(checklists.map(\.json)),
        ]
        if let goal { object["user_goal"] = .string(goal) }
        return .object(object)
    }

    /// How the reference's assistant went on, with its calls written as Hermes has them, and the user's words between;
    /// what tools said is left out.
    var demonstration: [Message] {
        rest.compactMap { message in
            guard message.role == .assistant else { return message.role == .user ? message : nil }
            let calls = message.toolCalls.map { call -> String in
                let object: JSONValue = ["name": .string(call.name), "arguments": call.arguments]
                return "<tool_call>\n\(object.text(style: .spaced))\n</tool_call>"
            }
            return Message(.assistant, ([message.content] + calls).filter { !$0.isEmpty }.joined(separator: "\n"))
        }
    }

    /// Each call with the answer that followed it: the one that names it, or the next.
    private static func calls(in messages: [Message]) throws -> [RecordedCall] {
        var recorded: [RecordedCall] = []
        for (index, message) in messages.enumerated() where !message.toolCalls.isEmpty {
            let answers = messages[(index + 1)...].prefix { $0.role == .tool }
            for (number, call) in message.toolCalls.enumerated() {
                let named = answers.first { $0.toolCallID != nil && $0.toolCallID == call.id }
                let place = answers.startIndex + number
                guard let answer = named ?? (answers.indices.contains(place) ? answers[place] : nil) else {
                    throw WhetError("the call of \(call.name) has no answer", at: "message \(index)")
                }
                recorded.append(RecordedCall(call, result: answer.content))
            }
        }
        return recorded
    }

    /// OpenAI's form, or the function alone; CM2's later files have it as JSON text.
    private static func definitions(_ tools: JSONValue) throws -> [ToolDefinition] {
        let list = try tools.string.map { try JSONValue(parsing: $0) } ?? tools
        guard let elements = list.isNull ? [] : list.array else {
            throw WhetError("the tools are \(list.inWords)", expected: "a list of declarations in OpenAI's form")
        }
        return try elements.map { element in
            let function = element["function"] ?? element
            return try ToolDefinition(
                function.required("name", "a text", \.string), function["description"]?.string ?? "",
                parameters: function["parameters"] ?? .null, origin: .foreign)
        }
    }
}
