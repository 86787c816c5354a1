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

/// Gathers what is wrong with a file while it is read, so that all is told at once.
final class ChecklistMistakes {
    private var noted: [(place: YAMLPlace, error: WhetError)] = []

    var isEmpty: Bool { noted.isEmpty }
    var count: Int { noted.count }

    /// In the order of the file.
    var errors: [WhetError] {
        var seen: Set<WhetError> = []
        // Sorting keeps the order of those in one place.
        return noted.enumerated()
            .sorted {
                $0.element.place.isBefore($1.element.place)
                    || (!$1.element.place.isBefore($0.element.place) && $0.offset < $1.offset)
            }
            .map(\.element.error).filter { seen.insert($0).inserted }
    }

    func throwIfAny() throws(ChecklistError) {
        if !noted.isEmpty { throw ChecklistError(errors) }
    }

    func note(
        _ problem: String, _ key: String, at place: YAMLPlace, expected: String? = nil, suggestion: String? = nil,
        remedy: String? = nil
    ) {
        noted.append(
            (
                place,
                WhetError(
                    key.isEmpty ? problem : "\(key): \(problem)", at: place.description, expected: expected,
                    suggestion: suggestion, remedy: remedy)
            ))
    }

    func note(_ error: WhetError, _ key: String, at place: YAMLPlace) {
        note(
            error.problem, key, at: place, expected: error.expected, suggestion: error.suggestion, remedy: error.remedy)
    }
}

/// A mapping of the file, read key by key.
///
/// Keeps: every key that was written is one of those declared, or a mistake is noted; what is read is of the type asked
/// for, or a mistake is noted and nil comes back. Null is as good as absent.
struct ChecklistSection {
    let tree: YAMLTree
    /// The dotted key; empty for the file as a whole.
    let path: String
    let mistakes: ChecklistMistakes
    /// Keys that an unknown one was probably meant to be: they are not missed as well.
    private let misspelt: Set<String>

    /// nil, with a mistake noted, where the tree is no mapping.
    ///
    /// - Parameter keys: nil takes any.
    init?(_ tree: YAMLTree, _ path: String, keys: [String]?, _ mistakes: ChecklistMistakes) {
        guard let members = tree.members else {
            mistakes.note(
                "this is \(tree.value.inWords)", path, at: tree.place,
                expected: "a mapping" + (keys.map { " of \($0.joined(separator: ", "))" } ?? ""))
            return nil
        }
        var misspelt: Set<String> = []
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

    subscript(name: String) -> YAMLTree? { tree[name].flatMap { $0.isNull ? nil : $0 } }

    func path(of name: String) -> String { path.dotted(name) }

    /// The text, empty or not.
    func text(_ name: String) -> String? {
        guard let tree = self[name] else { return nil }
        return tree.value.string ?? wrong(tree, name, expected: "text")
    }

    func number(_ name: String, in range: ClosedRange<Double>, _ expected: String) -> Double? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.double, range.contains(number) { return number }
        return wrong(tree, name, expected: expected)
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let tree = self[name] else { return nil }
        if let number = tree.value.integer, range.contains(number) { return number }
        return wrong(tree, name, expected: range.asWholeNumber)
    }

    func flag(_ name: String) -> Bool? {
        guard let tree = self[name] else { return nil }
        return tree.value.bool ?? wrong(tree, name, expected: "true or false", suggestion: tree.value.string?.meantFlag)
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice? {
        guard let tree = self[name] else { return nil }
        if let choice = tree.value.string.flatMap(Choice.init(rawValue:)) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        return wrong(
            tree, name, expected: "one of \(names.joined(separator: ", "))",
            suggestion: tree.value.string?.nearest(among: names))
    }

    func list(_ name: String) -> [YAMLTree]? {
        guard let tree = self[name] else { return nil }
        return tree.elements ?? wrong(tree, name, expected: "a list")
    }

    func texts(_ name: String) -> [String]? {
        list(name)?.enumerated().compactMap { index, tree in
            tree.value.string ?? wrong(tree, "\(name).\(index)", expected: "text")
        }
    }

    func missing(_ name: String, expected: String) {
        guard !misspelt.contains(name) else { return }
        mistakes.note("the key is missing", path(of: name), at: tree.place, expected: expected)
    }

    /// A value that has to be there.
    func required<Value>(_ name: String, _ value: Value?, expected: String) -> Value? {
        if value == nil, self[name] == nil { missing(name, expected: expected) }
        return value
    }

    func wrong<Value>(_ tree: YAMLTree, _ name: String, expected: String, suggestion: String? = nil) -> Value? {
        mistakes.note(
            "this is \(tree.value.inWords)", path(of: name), at: tree.place, expected: expected, suggestion: suggestion)
        return nil
    }
}
