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

extension YAMLMistakes {
    /// - Throws: `DeclarationError` with every mistake, if there are any.
    func throwIfAny() throws {
        if !isEmpty { throw DeclarationError(errors) }
    }
}
