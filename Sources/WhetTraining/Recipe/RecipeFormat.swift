import WhetYAML

extension YAMLFormat {
    /// A recipe's file.
    static let recipe = YAMLFormat(
        maximumValues: 20_000, maximumBrackets: 32, hasNonFiniteNumbers: true, namesKeys: true,
        words: Words(
            kind: "recipe", whole: "the recipe",
            size: (expected: "a recipe of at most \(maximumBytes) bytes", remedy: nil), text: "a recipe in YAML",
            emptiness: (
                problem: "the recipe is empty", expected: "at least environments: [{name: Sorting}]"
            ), indentation: "spaces, as YAML asks for"))
}
