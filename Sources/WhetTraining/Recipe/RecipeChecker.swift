import WhetCore
import WhetYAML

/// Holds a tree against the schema: what comes out has every key, in the schema's order and of the right type.
///
/// Keeps: every mistake is noted, none stops the check; a key with a mistake gets its default, so that the rest can be
/// checked on.
struct RecipeChecker {
    private(set) var mistakes: [RecipeMistake] = []

    mutating func section(_ tree: YAMLTree, keys: [RecipeKey], path: String = "") -> JSONObject {
        guard let members = tree.members ?? (tree.value == .null ? [] : nil) else {
            note("this is \(tree.value.inWords)", path, tree.place, expected: "\(RecipeKey.Kind.section(keys))")
            return RecipeSchema.defaults(of: keys)
        }
        let known = known(members, of: keys, path: path)
        var result: JSONObject = [:]
        for key in keys {
            let inner = path.dotted(key.name)
            if let member = known[key.name] {
                result[key.name] = value(member.value, of: key.kind, path: inner) ?? fallback(key, path: inner)
            } else {
                if key.defaultValue == nil {
                    note("the key is missing", inner, tree.place, expected: "\(key.kind)")
                }
                result[key.name] = fallback(key, path: inner)
            }
        }
        return result
    }

    /// The members by their keys' proper names; notes those that are unknown or there under two names.
    private mutating func known(
        _ members: [YAMLTree.Member], of keys: [RecipeKey], path: String
    ) -> [String: YAMLTree.Member] {
        var known: [String: YAMLTree.Member] = [:]
        for member in members {
            guard let key = keys.first(where: { $0.name == member.name || $0.aliases.contains(member.name) }) else {
                let names = keys.map(\.name)
                note(
                    "there is no such key", path.dotted(member.name), member.place,
                    expected: "one of \(names.joined(separator: ", "))",
                    suggestion: member.name.nearest(among: names) ?? RecipeSchema.key(named: member.name))
                continue
            }
            if let other = known[key.name] {
                // What --set gives replaces what the file says under the other name.
                switch (other.place.line, member.place.line) {
                case (_?, nil): known[key.name] = member
                case (nil, _?): continue
                default:
                    note(
                        "\"\(other.name)\" and \"\(member.name)\" mean the same", path.dotted(member.name),
                        member.place, expected: "one of the two")
                }
            } else {
                known[key.name] = member
            }
        }
        return known
    }

    private mutating func fallback(_ key: RecipeKey, path: String) -> JSONValue {
        guard let value = key.defaultValue else {
            return if case .sections = key.kind { [] } else { "" }
        }
        if case .section(let keys) = key.kind { return .object(RecipeSchema.defaults(of: keys)) }
        if case .named = key.kind { return ["name": value] }
        if case .levels = key.kind { return [value, value] }
        return value
    }

    /// The value in its canonical form; nil, with a mistake noted, if it is not what `kind` asks for.
    private mutating func value(_ tree: YAMLTree, of kind: RecipeKey.Kind, path: String) -> JSONValue? {
        let value = tree.value
        switch kind {
        case .optional(let inner):
            return value == .null ? .null : self.value(tree, of: inner, path: path)
        case .section(let keys):
            return .object(section(tree, keys: keys, path: path))
        case .sections(let keys):
            guard let elements = tree.elements else { return wrong(tree, kind, path) }
            return .array(
                elements.enumerated().map { .object(section($1, keys: keys, path: path.dotted("\($0)"))) })
        case .list(let element, let count):
            guard let elements = tree.elements, count.contains(elements.count) else { return wrong(tree, kind, path) }
            let values = elements.enumerated().map { self.value($1, of: element, path: path.dotted("\($0)")) }
            return values.contains(nil) ? nil : .array(values.compactMap(\.self))
        case .settings:
            if value == .null { return [:] }
            guard tree.members != nil else { return wrong(tree, kind, path) }
            return value
        case .named:
            if case .string = value { return ["name": value] }
            guard tree.members != nil else { return wrong(tree, kind, path) }
            guard case .string? = value["name"] else {
                note("the name is missing", path, tree.place, expected: "\(kind)")
                return nil
            }
            return value
        case .integer, .number, .boolean, .text, .choice, .levels:
            return scalar(value, of: kind) ?? wrong(tree, kind, path)
        }
    }

    private func scalar(_ value: JSONValue, of kind: RecipeKey.Kind) -> JSONValue? {
        switch (kind, value) {
        case (.integer(let range), .integer(let number)) where range.contains(number): return value
        case (.number(let range), .integer), (.number(let range), .number):
            guard let number = value.double, range.contains(number) else { return nil }
            return value
        case (.boolean, .bool): return value
        case (.text, .string(let text)) where !text.isEmpty: return value
        case (.choice(let names), .string(let name)) where names.contains(name): return value
        case (.levels(let range), .integer(let level)) where range.contains(level): return [value, value]
        case (.levels(let range), .array(let ends)):
            let levels = ends.compactMap(\.integer)
            guard ends.count == 2, levels.count == 2, levels.allSatisfy(range.contains), levels[0] <= levels[1] else {
                return nil
            }
            return value
        default: return nil
        }
    }

    private mutating func wrong(_ tree: YAMLTree, _ kind: RecipeKey.Kind, _ path: String) -> JSONValue? {
        var suggestion: String?
        if case .choice(let names) = kind { suggestion = tree.value.string?.nearest(among: names) }
        if case .boolean = kind { suggestion = tree.value.string?.meantFlag }
        note("this is \(tree.value.inWords)", path, tree.place, expected: "\(kind)", suggestion: suggestion)
        return nil
    }

    private mutating func note(
        _ problem: String, _ key: String, _ place: YAMLPlace, expected: String, suggestion: String? = nil
    ) {
        mistakes.append(RecipeMistake(problem, key: key, at: place, expected: expected, suggestion: suggestion))
    }
}
