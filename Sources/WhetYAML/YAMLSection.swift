import WhetCore

/// A mapping of a file, read key by key.
///
/// Keeps: every key that was written is one of those declared, or a mistake is noted; what is read is of the type asked
/// for, or a mistake is noted and nil comes back. Null is as good as absent.
public struct YAMLSection {
    public let tree: YAMLTree
    /// The dotted key; empty for the file as a whole.
    public let path: String
    public let mistakes: YAMLMistakes
    /// Keys that an unknown one was probably meant to be: they are not missed as well.
    private let misspelt: Set<String>

    /// nil, with a mistake noted, where the tree is no mapping.
    ///
    /// - Parameter keys: nil takes any.
    public init?(_ tree: YAMLTree, _ path: String, keys: [String]?, _ mistakes: YAMLMistakes) {
        guard let members = tree.members else {
            mistakes.note(
                "this is \(tree.value.inWords)", path, at: tree.place,
                expected: "a mapping" + (keys.map { " of \($0.joined(separator: ", "))" } ?? ""))
            return nil
        }
        var misspelt: Set<String> = []
        // YAML with a key twice is refused before; a tree made of JSON may have one.
        var seen: Set<String> = []
        for member in members {
            if !seen.insert(member.name).inserted {
                mistakes.note("the key is there twice", path.dotted(member.name), at: member.place, expected: "it once")
            }
            guard let keys, !keys.contains(member.name) else { continue }
            let nearest = member.name.nearest(among: keys)
            if let nearest { misspelt.insert(nearest) }
            mistakes.note(
                "there is no such key", path.dotted(member.name), at: member.place,
                expected: "one of \(keys.joined(separator: ", "))", suggestion: nearest)
        }
        self.misspelt = misspelt
        self.tree = tree
        self.path = path
        self.mistakes = mistakes
    }

    public subscript(name: String) -> YAMLTree? { tree[name].flatMap { $0.isNull ? nil : $0 } }

    public func path(of name: String) -> String { path.dotted(name) }

    public func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.integer, range.contains(number) { return number }
        return wrong(tree, name, expected: range.asWholeNumber)
    }

    /// - Parameter expected: in words; otherwise the range.
    public func number(_ name: String, in range: ClosedRange<Double>, _ expected: String? = nil) -> Double? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.double, range.contains(number) { return number }
        return wrong(
            tree, name, expected: expected ?? "a number from \(range.lowerBound) to \(range.upperBound)")
    }

    public func flag(_ name: String) -> Bool? {
        guard let tree = self[name] else { return nil }
        return tree.value.bool ?? wrong(tree, name, expected: "true or false", suggestion: tree.value.string?.meantFlag)
    }

    public func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice?
    {
        guard let tree = self[name] else { return nil }
        if let choice = tree.value.string.flatMap(Choice.init(rawValue:)) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        return wrong(
            tree, name, expected: "one of \(names.joined(separator: ", "))",
            suggestion: tree.value.string?.nearest(among: names))
    }

    /// Those elements of the list under `name` that are texts; a mistake is noted of each other.
    public func texts(_ name: String, of list: [YAMLTree]?) -> [String]? {
        list?.enumerated().compactMap { index, tree in
            tree.value.string ?? wrong(tree, "\(name).\(index)", expected: "text")
        }
    }

    public func missing(_ name: String, expected: String) {
        guard !misspelt.contains(name) else { return }
        mistakes.note("the key is missing", path(of: name), at: tree.place, expected: expected)
    }

    /// Notes that the value under `name` is of the wrong kind.
    public func wrong<Value>(_ tree: YAMLTree, _ name: String, expected: String, suggestion: String? = nil) -> Value? {
        mistakes.note(
            "this is \(tree.value.inWords)", path(of: name), at: tree.place, expected: expected, suggestion: suggestion)
        return nil
    }
}
