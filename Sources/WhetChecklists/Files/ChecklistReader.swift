import WhetCore
import WhetYAML

/// Reads the turns of a checklist; what is wrong is noted, and nil takes its place.
struct ChecklistReader {
    /// Which keys may be absent.
    enum Style {
        /// A person's file: all that has a natural default may be left out.
        case handwritten
        /// CM2's JSON, where every key is there.
        case complete
    }

    let mistakes: YAMLMistakes
    let style: Style
    /// The tools that the dialogue offers; nil where nobody knows.
    var tools: [String]?

    static let itemKeys = [
        "id", "question", "focus_on", "pass_condition", "failure_examples", "evidence", "required_for_next_turn",
        "weight", "dependence", "check", "extra_info",
    ]

    /// Lists of items, as they were written; nil where something of them could not be read.
    func turns(_ lists: [(tree: YAMLTree, path: String)]) -> [Checklist.Turn]? {
        guard !lists.isEmpty else { return [] }
        let turns = lists.map { turn($0.tree, $0.path) }
        return turns.contains { $0 == nil } ? nil : turns.compactMap(\.self)
    }

    private func turn(_ tree: YAMLTree, _ path: String) -> Checklist.Turn? {
        guard let elements = tree.elements else {
            mistakes.note("this is \(tree.value.inWords)", path, at: tree.place, expected: "a list of items")
            return nil
        }
        guard !elements.isEmpty else {
            mistakes.note(
                "this turn has no items", path, at: tree.place, expected: "at least one",
                remedy: "ask for what the turn's reply should do")
            return nil
        }
        let items = elements.enumerated().map { index, element in item(element, "\(path).\(index)") }
        let read = zip(items, elements).compactMap { item, element in item.map { WrittenItem($0, element) } }
        guard read.count == items.count else { return nil }
        var turn = read
        if style == .handwritten, elements.allSatisfy({ $0["weight"].map(\.isNull) ?? true }) {
            for index in turn.indices { turn[index].item.weight = 1 / Double(turn.count) }
        }
        check(turn, at: tree.place, path)
        return Checklist.Turn(items: turn.map(\.item))
    }

    /// nil where a mistake was noted.
    func item(_ tree: YAMLTree, _ path: String) -> ChecklistItem? {
        guard let section = YAMLSection(tree, path, keys: Self.itemKeys, mistakes) else { return nil }
        let before = mistakes.count
        let id = filled(section, "id", "a name that no other item of the turn has")
        let question = filled(section, "question", "a question that is answered yes or no")
        let focuses = ChecklistItem.Focus.allCases.map(\.rawValue).joined(separator: ", ")
        let focus = section.required(
            "focus_on", section.choice("focus_on", ChecklistItem.Focus.self), expected: "one of \(focuses)")
        let check = section["check"].flatMap { self.check($0, section.path(of: "check"), focus: focus) }
        let condition = section.text("pass_condition")
        if condition == nil, section["check"] == nil {
            _ = section.required("pass_condition", condition, expected: "what has to be so")
        }
        let weight = section.number("weight", in: 0...1, "a number from 0 to 1")
        if style == .complete { _ = section.required("weight", weight, expected: "a number from 0 to 1") }
        let isRequired = section.flag("required_for_next_turn")
        if style == .complete { _ = section.required("required_for_next_turn", isRequired, expected: "true or false") }
        let evidence = section.list("evidence")?.enumerated()
            .compactMap { self.evidence($1, section.path(of: "evidence.\($0)")) }
        let failures = section.texts("failure_examples")
        let dependences = section.texts("dependence")
        guard mistakes.count == before, let id, let question, let focus else { return nil }
        return ChecklistItem(
            id: id, question: question, focus: focus, passCondition: condition ?? "",
            failureExamples: failures ?? [], evidence: evidence ?? [], isRequiredForNextTurn: isRequired ?? false,
            weight: weight ?? 0, dependences: dependences ?? [], check: check,
            extraInformation: section["extra_info"]?.value)
    }

    private func filled(_ section: YAMLSection, _ name: String, _ expected: String) -> String? {
        guard let text = section.required(name, section.text(name), expected: expected), let tree = section[name]
        else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            mistakes.note("this is empty", section.path(of: name), at: tree.place, expected: expected)
            return nil
        }
        return text
    }

    private func evidence(_ tree: YAMLTree, _ path: String) -> ChecklistItem.Evidence? {
        let keys = ["turn", "step", "from", "snippet"]
        guard let section = YAMLSection(tree, path, keys: keys, mistakes) else { return nil }
        let count = "a whole number of at least 0"
        let turn = section.required("turn", section.integer("turn", in: 0...(.max)), expected: count)
        let step = section.required("step", section.integer("step", in: 0...(.max)), expected: count)
        let sources = ChecklistItem.Evidence.Source.allCases.map(\.rawValue).joined(separator: ", ")
        let source = section.required(
            "from", section.choice("from", ChecklistItem.Evidence.Source.self), expected: "one of \(sources)")
        let snippet = section.required("snippet", section.text("snippet"), expected: "what was written there")
        guard let turn, let step, let source, let snippet else { return nil }
        return ChecklistItem.Evidence(turn: turn, step: step, source: source, snippet: snippet)
    }
}

/// An item, and where it was written.
struct WrittenItem {
    var item: ChecklistItem
    let tree: YAMLTree

    init(_ item: ChecklistItem, _ tree: YAMLTree) {
        self.item = item
        self.tree = tree
    }

    /// Where a key's value is, or the item.
    func place(of key: String) -> YAMLPlace { tree.place(of: key) }
}
