import Foundation
import WhetCore

/// Each syntax by itself.
extension ToolCallSyntax {
    typealias Attempt = ToolCallReading.Attempt

    /// `<tool_call>…</tool_call>`, one call in each.
    func tagged(_ text: String, _ read: (String) -> Attempt) -> ToolCallReading? {
        let pieces = text.components(separatedBy: "<tool_call>")
        guard pieces.count > 1 else { return nil }
        var (content, attempts, isCutOff) = (pieces[0], [Attempt](), false)
        for piece in pieces.dropFirst() {
            if let end = piece.range(of: "</tool_call>") {
                attempts.append(read(String(piece[..<end.lowerBound])))
                content += piece[end.upperBound...]
            } else {
                isCutOff = true
                let attempt = read(piece)
                attempts.append(attempt.call == nil ? .mistake("the call has no </tool_call>") : attempt)
            }
        }
        return ToolCallReading(content, attempts, isCutOff: isCutOff)
    }

    /// What follows `[TOOL_CALLS]`. The mark is a special token, which a text may lack; the list is then all of it.
    func listed(_ text: String) -> ToolCallReading? {
        let mark = "[TOOL_CALLS]"
        guard let start = text.range(of: mark) else {
            let words = text.trimmingSpace
            guard words.hasPrefix("[{"), let list = try? JSONValue(parsing: words),
                let calls = Self.attempts(list: list),
                calls.allSatisfy({ $0.call != nil })
            else { return nil }
            return ToolCallReading("", calls)
        }
        let content = String(text[..<start.lowerBound])
        let rest = String(text[start.upperBound...]).trimmingSpace
        if rest.hasPrefix("[") || rest.hasPrefix("{") {
            guard let list = try? JSONValue(parsing: rest) else {
                return ToolCallReading(content, [.mistake("what follows [TOOL_CALLS] is not a JSON list of calls")])
            }
            return ToolCallReading(content, Self.attempts(list: list) ?? [.mistake("the list of calls is empty")])
        }
        let calls = rest.split(separator: mark).map { piece -> Attempt in
            guard let brace = piece.firstIndex(of: "{") else {
                return .mistake("a call has no arguments; write NAME[ARGS]{…}")
            }
            // Between name and arguments may stand [CALL_ID] with an id, and [ARGS].
            let name = String(piece[..<brace].prefix { $0 != "[" }).trimmingSpace
            guard let arguments = try? JSONValue(parsing: String(piece[brace...]).trimmingSpace) else {
                return .mistake("the arguments of \(name.shortened) are not JSON")
            }
            return Self.attempt(value: ["name": .string(name), "arguments": arguments])
        }
        return ToolCallReading(content, calls.isEmpty ? [.mistake("nothing follows [TOOL_CALLS]")] : calls)
    }

    /// A JSON object that is all of the text, or all after Llama's mark.
    func bare(_ text: String) -> ToolCallReading? {
        var words = text
        let tag = words.range(of: "<|python_tag|>")
        if let tag { words = String(words[tag.upperBound...]) }
        words = words.trimmingSpace
        let content = tag.map { String(text[..<$0.lowerBound]) } ?? ""
        if words.hasPrefix("{") {
            // Other JSON may be an answer.
            let isMeant = tag != nil || words.contains(#""name""#)
            guard isMeant else { return nil }
            let attempts = words.jsonObjects(separatedBy: ";").map { object -> Attempt in
                guard let value = try? JSONValue(parsing: object) else { return .mistake("the call is not JSON") }
                return Self.attempt(value: value)
            }
            if tag == nil, attempts.allSatisfy({ $0.call == nil }), (try? JSONValue(parsing: words)) != nil {
                return nil
            }
            return ToolCallReading(content, attempts)
        }
        let pieces = words.split(separator: "<function=", omittingEmptySubsequences: false).map(String.init)
        guard pieces.count > 1 else { return nil }
        var (rest, attempts) = (content + pieces[0], [Attempt]())
        for piece in pieces.dropFirst() {
            guard let close = piece.range(of: ">") else {
                attempts.append(.mistake("<function= has no >"))
                continue
            }
            let end = piece.range(of: "</function>", range: close.upperBound..<piece.endIndex)
            let name = String(piece[..<close.lowerBound]).trimmingSpace
            let body = String(piece[close.upperBound..<(end?.lowerBound ?? piece.endIndex)]).trimmingSpace
            if let arguments = try? JSONValue(parsing: body) {
                attempts.append(Self.attempt(value: ["name": .string(name), "arguments": arguments]))
            } else {
                attempts.append(.mistake("the arguments of \(name.shortened) are not JSON"))
            }
            if let end { rest += piece[end.upperBound...] }
        }
        return ToolCallReading(rest, attempts)
    }

    /// Fenced blocks of Python; each is a call.
    func fenced(_ text: String) -> ToolCallReading? {
        let pieces = text.components(separatedBy: "```python\n")
        guard pieces.count > 1 else { return nil }
        var (content, attempts, isCutOff) = (pieces[0], [Attempt](), false)
        for piece in pieces.dropFirst() {
            guard let end = piece.range(of: "```") else {
                isCutOff = true
                attempts.append(.mistake("the block of Python has no end; close it with ```"))
                continue
            }
            let code = JSONValue.string(String(piece[..<end.lowerBound]))
            attempts.append(
                .call(Message.ToolCall(name: Self.pythonTool, arguments: .object([Self.pythonArgument: code]))))
            content += piece[end.upperBound...]
        }
        return ToolCallReading(content, attempts, isCutOff: isCutOff)
    }

    // MARK: One call

    static func attempt(json text: String) -> Attempt {
        guard let value = try? JSONValue(parsing: text.trimmingSpace) else {
            return .mistake("the call is not JSON; write \(#"{"name": …, "arguments": {…}}"#)")
        }
        return attempt(value: value)
    }

    private static func attempts(list: JSONValue) -> [Attempt]? {
        let attempts = (list.array ?? [list]).map(attempt(value:))
        return attempts.isEmpty ? nil : attempts
    }

    private static func attempt(value: JSONValue) -> Attempt {
        guard let name = value["name"]?.string, !name.isEmpty else { return .mistake("a call has no \"name\"") }
        var arguments = value["arguments"] ?? value["parameters"] ?? [:]
        // As OpenAI's own form has it.
        if let text = arguments.string, let inner = try? JSONValue(parsing: text) { arguments = inner }
        guard arguments.object != nil else {
            return .mistake("the arguments of \(name.shortened) are not a JSON object")
        }
        return .call(Message.ToolCall(name: name, arguments: arguments))
    }

    /// `<function=NAME>` with a `<parameter=KEY>` for each argument. A value that is JSON counts as such.
    static func attempt(elements text: String) -> Attempt {
        var rest = Substring(text)
        func take(upTo mark: String) -> String? {
            guard let found = rest.range(of: mark) else { return nil }
            defer { rest = rest[found.upperBound...] }
            return String(rest[..<found.lowerBound])
        }
        guard take(upTo: "<function=") != nil, let name = take(upTo: ">")?.trimmingSpace, !name.isEmpty else {
            return .mistake("a call has no <function=NAME>")
        }
        guard let body = take(upTo: "</function>") else { return .mistake("the call has no </function>") }
        var parameters = Substring(body)
        var arguments: JSONObject = [:]
        while let start = parameters.range(of: "<parameter=") {
            parameters = parameters[start.upperBound...]
            guard let close = parameters.range(of: ">"), let end = parameters.range(of: "</parameter>"),
                close.upperBound <= end.lowerBound
            else { return .mistake("a parameter of \(name.shortened) has no > or no </parameter>") }
            let value = String(parameters[close.upperBound..<end.lowerBound]).trimmingSpace
            arguments[String(parameters[..<close.lowerBound])] = (try? JSONValue(parsing: value)) ?? .string(value)
            parameters = parameters[end.upperBound...]
        }
        return .call(Message.ToolCall(name: name, arguments: .object(arguments)))
    }
}

extension String {
    /// A name that somebody else chose, cut to what fits a sentence.
    fileprivate var shortened: String { count > 60 ? "\"\(prefix(60))…\"" : "\"\(self)\"" }

    /// The JSON objects that stand one after the other, whatever is wrong inside them: cut where a brace closes the
    /// first.
    fileprivate func jsonObjects(separatedBy separator: Character) -> [String] {
        var (objects, current, depth) = ([String](), "", 0)
        var (isInString, isEscaped) = (false, false)
        for character in self {
            if depth == 0, character == separator || character.isWhitespace { continue }
            current.append(character)
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isInString = false
                }
                continue
            }
            switch character {
            case "\"": isInString = true
            case "{": depth += 1
            case "}":
                depth -= 1
                if depth <= 0 {
                    objects.append(current)
                    (current, depth) = ("", 0)
                }
            default: break
            }
        }
        return current.isEmpty ? objects : objects + [current]
    }
}
