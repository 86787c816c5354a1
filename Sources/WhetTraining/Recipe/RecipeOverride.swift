import WhetCore
import WhetYAML

extension YAMLPlace {
    /// In a `--set` of this key.
    static func override(_ key: String) -> YAMLPlace { YAMLPlace(outsideFile: "--set \(key)") }
}

extension YAMLTree {
    /// Puts the value of a `--set key=value` in its place; what is on the way there is made if it is missing.
    ///
    /// - Throws: `RecipeError` when this is no `key=value`, or the way leads through a value that has no keys.
    mutating func apply(override text: String) throws(RecipeError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw RecipeError([
                RecipeMistake(
                    "this sets nothing", key: "", at: .override(text),
                    expected: "KEY=VALUE, such as --set rollout.group_size=4")
            ])
        }
        let key = String(text[..<equals])
        var path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let value: YAMLTree
        do {
            value = try YAMLFormat.recipe.value(
                of: String(text[text.index(after: equals)...]), key: key, at: .override(key))
        } catch {
            throw RecipeError([RecipeMistake(error)])
        }
        if path.count == 1, case .scalar(.string) = value.content, RecipeSchema.keys.hasKind(path[0]) {
            path.append("kind")
        }
        try set(value, at: path[...], key: key)
    }

    private mutating func set(_ value: YAMLTree, at path: ArraySlice<String>, key: String) throws(RecipeError) {
        guard let name = path.first else {
            self = value
            return
        }
        switch content {
        case .list(var elements):
            guard let index = Int(name), elements.indices.contains(index) else {
                let last = elements.isEmpty ? "the list is empty" : "an index from 0 to \(elements.count - 1)"
                throw RecipeError([
                    RecipeMistake(
                        "the list has no element \"\(name)\"", key: key, at: .override(key), expected: last)
                ])
            }
            try elements[index].set(value, at: path.dropFirst(), key: key)
            content = .list(elements)
        case .mapping(var members):
            if let index = members.firstIndex(where: { $0.name == name }) {
                try members[index].value.set(value, at: path.dropFirst(), key: key)
                if path.count == 1 { members[index].place = value.place }
            } else {
                var inner = YAMLTree(.mapping([]), at: value.place)
                try inner.set(value, at: path.dropFirst(), key: key)
                members.append(Member(name: name, place: value.place, value: inner))
            }
            content = .mapping(members)
        case .scalar(.null):
            content = .mapping([])
            try set(value, at: path, key: key)
        case .scalar(let scalar):
            throw RecipeError([
                RecipeMistake(
                    "what is to hold \"\(name)\" is \(scalar.inWords)", key: key, at: .override(key),
                    expected: "a key of a section, see whet recipe explain")
            ])
        }
    }

    /// Writes the `algorithm: grpo` of a recipe out as `algorithm: {name: grpo}`, and `trainer: torch` as
    /// `trainer: {kind: torch}`, so that overrides can add settings.
    mutating func expandNames() {
        guard var members else { return }
        for index in members.indices {
            let value = members[index].value
            guard case .scalar(.string) = value.content,
                let key = RecipeSchema.keys.first(where: { $0.name == members[index].name })
            else { continue }
            let isNamed = if case .named = key.kind { true } else { false }
            guard isNamed || RecipeSchema.keys.hasKind(key.name) else { continue }
            members[index].value.content = .mapping([
                Member(name: isNamed ? "name" : "kind", place: value.place, value: value)
            ])
        }
        content = .mapping(members)
    }
}

extension [RecipeKey] {
    /// Whether one of these is a section whose kind may stand for it.
    fileprivate func hasKind(_ name: String) -> Bool {
        guard case .section(let inner)? = first(where: { $0.name == name })?.kind else { return false }
        return inner.contains { $0.name == "kind" }
    }
}
