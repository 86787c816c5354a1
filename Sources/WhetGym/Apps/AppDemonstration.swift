import WhetCore
import WhetText

extension AppTasks.Form {
    /// What a policy that knows the way would say: a call a turn, and the answer.
    ///
    /// - Throws: `WhetError` where a reference solution cannot be played.
    func demonstration(_ task: AppTask, syntax: ToolCallSyntax) throws -> [Message] {
        let (program, answer) = try task.solution()
        return program.calls.map { Message(.assistant, words($0, syntax)) }
            + [Message(.assistant, "<answer>\(answer)</answer>")]
    }

    private func words(_ call: AppProgram.Call, _ syntax: ToolCallSyntax) -> String {
        switch self {
        case .json: syntax.written(call.name, call.arguments)
        case .python: "```python\nprint(\(call.python))\n```"
        }
    }
}

extension AppProgram.Call {
    /// `apis.mail.show_message(message_id=17)`
    var python: String {
        let list = arguments.map { "\($0)=\($1.python)" }.joined(separator: ", ")
        return "apis.\(name)(\(list))"
    }
}

extension JSONValue {
    /// As a Python literal. A JSON text is a Python one, but for characters beyond the basic plane and null bytes,
    /// which no solution writes.
    fileprivate var python: String {
        switch self {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .array(let elements): "[\(elements.map(\.python).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.map { "\(JSONValue.string($0).text()): \($1.python)" }.joined(separator: ", "))}"
        default: text()
        }
    }
}

extension ToolCallSyntax {
    /// A call as a policy writes it.
    fileprivate func written(_ name: String, _ arguments: JSONObject) -> String {
        let pair: (String) -> String = { key in
            JSONValue.object(["name": .string(name), key: .object(arguments)]).text(style: .spaced)
        }
        switch self {
        case .hermes, .pythonBlock: return "<tool_call>\n\(pair("arguments"))\n</tool_call>"
        case .mistral: return "[TOOL_CALLS][\(pair("arguments"))]"
        case .llama: return pair("parameters")
        case .qwenCoder:
            let parameters = arguments.map { key, value in
                // A text that would be read as other JSON is written as JSON, too.
                let plain = value.string.flatMap { (try? JSONValue(parsing: $0)) == nil ? $0 : nil }
                return "<parameter=\(key)>\n\(plain ?? value.text(style: .spaced))\n</parameter>\n"
            }
            return "<tool_call>\n<function=\(name)>\n\(parameters.joined())</function>\n</tool_call>"
        }
    }
}
