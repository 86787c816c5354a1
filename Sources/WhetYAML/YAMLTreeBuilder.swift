import WhetCore
internal import Yams

/// Turns Yams' nodes into a tree.
struct YAMLTreeBuilder {
    /// What Yams gives values that have no tag of their own.
    private static let impliedTags = Set(
        ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge", "value"].map {
            "tag:yaml.org,2002:\($0)"
        })

    private let format: YAMLFormat
    private let file: String
    /// Where all of it counts as written, if not where it stands in the file.
    private let only: YAMLPlace?
    private var values = 0

    init(format: YAMLFormat, file: String, only: YAMLPlace? = nil) {
        self.format = format
        self.file = file
        self.only = only
    }

    mutating func tree(of node: Node, key: String = "", depth: Int = 0) throws(YAMLMistake) -> YAMLTree {
        let place = place(of: node)
        func mistake(
            _ problem: String, at place: YAMLPlace, expected: String? = nil, remedy: String? = nil
        ) -> YAMLMistake {
            YAMLMistake(problem, key: format.namesKeys ? key : "", at: place, expected: expected, remedy: remedy)
        }
        values += 1
        guard values <= format.maximumValues, depth <= YAMLFormat.maximumDepth else {
            throw mistake(
                "\(format.words.whole) grows beyond \(format.maximumValues) values or too deep through its aliases",
                at: place)
        }
        if !Self.impliedTags.contains(node.tag.description) {
            throw mistake(
                "the tag \(node.tag.description) is not read", at: place, expected: "a plain value without a tag")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return YAMLTree(
                .scalar(isPlain ? JSONValue(plainYAML: scalar.string, as: format) : .string(scalar.string)), at: place,
                isBlock: scalar.style == .literal || scalar.style == .folded)
        case .sequence(let sequence):
            var elements: [YAMLTree] = []
            for (index, element) in sequence.enumerated() {
                elements.append(try tree(of: element, key: key.dotted("\(index)"), depth: depth + 1))
            }
            return YAMLTree(.list(elements), at: place)
        case .mapping(let mapping):
            var members: [YAMLTree.Member] = []
            for (name, value) in mapping {
                guard case .scalar(let scalar) = name else {
                    throw mistake(
                        "a key is a list or a mapping", at: self.place(of: name), expected: "a name",
                        remedy: "quotes round a template that begins with {{")
                }
                guard scalar.string != "<<" else {
                    throw mistake(
                        "merge keys (<<) are not read", at: self.place(of: name),
                        expected: "the keys written out, or an alias for a whole value")
                }
                let inner = try tree(of: value, key: key.dotted(scalar.string), depth: depth + 1)
                members.append(YAMLTree.Member(name: scalar.string, place: self.place(of: name), value: inner))
            }
            return YAMLTree(.mapping(members), at: place)
        case .alias:
            throw mistake("an alias points at nothing", at: place)
        }
    }

    private func place(of node: Node) -> YAMLPlace {
        only ?? YAMLPlace(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}
