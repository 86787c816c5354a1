import WhetYAML

extension YAMLFormat {
    /// An environment's file. Its templates are full of brackets, hence the leeway.
    static let environment = YAMLFormat(
        maximumValues: 100_000, maximumBrackets: 128, hasNonFiniteNumbers: false, namesKeys: false,
        words: Words(
            kind: "environment", whole: "this",
            size: (expected: "at most \(maximumBytes)", remedy: "put the data into a dataset's file"), text: "YAML",
            emptiness: (
                problem: "the file is empty",
                expected: "an environment: at least prompt, verifiers and variables or dataset"
            ), indentation: "spaces"))
}
