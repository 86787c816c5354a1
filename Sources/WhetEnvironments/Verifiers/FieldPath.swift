import WhetCore

/// Where in a problem's JSON something stands: names and list positions with dots between, such as `row.answers.0`.
struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A member whose name is the whole path comes before one that is reached step by step. nil: there is none.
    func value(in root: JSONValue) -> JSONValue? {
        if let value = root[description] { return value }
        var value = root
        for step in description.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = value[String(step)] ?? Int(step).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value
    }

    /// - Throws: `WhetError` where there is none or null: without it nothing can be judged.
    func required(in root: JSONValue) throws -> JSONValue {
        guard let value = value(in: root), !value.isNull else {
            var error = WhetError("the problem has no field \"\(description)\"", at: "problem")
            if let names = root.object?.keys {
                error.expected = "one of \(names.joined(separator: ", "))"
                error.suggestion = description.nearest(among: names)
            }
            throw error
        }
        return value
    }
}
