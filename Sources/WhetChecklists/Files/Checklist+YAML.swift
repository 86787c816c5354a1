import Foundation
import WhetCore
import WhetYAML

extension YAMLFormat {
    /// A person's checklist.
    static let checklist = YAMLFormat(
        maximumValues: 100_000, maximumBrackets: 128, hasNonFiniteNumbers: false, namesKeys: true,
        words: Words(
            kind: "checklist", whole: "this",
            size: (expected: "at most \(maximumBytes)", remedy: "give each dialogue a checklist of its own"),
            text: "YAML",
            emptiness: (problem: "the file is empty", expected: "a checklist: turns, each with items"),
            indentation: "spaces"))
}

extension Checklist {
    static let keys = ["name", "tools", "turns"]

    /// Reads and checks a person's checklist.
    ///
    ///     name: opening hours
    ///     tools: [opening_hours]          # optional: what may be called; names in checks are compared with it
    ///     turns:
    ///       - items:
    ///           - id: looks
    ///             question: Did the assistant look the hours up?
    ///             focus_on: assistant.tool_calls
    ///             check: {tool_called: {name: opening_hours}}
    ///
    /// Where no item of a turn has a weight, all have the same.
    ///
    /// - Parameter file: what errors call it.
    /// - Throws: `ChecklistError` with every mistake.
    public init(yaml data: Data, file: String) throws(ChecklistError) {
        let tree: YAMLTree
        do { tree = try YAMLFormat.checklist.tree(of: data, file: file) } catch { throw ChecklistError([error.error]) }
        let mistakes = YAMLMistakes()
        guard let section = YAMLSection(tree, "", keys: Self.keys, mistakes) else {
            throw ChecklistError(mistakes.errors)
        }
        let name = section.text("name")
        let tools = section.texts("tools")
        let reader = ChecklistReader(mistakes: mistakes, style: .handwritten, tools: tools)
        let written = section.required(
            "turns", section.list("turns"), expected: "a list with an entry for each user turn")
        if let written, written.isEmpty {
            mistakes.note("there are no turns", "turns", at: section.tree.place(of: "turns"), expected: "at least one")
        }
        let lists = (written ?? []).enumerated().compactMap { index, tree -> (tree: YAMLTree, path: String)? in
            let path = "turns.\(index)"
            guard let turn = YAMLSection(tree, path, keys: ["items"], mistakes),
                let items = turn.required("items", turn["items"], expected: "a list of items")
            else { return nil }
            return (items, path.dotted("items"))
        }
        let turns = reader.turns(lists)
        try mistakes.throwIfAny()
        guard let turns else { throw ChecklistError([WhetError("the file cannot be used", at: file)]) }
        self.init(name: name, turns: turns)
    }

    /// Reads and checks turns that stand in another file, as a person writes them.
    ///
    /// - Parameters:
    ///   - turns: the list of items of each, and its dotted key.
    ///   - tools: what may be called; nil where nobody knows.
    /// - Returns: nil where a mistake was noted.
    public init?(turns: [(tree: YAMLTree, path: String)], tools: [String]? = nil, _ mistakes: YAMLMistakes) {
        let reader = ChecklistReader(mistakes: mistakes, style: .handwritten, tools: tools)
        guard let turns = reader.turns(turns) else { return nil }
        self.init(turns: turns)
    }

    /// The checklist as a person would write it; `init(yaml:)` reads the same back.
    public var yaml: String {
        var lines: [String] = []
        if let name { lines.append("name: \(name.quotedYAML)") }
        lines.append("turns:")
        for turn in turns {
            lines.append("  - items:")
            for item in turn.items {
                for (index, line) in item.yamlLines.enumerated() {
                    lines.append((index == 0 ? "      - " : "        ") + line)
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ChecklistItem {
    /// The members of the mapping, without indentation.
    fileprivate var yamlLines: [String] {
        var lines = ["id: \(id.quotedYAML)", "question: \(question.quotedYAML)", "focus_on: \(focus.rawValue)"]
        lines.append("pass_condition: \(passCondition.quotedYAML)")
        if !failureExamples.isEmpty {
            lines.append("failure_examples:")
            lines += failureExamples.map { "  - \($0.quotedYAML)" }
        }
        if !evidence.isEmpty {
            lines.append("evidence:")
            lines += evidence.map { "  - \($0.json.yamlFlow)" }
        }
        if !dependences.isEmpty {
            lines.append("dependence: \(JSONValue.array(dependences.map(JSONValue.string)).yamlFlow)")
        }
        lines.append("required_for_next_turn: \(isRequiredForNextTurn)")
        lines.append("weight: \(JSONValue.number(weight).text())")
        if let check { lines.append("check: \(JSONValue.object(check.json).yamlFlow)") }
        if let extraInformation { lines.append("extra_info: \(extraInformation.yamlFlow)") }
        return lines
    }
}

extension String {
    /// The text in double quotes, as YAML (and JSON) reads it: what cannot be printed is escaped.
    var quotedYAML: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension JSONValue {
    /// The value on one line.
    fileprivate var yamlFlow: String {
        switch self {
        case .string(let text): text.quotedYAML
        case .array(let elements): "[" + elements.map(\.yamlFlow).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key.quotedYAML): \($0.value.yamlFlow)" }.joined(separator: ", ") + "}"
        default: text()
        }
    }
}
