import WhetCore

/// The JSON that a model's whole reply is.
enum JSONReply {
    /// One object, after any thoughts, in a code block or not.
    ///
    /// - Parameter subject: what errors call the reply.
    /// - Throws: `WhetError` for everything else. An object somewhere in other words is none: it may be quoted from
    ///   what the model was shown.
    static func object(in text: String, of subject: String) throws -> JSONValue {
        var body = Message(.assistant, text).withThoughtsApart.content.trimmedWhitespace
        if body.hasPrefix("```"), body.hasSuffix("```"), body.count >= 6, let line = body.firstIndex(of: "\n") {
            body = String(body[line...].dropLast(3)).trimmedWhitespace
        }
        guard let value = try? JSONValue(parsing: body), value.object != nil else {
            throw garbled("is not one JSON object", text, subject)
        }
        return value
    }

    static func garbled(_ what: String, _ text: String, _ subject: String) -> WhetError {
        let start = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return WhetError("\(subject) \(what): \(start.count > 160 ? start.prefix(160) + "…" : start[...])")
    }
}
