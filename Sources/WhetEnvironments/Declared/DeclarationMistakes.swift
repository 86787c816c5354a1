import WhetCore
import WhetYAML

/// All that is wrong with an environment's file, or with the rows of its dataset, in the order in which it was written.
struct DeclarationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Each with its file and line, the key, what was expected and the nearest valid name.
    let mistakes: [WhetError]

    init(_ mistakes: [WhetError]) { self.mistakes = mistakes }

    var description: String {
        let words = mistakes.map(\.description).joined(separator: "\n")
        return mistakes.count > 1 ? "\(words)\n\(mistakes.count) mistakes; nothing was started" : words
    }
}

/// Gathers what is wrong with a file while it is read, so that all is told at once.
final class DeclarationMistakes {
    let file: String
    private var noted: [(place: YAMLPlace, error: WhetError)] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { noted.isEmpty }
    var count: Int { noted.count }

    /// - Throws: `DeclarationError` with every mistake, if there are any.
    func throwIfAny() throws {
        guard noted.isEmpty else {
            // Two checks may trip over one thing.
            var seen: Set<WhetError> = []
            let ordered = noted.sorted { $0.place.isBefore($1.place) }
            throw DeclarationError(ordered.map(\.error).filter { seen.insert($0).inserted })
        }
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

    /// What somebody else found wrong with the value of `key`.
    func note(_ error: WhetError, _ key: String, at place: YAMLPlace) {
        note(
            error.problem, key, at: place, expected: error.expected, suggestion: error.suggestion, remedy: error.remedy)
    }

    /// Something that belongs to another file, such as a dataset's row.
    func note(elsewhere error: WhetError) { noted.append((YAMLPlace(outsideFile: ""), error)) }
}
