import WhetCore

/// The catalogs in words: what docs/algorithms.md shows between its marks, which a test holds equal.
public enum AlgorithmReference {
    /// A section an algorithm.
    ///
    /// - Parameter groups: those that compare rollouts of a group, or those that do not.
    /// - Throws: what making an algorithm throws.
    public static func algorithms(groups: Bool) throws -> String {
        try AlgorithmCatalog.all.filter { $0.needsGroups == groups }.map(section).joined(separator: "\n")
    }

    /// The rows of the objectives' table.
    public static var objectives: String {
        "| name | loss of a token | settings (defaults) | source |\n|---|---|---|---|\n"
            + ObjectiveCatalog.all.map { type in
                let settings = type.init().settingDescriptions.map { "`\($0.name)` (\($0.defaultValue.inWords))" }
                return "| `\(type.name)` | \(type.formula) | \(settings.joined(separator: ", ")) | \(type.source) |\n"
            }.joined()
    }

    private static func section(of definition: AlgorithmDefinition) throws -> String {
        let algorithm = try Algorithm(definition)
        let set = definition.defaults.merging(definition.objectiveDefaults, uniquingKeysWith: { $1 })
            .filter { $0.key != "aggregation" }.map { "`\($0.key)` \($0.value.inWords)" }
        let summary = definition.summary.prefix(1).uppercased() + definition.summary.dropFirst()
        let settings = set.isEmpty ? "" : " (\(set.sorted().joined(separator: ", ")))"
        let average = algorithm.loss.aggregation.rawValue
        var lines = [
            "### \(definition.name)", "\(summary).", "",
            "A = \(definition.formula), under `\(definition.objectiveName)`\(settings), averaged \(average).",
            definition.whenToUse,
        ]
        if !definition.notes.isEmpty { lines += ["", definition.notes] }
        lines += ["", "Source: \(definition.source)."]
        let own = definition.estimator.init().settingDescriptions
        if !own.isEmpty {
            lines += ["", "| setting | default | |", "|---|---|---|"]
            lines += own.map { "| `\($0.name)` | \($0.defaultValue.inWords) | \($0.summary) |" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension JSONValue {
    /// As a table shows it: text without its quotes.
    fileprivate var inWords: String { string ?? text() }
}
