import Foundation
import WhetCore
import WhetYAML

extension ChecklistRecord {
    /// Reads CM2's JSON: a list of records, an object that has one at `data`, one record alone, or (where the file's
    /// name ends in .jsonl) a record a line.
    ///
    /// - Parameter file: what errors call it.
    /// - Throws: `ChecklistError` with every mistake.
    public static func records(json data: Data, file: String) throws(ChecklistError) -> [ChecklistRecord] {
        let trees: [(tree: YAMLTree, path: String)]
        do {
            trees = file.hasSuffix(".jsonl") ? try lines(of: data, file: file) : try list(in: data, file: file)
        } catch {
            throw ChecklistError([error as? WhetError ?? WhetError("\(error)", at: file)])
        }
        let mistakes = YAMLMistakes()
        guard !trees.isEmpty else {
            throw ChecklistError([WhetError("there are no records", at: file, expected: "dialogues with checklists")])
        }
        let records = trees.map { record($0.tree, $0.path, mistakes) }
        try mistakes.throwIfAny()
        return records.compactMap(\.self)
    }

    private static func lines(of data: Data, file: String) throws -> [(tree: YAMLTree, path: String)] {
        var trees: [(tree: YAMLTree, path: String)] = []
        for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { !" \t\r".utf8.contains($0) }) {
            trees.append((try LocatedJSON.tree(of: Array(line), file: file, line: index + 1), ""))
        }
        return trees
    }

    private static func list(in data: Data, file: String) throws -> [(tree: YAMLTree, path: String)] {
        let root = try LocatedJSON.tree(of: Array(data), file: file)
        if let elements = root.elements { return elements.enumerated().map { ($1, "\($0)") } }
        if let elements = root["data"]?.elements { return elements.enumerated().map { ($1, "data.\($0)") } }
        return [(root, "")]
    }

    private static func record(
        _ tree: YAMLTree, _ path: String, _ mistakes: YAMLMistakes
    ) -> ChecklistRecord? {
        guard let section = YAMLSection(tree, path, keys: nil, mistakes) else { return nil }
        let before = mistakes.count
        let id = section.required("uuid", section.text("uuid"), expected: "a name for the dialogue")
        let messages = section.required(
            "messages", section.list("messages"), expected: "the dialogue in OpenAI's form")
        let tools = section["tools"]?.value ?? []
        let turns = messages.flatMap { turnCount($0, section, mistakes) }
        let names = toolNames(tools)
        if names == nil, let place = section["tools"]?.place {
            mistakes.note(
                "this declares no tools", section.path(of: "tools"), at: place,
                expected: "a list of {\"type\": \"function\", \"function\": {\"name\": …}}, or that as JSON text")
        }
        let reader = ChecklistReader(mistakes: mistakes, style: .complete, tools: names)
        let checklists = variants(section).map { tree, path in
            checklist(tree, path, turns: turns, reader)
        }
        guard mistakes.count == before, let id, let messages else { return nil }
        let known: Set = ["uuid", "messages", "tools", "checklists", "checklist"]
        let others = (tree.value.object ?? [:]).filter { !known.contains($0.key) }
        return ChecklistRecord(
            id: id, messages: messages.map(\.value), tools: tools, checklists: checklists.compactMap(\.self),
            others: others)
    }

    /// The annotations: `checklists`, or an only one at `checklist`.
    private static func variants(_ section: YAMLSection) -> [(YAMLTree, String)] {
        if let single = section["checklist"], section["checklists"] == nil {
            return [(single, section.path(of: "checklist"))]
        }
        let list = section.required(
            "checklists", section.list("checklists"), expected: "a list of checklists, each with a list of items a turn"
        )
        if let list, list.isEmpty, let place = section["checklists"]?.place {
            section.mistakes.note(
                "the dialogue has no checklist", section.path(of: "checklists"), at: place, expected: "at least one")
        }
        return (list ?? []).enumerated().map { ($1, section.path(of: "checklists.\($0)")) }
    }

    private static func checklist(
        _ tree: YAMLTree, _ path: String, turns: Int?, _ reader: ChecklistReader
    ) -> Checklist? {
        guard let elements = tree.elements else {
            reader.mistakes.note("this is \(tree.value.inWords)", path, at: tree.place, expected: "a list of turns")
            return nil
        }
        if let turns, turns != elements.count {
            reader.mistakes.note(
                "there are checklists for \(elements.count) turns, and \(turns) messages of the user", path,
                at: tree.place, expected: "a list of items for each message of the user",
                remedy: elements.count > turns ? "the last can never be reached: drop them" : "write those that lack")
        }
        return reader.turns(elements.enumerated().map { ($1, "\(path).\($0)") }).map { Checklist(turns: $0) }
    }

    /// How many messages the user has; nil, with a mistake noted, where something is no message.
    private static func turnCount(
        _ messages: [YAMLTree], _ section: YAMLSection, _ mistakes: YAMLMistakes
    ) -> Int? {
        var read: [Message] = []
        for (index, tree) in messages.enumerated() {
            do { read.append(try Message(json: tree.value)) } catch {
                mistakes.note(
                    error as? WhetError ?? WhetError("\(error)"), section.path(of: "messages.\(index)"), at: tree.place)
                return nil
            }
        }
        do { return try Dialogue(read).turns.count } catch {
            mistakes.note(
                error as? WhetError ?? WhetError("\(error)"), section.path(of: "messages"),
                at: section.tree.place(of: "messages"))
            return nil
        }
    }

    /// nil where these are no declarations of tools.
    private static func toolNames(_ tools: JSONValue) -> [String]? {
        var tools = tools
        if let text = tools.string {
            guard let parsed = try? JSONValue(parsing: text) else { return nil }
            tools = parsed
        }
        guard let list = tools.array else { return nil }
        let names = list.compactMap { ($0["function"] ?? $0)["name"]?.string }
        return names.count == list.count ? names : nil
    }
}

extension Checklist {
    /// Reads and checks checklists in CM2's JSON apart from a file, as a task's private data has them.
    ///
    /// - Parameters:
    ///   - json: a list of checklists: lists of items by turn.
    ///   - place: what errors say about where they are.
    /// - Throws: `ChecklistError` with every mistake.
    public static func list(json: JSONValue, at place: String) throws(ChecklistError) -> [Checklist] {
        let mistakes = YAMLMistakes()
        let reader = ChecklistReader(mistakes: mistakes, style: .complete)
        let tree = YAMLTree(json, at: YAMLPlace(outsideFile: place))
        guard let elements = tree.elements, !elements.isEmpty else {
            throw ChecklistError([
                WhetError("this is \(json.inWords)", at: place, expected: "a list of checklists, with at least one")
            ])
        }
        let checklists = elements.enumerated().map { index, element -> Checklist? in
            guard let turns = element.elements, !turns.isEmpty else {
                mistakes.note("this is no checklist", "\(index)", at: element.place, expected: "a list of turns")
                return nil
            }
            return reader.turns(turns.enumerated().map { ($1, "\(index).\($0)") }).map { Checklist(turns: $0) }
        }
        try mistakes.throwIfAny()
        return checklists.compactMap(\.self)
    }
}

extension YAMLTree {
    /// A value that was given apart from a file, all of it at one place.
    init(_ value: JSONValue, at place: YAMLPlace) {
        switch value {
        case .array(let elements): self.init(.list(elements.map { YAMLTree($0, at: place) }), at: place)
        case .object(let members):
            self.init(
                .mapping(
                    members.map { YAMLTree.Member(name: $0.key, place: place, value: YAMLTree($0.value, at: place)) }),
                at: place)
        default: self.init(.scalar(value), at: place)
        }
    }
}
