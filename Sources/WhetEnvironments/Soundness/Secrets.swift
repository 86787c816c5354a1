import WhetCore

/// What of a problem only its environment may know, and how a prompt might say it.
enum Secrets {
    private static let names: Set<String> = [
        "answer", "answers", "solution", "solutions", "gold", "reference", "secret", "hidden",
    ]

    /// The members, with dots between the names of nested ones, that are claimed to be secret or whose name says so.
    static func members(
        of problem: JSONValue, claimed: Set<String> = [], path: String = ""
    ) -> [(name: String, value: JSONValue)] {
        guard let object = problem.object else { return [] }
        return object.flatMap { key, value -> [(name: String, value: JSONValue)] in
            let words = key.lowercased().split(whereSeparator: { !$0.isLetter })
            let isSecret = claimed.contains(path + key) || words.contains { names.contains(String($0)) }
            return isSecret
                ? [(path + key, value)] : members(of: value, claimed: claimed, path: "\(path)\(key).")
        }
    }

    /// The value as a prompt might show it: bare, as JSON, with spaces, commas or line ends between elements.
    static func wordings(of value: JSONValue) -> [String] {
        switch value {
        case .null, .bool: return []
        case .integer, .number: return [value.text()]
        case .string(let text): return [text]
        case .object: return [value.text(), value.text(style: .spaced)]
        case .array(let elements):
            let rows = elements.compactMap { $0.array?.map(word) }
            let isTable = rows.count == elements.count
            let lists =
                isTable
                ? [" ", ", ", ""].map { gap in rows.map { $0.joined(separator: gap) }.joined(separator: "\n") }
                : [" ", ", ", ",", "\n"].map { elements.map(word).joined(separator: $0) }
            return [value.text(), value.text(style: .spaced)] + lists
        }
    }

    private static func word(_ value: JSONValue) -> String { value.string ?? value.text() }
}
