import WhetCore

/// A value of a recipe with the place where it was written, before anything is known of what it should be.
struct RecipeTree: Sendable {
    struct Member: Sendable {
        var name: String
        /// Of the key itself.
        var place: RecipePlace
        var value: RecipeTree
    }

    enum Content: Sendable {
        case scalar(JSONValue)
        case list([RecipeTree])
        case mapping([Member])
    }

    var content: Content
    var place: RecipePlace

    var members: [Member]? { if case .mapping(let members) = content { members } else { nil } }
    var elements: [RecipeTree]? { if case .list(let elements) = content { elements } else { nil } }

    subscript(name: String) -> RecipeTree? { members?.first { $0.name == name }?.value }

    /// The value without its places.
    var value: JSONValue {
        switch content {
        case .scalar(let value): value
        case .list(let elements): .array(elements.map(\.value))
        case .mapping(let members):
            .object(JSONObject(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { _, last in last }))
        }
    }

    /// The place of a dotted key, or of the nearest thing around it that was written.
    func place(of key: String) -> RecipePlace {
        var tree = self
        for part in key.split(separator: ".").map(String.init) {
            if let index = Int(part), let elements = tree.elements, elements.indices.contains(index) {
                tree = elements[index]
            } else if let next = tree[part] {
                tree = next
            } else {
                break
            }
        }
        return tree.place
    }
}

extension JSONValue {
    /// The value in the words of an error: what it is and, if it is short, itself.
    var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer, .number: "the number \(text())"
        case .string(let text): "the text \"\(text.count > 40 ? text.prefix(40) + "…" : text[...])\""
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}
