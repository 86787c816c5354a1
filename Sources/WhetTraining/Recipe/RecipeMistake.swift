import WhetCore

/// Where a value of a recipe was written.
enum RecipePlace: Hashable, Sendable {
    case file(line: Int, column: Int)
    /// The key of a `--set key=value`.
    case override(String)

    func description(in file: String) -> String {
        switch self {
        case .file(let line, let column): "\(file):\(line):\(column)"
        case .override(let key): "--set \(key)"
        }
    }
}

/// One thing that is wrong with a recipe.
public struct RecipeMistake: Hashable, Sendable {
    /// The recipe's file as it was named, or "--set" and the key.
    public let source: String
    /// From 1; nil for a mistake in `--set`.
    public let line: Int?
    /// From 1, in Unicode scalars; nil for a mistake in `--set`.
    public let column: Int?
    /// The dotted key, such as `environments.0.levels`; empty for the recipe as a whole.
    public let key: String
    public let problem: String
    public let expected: String?
    /// The nearest valid name.
    public let suggestion: String?

    init(
        _ problem: String, key: String, at place: RecipePlace, in file: String, expected: String? = nil,
        suggestion: String? = nil
    ) {
        switch place {
        case .file(let line, let column):
            source = file
            self.line = line
            self.column = column
        case .override(let key):
            source = "--set \(key)"
            line = nil
            column = nil
        }
        self.key = key
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
    }

    /// The mistake in words.
    public var error: WhetError {
        let place = if let line, let column { "\(source):\(line):\(column)" } else { source }
        return WhetError(
            key.isEmpty ? problem : "\(key): \(problem)", at: place, expected: expected, suggestion: suggestion)
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
