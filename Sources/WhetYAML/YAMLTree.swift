import WhetCore

/// A value of a YAML file with the place where it was written, before anything is known of what it should be.
public struct YAMLTree: Sendable {
    /// A key of a mapping, with its value.
    public struct Member: Sendable {
        /// The key.
        public let name: String
        /// Of the key itself.
        public var place: YAMLPlace
        /// What stands behind it.
        public var value: YAMLTree

        public init(name: String, place: YAMLPlace, value: YAMLTree) {
            self.name = name
            self.place = place
            self.value = value
        }
    }

    /// What a value is.
    public enum Content: Sendable {
        case scalar(JSONValue)
        case list([YAMLTree])
        case mapping([Member])
    }

    /// What it is.
    public var content: Content
    /// Where it was written.
    public let place: YAMLPlace
    /// Whether it is a text below `|` or `>`.
    private let isBlock: Bool

    public init(_ content: Content, at place: YAMLPlace, isBlock: Bool = false) {
        self.content = content
        self.place = place
        self.isBlock = isBlock
    }

    /// Of a mapping; nil of anything else.
    public var members: [Member]? { if case .mapping(let members) = content { members } else { nil } }
    /// Of a list; nil of anything else.
    public var elements: [YAMLTree]? { if case .list(let elements) = content { elements } else { nil } }
    /// Whether it is null, written or left out.
    public var isNull: Bool { if case .scalar(.null) = content { true } else { false } }

    /// The value of a key; nil if the mapping has none, or it is no mapping.
    public subscript(name: String) -> YAMLTree? { members?.first { $0.name == name }?.value }

    /// The value without its places.
    public var value: JSONValue {
        switch content {
        case .scalar(let value): value
        case .list(let elements): .array(elements.map(\.value))
        case .mapping(let members):
            .object(JSONObject(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { _, last in last }))
        }
    }

    /// The place of a dotted key, or of the nearest thing around it that was written.
    public func place(of key: String) -> YAMLPlace {
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

    /// Where the `line`th line of a text, from 1, stands in the file.
    public func place(ofTextLine line: Int) -> YAMLPlace {
        guard isBlock || line > 1, let first = place.line else { return place }
        return YAMLPlace(file: place.source, line: isBlock ? first + line : first + line - 1)
    }
}
