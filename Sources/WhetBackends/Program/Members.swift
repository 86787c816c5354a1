import WhetCore

extension JSONValue {
    /// A short text for messages.
    var excerpt: String {
        let text = text()
        return text.count <= 80 ? text : "\(text.prefix(79))…"
    }

    /// A member of a trainer's result.
    ///
    /// - Throws: `WhetError` where it is missing or of another kind.
    func member<Value>(
        _ key: String, of method: String, _ expected: String, _ read: (JSONValue) -> Value?
    ) throws -> Value {
        guard let value = self[key] else {
            throw WhetError(
                "the trainer's answer to \(method) has no \"\(key)\"", expected: expected,
                remedy: "see docs/trainers.md, \"\(method)\"")
        }
        guard let found = read(value) else {
            throw WhetError(
                "in the trainer's answer to \(method), \"\(key)\" is \(value.excerpt)", expected: expected,
                remedy: "see docs/trainers.md, \"\(method)\"")
        }
        return found
    }

    /// All of a list, which are texts.
    var texts: [String]? {
        guard let array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }
}
