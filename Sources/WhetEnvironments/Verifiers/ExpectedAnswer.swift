import WhetCore

/// What an answer is compared to: written down, or taken from the problem.
///
/// Settings write it `expected: Paris`, `expected: [Paris, Paname]` (any of them is right), `expected: {field:
/// row.answer}` or, where the field holds a worked solution as GSM8K's does, `expected: {field: answer, after:
/// "####"}`.
struct ExpectedAnswer: Sendable {
    private enum Source: Sendable {
        case literal(JSONValue)
        case field(FieldPath, after: String?)
    }

    private let source: Source

    /// One for the list of settings of whoever has this.
    static let setting = VerifierSetting(
        "expected",
        "the right answer, a list of them, or {field: path in the problem, after: marker}; default {field: answer}"
    )

    init(_ literal: JSONValue) { source = .literal(literal) }

    init(field: String, after marker: String? = nil) { source = .field(FieldPath(field), after: marker) }

    /// Reads the setting `expected`.
    ///
    /// - Throws: `WhetError` where it cannot be an answer.
    init(_ settings: VerifierSettings, named name: String = "expected") throws {
        guard let value = settings[name] else {
            self.init(field: "answer")
            return
        }
        guard let object = value.object else {
            self.init(value)
            _ = try Self.texts(of: value, at: settings.place(of: name))
            return
        }
        let inner = try VerifierSettings(object, names: ["field", "after"], at: settings.place(of: name))
        self.init(
            field: try inner.required("field", inner.text("field"), "a path in the problem, such as row.answer"),
            after: try inner.text("after"))
    }

    /// The right answers, at least one. Numbers and booleans are given as JSON writes them.
    ///
    /// - Throws: `WhetError` where the problem has none: then nothing can be judged.
    func answers(in problem: JSONValue) throws -> [String] {
        switch source {
        case .literal(let value): return try Self.texts(of: value, at: "expected")
        case .field(let path, let marker):
            let texts = try Self.texts(of: path.required(in: problem), at: "problem, \(path)")
            guard let marker else { return texts }
            return try texts.map { text in
                guard let rest = text.text(afterLast: marker) else {
                    throw WhetError("no \"\(marker)\" in \(text.excerpt)", at: "problem, \(path)")
                }
                return String(decoding: rest.utf8, as: UTF8.self).trimmed
            }
        }
    }

    private static func texts(of value: JSONValue, at place: String) throws -> [String] {
        let texts: [String?] = (value.array ?? [value]).map { element in
            switch element {
            case .string(let text): text
            case .integer, .number, .bool: element.text()
            default: nil
            }
        }
        guard !texts.isEmpty, !texts.contains(nil) else {
            throw WhetError(
                "\(value.text().excerpt) cannot be compared to an answer", at: place,
                expected: "text, a number, true or false, or a list of them")
        }
        return texts.compactMap(\.self)
    }
}
