import WhetCore
import WhetText

extension AppTasks.Form {
    /// What a policy that knows the way would say: calls, a few a turn, and the answer.
    ///
    /// - Throws: `WhetError` where a reference solution cannot be played.
    func demonstration(_ task: AppTask, syntax: ToolCallSyntax) throws -> [Message] {
        let (program, answer) = try task.solution()
        let turns = AppProgram.turns(of: program.calls, knowing: opening(task))
        return turns.map { Message(.assistant, words($0, syntax)) }
            + [Message(.assistant, "<answer>\(answer)</answer>")]
    }

    private func words(_ calls: [AppProgram.Call], _ syntax: ToolCallSyntax) -> String {
        switch self {
        case .json: syntax.written(calls)
        case .python: "```python\n\(calls.map { "print(\($0.python))\n" }.joined())```"
        }
    }
}

extension AppProgram {
    /// How many calls a turn has at most; tools take no more.
    private static let mostInTurn = 8

    /// Calls turn by turn, so that no turn has a call that makes use of what another call of the turn told: a value of
    /// an argument was read before, or only what tells nothing was done in the turn so far.
    static func turns(of calls: [Call], knowing words: String) -> [[Call]] {
        var (turns, turn) = ([[Call]](), [Call]())
        var (known, told) = (words, "")
        for call in calls {
            let isKnown = call.arguments.values.allSatisfy { $0.isRead(in: known) }
            if !turn.isEmpty, !(isKnown || turn.allSatisfy { !$0.isQuestion }) || turn.count == mostInTurn {
                turns.append(turn)
                known += told
                (turn, told) = ([], "")
            }
            turn.append(call)
            told += call.result.text()
        }
        return turns + (turn.isEmpty ? [] : [turn])
    }
}

extension AppProgram.Call {
    /// Whether it is made for what it tells.
    fileprivate var isQuestion: Bool {
        let function = name.split(separator: ".").last ?? ""
        return ["show_", "search_", "list_", "describe_", "login"].contains { function.hasPrefix($0) }
    }

    /// `apis.mail.show_message(message_id=17)`
    fileprivate var python: String {
        let list = arguments.map { "\($0)=\($1.python)" }.joined(separator: ", ")
        return "apis.\(name)(\(list))"
    }

    fileprivate func json(_ key: String) -> String {
        JSONValue.object(["name": .string(name), key: .object(arguments)]).text(style: .spaced)
    }
}

extension JSONValue {
    /// Whether all that it holds stands in a text. What is as small as a page's number needs not be read anywhere.
    fileprivate func isRead(in words: String) -> Bool {
        switch self {
        case .null, .bool: true
        case .integer(let value): abs(value) < 100 || words.contains(String(value))
        case .number: words.contains(text())
        // As JSON, where quotation marks and ends of lines are escaped, or as it is.
        case .string(let value): words.contains(value) || words.contains(text().dropFirst().dropLast())
        case .array(let elements): elements.allSatisfy { $0.isRead(in: words) }
        case .object(let members): members.values.allSatisfy { $0.isRead(in: words) }
        }
    }

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
    /// Calls as a policy writes them.
    fileprivate func written(_ calls: [AppProgram.Call]) -> String {
        switch self {
        case .hermes, .pythonBlock:
            calls.map { "<tool_call>\n\($0.json("arguments"))\n</tool_call>" }.joined(separator: "\n")
        case .mistral: "[TOOL_CALLS][\(calls.map { $0.json("arguments") }.joined(separator: ", "))]"
        case .llama: calls.map { $0.json("parameters") }.joined(separator: "; ")
        case .qwenCoder: calls.map(elements).joined(separator: "\n")
        }
    }

    private func elements(_ call: AppProgram.Call) -> String {
        let parameters = call.arguments.map { key, value in
            // A text that would be read as other JSON is written as JSON, too.
            let plain = value.string.flatMap { (try? JSONValue(parsing: $0)) == nil ? $0 : nil }
            return "<parameter=\(key)>\n\(plain ?? value.text(style: .spaced))\n</parameter>\n"
        }
        return "<tool_call>\n<function=\(call.name)>\n\(parameters.joined())</function>\n</tool_call>"
    }
}
