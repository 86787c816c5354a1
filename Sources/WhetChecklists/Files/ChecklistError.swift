import WhetCore
import WhetYAML

/// All that is wrong with a file of checklists, in the order in which it was written.
public struct ChecklistError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Each with its file and line, the key, what was expected and what to do.
    public let mistakes: [WhetError]

    public init(_ mistakes: [WhetError]) { self.mistakes = mistakes }

    public var description: String {
        let words = mistakes.map(\.description).joined(separator: "\n")
        return mistakes.count > 1 ? "\(words)\n\(mistakes.count) mistakes" : words
    }
}

extension YAMLMistakes {
    /// - Throws: every mistake, if there are any.
    func throwIfAny() throws(ChecklistError) {
        if !isEmpty { throw ChecklistError(errors) }
    }
}

extension YAMLSection {
    /// The text, empty or not.
    func text(_ name: String) -> String? {
        guard let tree = self[name] else { return nil }
        return tree.value.string ?? wrong(tree, name, expected: "text")
    }

    func list(_ name: String) -> [YAMLTree]? {
        guard let tree = self[name] else { return nil }
        return tree.elements ?? wrong(tree, name, expected: "a list")
    }

    func texts(_ name: String) -> [String]? { texts(name, of: list(name)) }

    /// A value that has to be there.
    func required<Value>(_ name: String, _ value: Value?, expected: String) -> Value? {
        if value == nil, self[name] == nil { missing(name, expected: expected) }
        return value
    }
}
