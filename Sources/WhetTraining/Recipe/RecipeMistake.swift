import WhetCore
import WhetYAML

/// One thing that is wrong with a recipe.
public struct RecipeMistake: Hashable, Sendable {
    /// The dotted key, such as `environments.0.levels`; empty for the recipe as a whole.
    public let key: String
    public let problem: String
    public let expected: String?
    /// The nearest valid name.
    public let suggestion: String?

    /// Where it was written.
    let place: YAMLPlace

    init(
        _ problem: String, key: String, at place: YAMLPlace, expected: String? = nil, suggestion: String? = nil
    ) {
        self.problem = problem
        self.key = key
        self.place = place
        self.expected = expected
        self.suggestion = suggestion
    }

    /// Without the remedy: those are for templates and data, which recipes have none of.
    init(_ mistake: YAMLMistake) {
        self.init(mistake.problem, key: mistake.key, at: mistake.place, expected: mistake.expected)
    }

    /// The recipe's file as it was named, or "--set" and the key.
    public var source: String { place.source }
    /// From 1; nil for a mistake in `--set`.
    public var line: Int? { place.line }
    /// From 1, in Unicode scalars; nil for a mistake in `--set`.
    public var column: Int? { place.column }

    /// The mistake in words.
    public var error: WhetError {
        WhetError(
            key.isEmpty ? problem : "\(key): \(problem)", at: place.description, expected: expected,
            suggestion: suggestion)
    }
}

/// All that is wrong with a recipe, in the order in which it was written.
public struct RecipeError: Error, Hashable, Sendable, CustomStringConvertible {
    public let mistakes: [RecipeMistake]

    public init(_ mistakes: [RecipeMistake]) { self.mistakes = mistakes }

    public var description: String {
        let words = mistakes.map(\.error.description).joined(separator: "\n")
        return mistakes.count > 1 ? "\(words)\n\(mistakes.count) mistakes; nothing was started" : words
    }
}
