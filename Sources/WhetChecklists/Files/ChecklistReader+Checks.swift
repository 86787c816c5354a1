import WhetCore
import WhetYAML

// What code looks at: read here, and what it cannot look at is refused.

extension ChecklistReader {
    /// nil where a mistake was noted.
    func check(_ tree: YAMLTree, _ path: String, focus: ChecklistItem.Focus?) -> ItemCheck? {
        let kinds = ItemCheck.Kind.allCases.map(\.rawValue)
        guard let section = YAMLSection(tree, path, keys: nil, mistakes) else { return nil }
        let named = section.tree.members?.compactMap { ItemCheck.Kind(rawValue: $0.name) } ?? []
        guard named.count == 1, let kind = named.first else {
            let first = section.tree.members?.first?.name
            mistakes.note(
                named.isEmpty ? "this names no kind of check" : "this names \(named.count) kinds of check", path,
                at: tree.place, expected: "one of \(kinds.joined(separator: ", "))",
                suggestion: named.isEmpty ? first?.nearest(among: kinds) : nil)
            return nil
        }
        if let focus, (kind == .toolCalled) != (focus == .toolCalls) {
            mistakes.note(
                "\(kind.rawValue) cannot look at \(focus.rawValue)", path, at: tree.place,
                expected: kind == .toolCalled
                    ? "focus_on: \(ChecklistItem.Focus.toolCalls.rawValue)"
                    : "tool_called, or a focus_on with text, such as \(ChecklistItem.Focus.reply.rawValue)")
            return nil
        }
        switch kind {
        case .toolCalled: return toolCalled(tree, path)
        case .textContains: return textContains(tree, path)
        case .textMatches: return textMatches(tree, path)
        case .numberEquals: return numberEquals(tree, path)
        }
    }

    private func toolCalled(_ tree: YAMLTree, _ path: String) -> ItemCheck? {
        let key = ItemCheck.Kind.toolCalled.rawValue
        guard YAMLSection(tree, path, keys: [key], mistakes) != nil, let inner = tree[key],
            let section = YAMLSection(
                inner, path.dotted(key), keys: ["name", "arguments", "arguments_include"], mistakes),
            let name = section.required("name", section.text("name"), expected: "a tool's name")
        else { return nil }
        if let tools, !tools.contains(name) {
            mistakes.note(
                "there is no tool \"\(name)\", so this can never be met", section.path(of: "name"),
                at: section["name"]?.place ?? inner.place, expected: "one of \(tools.joined(separator: ", "))",
                suggestion: name.nearest(among: tools))
        }
        if section["arguments"] != nil, let other = section["arguments_include"] {
            mistakes.note(
                "arguments and arguments_include are both given", section.path, at: other.place,
                expected: "one of the two")
        }
        let before = mistakes.count
        func object(_ key: String) -> JSONObject? {
            guard let tree = section[key] else { return nil }
            return tree.value.object ?? section.wrong(tree, key, expected: "a mapping of arguments")
        }
        let exact = object("arguments")
        let included = object("arguments_include")
        guard mistakes.count == before else { return nil }
        if let exact { return .toolCalled(name: name, arguments: .exactly(exact)) }
        return .toolCalled(name: name, arguments: included.map(ItemCheck.Arguments.including) ?? .any)
    }

    private func textContains(_ tree: YAMLTree, _ path: String) -> ItemCheck? {
        let key = ItemCheck.Kind.textContains.rawValue
        guard let section = YAMLSection(tree, path, keys: [key, "ignoring_case"], mistakes) else { return nil }
        let texts = section[key]?.value.string.map { [$0] } ?? section.texts(key)
        let ignoresCase = section.flag("ignoring_case") ?? false
        guard let texts, !texts.isEmpty, texts.allSatisfy({ !$0.isEmpty }) else {
            mistakes.note(
                "every text contains this", section.path(of: key), at: section[key]?.place ?? tree.place,
                expected: "a text, or a list of texts, none of them empty")
            return nil
        }
        return .textContains(texts, ignoresCase: ignoresCase)
    }

    private func textMatches(_ tree: YAMLTree, _ path: String) -> ItemCheck? {
        let key = ItemCheck.Kind.textMatches.rawValue
        guard let section = YAMLSection(tree, path, keys: [key], mistakes),
            let pattern = section.required(key, section.text(key), expected: "a regular expression")
        else { return nil }
        do {
            _ = try TextPattern(pattern)
        } catch {
            mistakes.note(
                error as? WhetError ?? WhetError("\(error)"), section.path(of: key),
                at: section[key]?.place ?? tree.place)
            return nil
        }
        return .textMatches(pattern)
    }

    private func numberEquals(_ tree: YAMLTree, _ path: String) -> ItemCheck? {
        let key = ItemCheck.Kind.numberEquals.rawValue
        guard let section = YAMLSection(tree, path, keys: [key, "tolerance", "place"], mistakes) else {
            return nil
        }
        let before = mistakes.count
        let all = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let number = section.required(key, section.number(key, in: all, "a number"), expected: "a number")
        let tolerance = section.number("tolerance", in: 0...(.greatestFiniteMagnitude), "a number of at least 0")
        let place = section.choice("place", ItemCheck.NumberPlace.self)
        guard mistakes.count == before, let number else { return nil }
        return .numberEquals(number, tolerance: tolerance ?? ItemCheck.standardTolerance, place: place ?? .last)
    }
}
