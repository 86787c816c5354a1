import WhetCore
import WhetYAML

/// One key of an environment's file: all that checking and docs/environments.md know of it.
struct DeclaredKey: Sendable {
    let name: String
    /// What it takes, and its default.
    let takes: String
    let summary: String

    init(_ name: String, _ takes: String, _ summary: String) {
        self.name = name
        self.takes = takes
        self.summary = summary
    }
}

extension YAMLSection {
    /// nil, with a mistake noted, where the tree is no mapping.
    init?(_ tree: YAMLTree, _ path: String, keys: [DeclaredKey], _ mistakes: YAMLMistakes) {
        self.init(tree, path, keys: keys.map(\.name), mistakes)
    }

    func text(_ name: String) -> String? {
        guard let tree = self[name] else { return nil }
        if case .string(let text) = tree.value, !text.isEmpty { return text }
        return wrong(tree, name, expected: "text")
    }

    /// A list; what stands alone is a list of one.
    func list(_ name: String) -> [YAMLTree]? {
        guard let tree = self[name] else { return nil }
        return tree.elements ?? [tree]
    }

    /// A list of texts; one alone is a list of one.
    func texts(_ name: String) -> [String]? { texts(name, of: list(name)) }
}
