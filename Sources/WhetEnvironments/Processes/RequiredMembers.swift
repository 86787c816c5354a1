import WhetCore

/// Reading JSON that a program or server wrote.
extension JSONValue {
    /// The member of an object that has to be there.
    ///
    /// - Throws: `WhetError` that names it.
    func required<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws -> Value {
        guard let member = self[key] else { throw WhetError("the key \"\(key)\" is missing", expected: expected) }
        guard let value = read(member) else {
            throw WhetError("\(member.excerpt) is not possible here", at: key, expected: expected)
        }
        return value
    }

    /// Its text, cut to a length that fits a message.
    var excerpt: String {
        let text = self.text()
        return text.utf8.count > 200 ? String(text.prefix(200)) + "…" : text
    }
}
