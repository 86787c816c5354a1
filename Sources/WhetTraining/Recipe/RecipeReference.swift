import WhetCore
import WhetYAML

/// The schema in words: for `whet recipe explain` and docs/recipes.md, which a test holds equal.
public enum RecipeReference {
    /// One key in full, and the keys of a section in a line each.
    ///
    /// - Throws: `WhetError` with the nearest key.
    public static func explain(_ path: String) throws -> String {
        let entry = try RecipeSchema.entry(at: path)
        var lines = [entry.path, "  \(entry.key.summary)"]
        if let keys = entry.key.kind.keys {
            let below = entry.key.isList ? entry.path.dotted("*") : entry.path
            lines += table(keys.map { RecipeSchema.Entry(path: below.dotted($0.name), key: $0) })
        } else {
            lines.append("  takes    \(entry.key.kind)")
            lines.append("  default  \(entry.key.defaultInWords)")
            if let unit = entry.key.unit { lines.append("  unit     \(unit)") }
            if !entry.key.aliases.isEmpty { lines.append("  also     \(entry.key.aliases.joined(separator: ", "))") }
            lines.append("  set      --set \(entry.path.replacing("*", with: "0"))=\(entry.key.exampleValue)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every key with its default, a line each.
    public static func explainAll() -> String {
        RecipeSchema.keys.map { section in
            let inner = RecipeSchema.entries.filter { $0.path.hasPrefix("\(section.name).") && $0.key.kind.keys == nil }
            let own = section.kind.keys == nil ? " Default: \(section.defaultInWords)." : ""
            return (["\(section.name): \(section.summary)\(own)"] + table(inner)).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n"
    }

    /// The schema for programs: one object a key.
    public static var json: JSONValue {
        .array(
            RecipeSchema.entries.map { entry in
                [
                    "key": .string(entry.path), "takes": .string("\(entry.key.kind)"),
                    "default": entry.key.defaultValue ?? .null, "required": .bool(entry.key.defaultValue == nil),
                    "unit": entry.key.unit.map(JSONValue.string) ?? .null, "summary": .string(entry.key.summary),
                ]
            })
    }

    /// The tables of docs/recipes.md.
    public static var markdown: String {
        RecipeSchema.keys.map { section in
            var text = "### `\(section.name)`\n\n\(section.summary)"
            guard section.kind.keys != nil else { return "\(text) Default: `\(section.defaultInWords)`.\n" }
            text += "\n\n| key | takes | default | what it does |\n|---|---|---|---|\n"
            for entry in RecipeSchema.entries
            where entry.path.hasPrefix("\(section.name).") && entry.key.kind.keys == nil {
                let unit = entry.key.unit.map { " (\($0))" } ?? ""
                text +=
                    "| `\(entry.path)` | \(entry.key.kind)\(unit) | `\(entry.key.defaultInWords)` "
                    + "| \(entry.key.summary) |\n"
            }
            return text
        }.joined(separator: "\n")
    }

    /// Keys, defaults and summaries in columns.
    private static func table(_ entries: [RecipeSchema.Entry]) -> [String] {
        let keyWidth = entries.map(\.path.count).max() ?? 0
        let defaultWidth = entries.map(\.key.defaultInWords.count).max() ?? 0
        return entries.map {
            "  \($0.path.padded(to: keyWidth))  \($0.key.defaultInWords.padded(to: defaultWidth))  \($0.key.summary)"
        }
    }
}

extension RecipeKey {
    fileprivate var isList: Bool { if case .sections = kind { true } else { false } }

    var defaultInWords: String {
        switch (kind, defaultValue) {
        case (.section, _): "see its keys"
        case (_, nil): "required"
        case (_, let value?): value.inlineYAML
        }
    }

    fileprivate var exampleValue: String {
        if case .choice(let names) = kind { return names.last ?? "" }
        return defaultValue.map { $0 == .null || $0 == [] || $0 == [:] ? "…" : $0.inlineYAML } ?? "…"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
