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

/// A mapping of the file, read key by key.
///
/// Keeps: every key that was written is one of those declared, or a mistake is noted; what is read is of the type asked
/// for, or a mistake is noted and nil comes back. Null is as good as absent.
struct DeclaredSection {
    let tree: YAMLTree
    /// The dotted key; empty for the file as a whole.
    let path: String
    let mistakes: DeclarationMistakes
    /// Keys that an unknown one was probably meant to be: they are not missed as well.
    private let misspelt: Set<String>

    /// nil, with a mistake noted, where the tree is no mapping.
    init?(_ tree: YAMLTree, _ path: String, keys: [DeclaredKey], _ mistakes: DeclarationMistakes) {
        let names = keys.map(\.name)
        guard let members = tree.members else {
            mistakes.note(
                "this is \(tree.value.inWords)", path, at: tree.place,
                expected: "a mapping of \(names.joined(separator: ", "))")
            return nil
        }
        var misspelt: Set<String> = []
        for member in members where !names.contains(member.name) {
            let nearest = member.name.nearest(among: names)
            if let nearest { misspelt.insert(nearest) }
            mistakes.note(
                "there is no such key", path.dotted(member.name), at: member.place,
                expected: "one of \(names.joined(separator: ", "))", suggestion: nearest)
        }
        self.misspelt = misspelt
        self.tree = tree
        self.path = path
        self.mistakes = mistakes
    }

    subscript(name: String) -> YAMLTree? { tree[name].flatMap { $0.isNull ? nil : $0 } }

    func path(of name: String) -> String { path.dotted(name) }

    func text(_ name: String) -> String? {
        guard let tree = self[name] else { return nil }
        if case .string(let text) = tree.value, !text.isEmpty { return text }
        return wrong(tree, name, expected: "text")
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.integer, range.contains(number) { return number }
        return wrong(tree, name, expected: range.asWholeNumber)
    }

    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.double, range.contains(number) { return number }
        return wrong(tree, name, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }

    func flag(_ name: String) -> Bool? {
        guard let tree = self[name] else { return nil }
        if let flag = tree.value.bool { return flag }
        return wrong(tree, name, expected: "true or false", suggestion: tree.value.string?.meantFlag)
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice? {
        guard let tree = self[name] else { return nil }
        if let choice = tree.value.string.flatMap(Choice.init(rawValue:)) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        return wrong(
            tree, name, expected: "one of \(names.joined(separator: ", "))",
            suggestion: tree.value.string?.nearest(among: names))
    }

    /// A list; what stands alone is a list of one.
    func list(_ name: String) -> [YAMLTree]? {
        guard let tree = self[name] else { return nil }
        return tree.elements ?? [tree]
    }

    /// A list of texts; one alone is a list of one.
    func texts(_ name: String) -> [String]? {
        list(name)?.enumerated().compactMap { index, tree in
            tree.value.string ?? wrong(tree, "\(name).\(index)", expected: "text")
        }
    }

    func missing(_ name: String, expected: String) {
        guard !misspelt.contains(name) else { return }
        mistakes.note("the key is missing", path(of: name), at: tree.place, expected: expected)
    }

    func wrong<Value>(
        _ tree: YAMLTree, _ name: String, expected: String, suggestion: String? = nil
    ) -> Value? {
        mistakes.note(
            "this is \(tree.value.inWords)", path(of: name), at: tree.place, expected: expected, suggestion: suggestion)
        return nil
    }
}
