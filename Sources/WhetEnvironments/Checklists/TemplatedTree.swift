import WhetCore
import WhetYAML

/// A part of an environment's file whose texts may be Jinja templates over a problem's fields.
///
/// Keeps: a text that is one `{{ expression }}` and nothing else becomes the expression's value, number or list as it
/// may be; any other text stays a text. Everything keeps the place where it was written.
struct TemplatedTree: Sendable {
    private indirect enum Node: Sendable {
        case plain(YAMLTree)
        case text(DeclaredTemplate)
        case value(DeclaredExpression)
        case list([TemplatedTree])
        case mapping([(member: YAMLTree.Member, value: TemplatedTree)])
    }

    private let node: Node
    private let place: YAMLPlace

    /// What is no Jinja is noted, and stays as it is.
    init(_ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes) {
        place = tree.place
        switch tree.content {
        case .list(let elements):
            node = .list(elements.enumerated().map { TemplatedTree($1, "\(key).\($0)", mistakes) })
        case .mapping(let members):
            node = .mapping(members.map { ($0, TemplatedTree($0.value, key.dotted($0.name), mistakes)) })
        case .scalar(.string(let text)) where text.contains("{{") || text.contains("{%"):
            node =
                if let expression = text.soleExpression {
                    DeclaredExpression(YAMLTree(.scalar(.string(expression)), at: tree.place), key, mistakes)
                        .map(Node.value) ?? .plain(tree)
                } else {
                    DeclaredTemplate(tree, key, mistakes).map(Node.text) ?? .plain(tree)
                }
        case .scalar: node = .plain(tree)
        }
    }

    /// The variables that its templates read.
    var names: [DeclaredName] {
        switch node {
        case .plain: []
        case .text(let template): template.names
        case .value(let expression): expression.names
        case .list(let elements): elements.flatMap(\.names)
        case .mapping(let members): members.flatMap(\.value.names)
        }
    }

    /// - Throws: `WhetError` with the file and line of a template that fails.
    func rendered(_ context: JSONObject) throws -> YAMLTree {
        switch node {
        case .plain(let tree): tree
        case .text(let template): YAMLTree(.scalar(.string(try template.render(context))), at: place)
        case .value(let expression): YAMLTree(try expression.value(context), at: place)
        case .list(let elements): YAMLTree(.list(try elements.map { try $0.rendered(context) }), at: place)
        case .mapping(let members):
            YAMLTree(
                .mapping(
                    try members.map {
                        YAMLTree.Member(
                            name: $0.member.name, place: $0.member.place, value: try $0.value.rendered(context))
                    }), at: place)
        }
    }
}

extension YAMLTree {
    /// A value all of which stands at one place.
    fileprivate init(_ value: JSONValue, at place: YAMLPlace) {
        switch value {
        case .array(let elements): self.init(.list(elements.map { YAMLTree($0, at: place) }), at: place)
        case .object(let members):
            let members = members.map { Member(name: $0.key, place: place, value: YAMLTree($0.value, at: place)) }
            self.init(.mapping(members), at: place)
        default: self.init(.scalar(value), at: place)
        }
    }
}

extension String {
    /// What stands in `{{ … }}`, where that is all of the text.
    fileprivate var soleExpression: String? {
        let text = Substring(self).trimmingSpaces
        guard text.hasPrefix("{{"), text.hasSuffix("}}"), text.count >= 4 else { return nil }
        let inner = text.dropFirst(2).dropLast(2)
        return inner.contains("{{") || inner.contains("}}") || inner.contains("{%") ? nil : String(inner)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}
