import WhetCore

/// How a rubric finds the answer in the policy's last message.
///
/// Keeps: whatever the message is, reading ends; an answer has no white space at its ends.
///
/// Settings write it `answer: boxed`, `answer: [tag, boxed]` (the first that finds something), or with its own
/// settings: `answer: {read: regular_expression, pattern: "answer is (.*)", after: "</think>"}`.
struct AnswerReader: Sendable {
    enum Form: Sendable {
        /// The last `<name>…</name>`.
        case tag(String)
        /// The last `\boxed{…}` whose braces balance.
        case boxed
        /// The last match's one group, or the whole match of a pattern without groups.
        case regularExpression(Pattern)
        /// The last line that is not white space.
        case lastLine
        case whole
        /// A field of the JSON that the message is, or that its last code block holds.
        case jsonField(FieldPath)
    }

    private struct Step: Sendable {
        let form: Form
        /// Only what follows the last of these counts; without one nothing is read.
        let after: String?
    }

    private let steps: [Step]

    /// The last `<answer>…</answer>`.
    static let tag = AnswerReader(.tag("answer"))
    static let boxed = AnswerReader(.boxed)
    static let lastLine = AnswerReader(.lastLine)
    static let whole = AnswerReader(.whole)

    init(_ form: Form) { steps = [Step(form: form, after: nil)] }

    /// - Throws: `WhetError` where a regular expression takes too long.
    func answer(in message: String) throws -> String? {
        for step in steps {
            guard let text = step.after.map({ message.text(afterLast: $0).map(String.init) }) ?? message else {
                continue
            }
            if let answer = try step.form.answer(in: text) { return answer }
        }
        return nil
    }

    /// What the message has to hold, for a reason.
    var expectation: String { steps.map(\.form.expectation).joined(separator: " or ") }
}

extension AnswerReader {
    private enum Name: String, CaseIterable {
        case tag, boxed
        case regularExpression = "regular_expression"
        case lastLine = "last_line"
        case whole
        case jsonField = "json_field"
    }

    /// What may be set for each reader.
    static let settings = [
        VerifierSetting("read", "tag (default), boxed, regular_expression, last_line, whole or json_field"),
        VerifierSetting("tag", "for read: tag, the tag's name; default answer"),
        VerifierSetting("pattern", "for read: regular_expression, with at most one group; the last match counts"),
        VerifierSetting("field", "for read: json_field, a path such as result.answer"),
        VerifierSetting("after", "only what follows the last of this text is read, such as </think>"),
    ]

    /// - Parameter setting: a name, settings, or a list of either to try in order.
    /// - Throws: `WhetError` for an unknown name or key, with the nearest, and for wrong values.
    init(settings setting: JSONValue, at place: String) throws {
        let list = setting.array ?? [setting]
        guard !list.isEmpty else { throw WhetError("no way to read an answer is given", at: place) }
        steps = try list.map { try Self.step($0, at: place) }
    }

    private static func step(_ value: JSONValue, at place: String) throws -> Step {
        let object: JSONObject
        switch value {
        case .string: object = ["read": value]
        case .object(let given): object = given
        default:
            throw WhetError(
                "\(value.text().excerpt) is not possible here", at: place,
                expected: "one of \(Name.allCases.map(\.rawValue).joined(separator: ", ")), or settings with \"read\"")
        }
        let settings = try VerifierSettings(object, names: Self.settings.map(\.name), at: place)
        let name = try settings.choice("read", default: Name.tag)
        let own: [Name: String] = [.tag: "tag", .regularExpression: "pattern", .jsonField: "field"]
        for (reader, key) in own where reader != name && settings[key] != nil {
            throw WhetError(
                "\"\(key)\" is of no use to \(name.rawValue)", at: place, remedy: "read: \(reader.rawValue)")
        }
        return Step(form: try form(name, settings), after: try settings.text("after"))
    }

    private static func form(_ name: Name, _ settings: VerifierSettings) throws -> Form {
        switch name {
        case .boxed: return .boxed
        case .lastLine: return .lastLine
        case .whole: return .whole
        case .tag:
            let tag = try settings.text("tag") ?? "answer"
            guard tag.isTagName else {
                throw WhetError(
                    "\(tag.excerpt) is no tag", at: settings.place(of: "tag"), expected: "a name such as answer")
            }
            return .tag(tag)
        case .jsonField:
            let path = try settings.required("field", settings.text("field"), "a path such as result.answer")
            return .jsonField(FieldPath(path))
        case .regularExpression:
            let source = try settings.required(
                "pattern", settings.text("pattern"), "a regular expression with one group")
            let pattern = try Pattern(source, at: settings.place(of: "pattern"))
            guard pattern.groupCount <= 1 else {
                throw WhetError(
                    "the regular expression has \(pattern.groupCount) groups", at: settings.place(of: "pattern"),
                    expected: "at most one; write the others (?:…)")
            }
            return .regularExpression(pattern)
        }
    }
}

extension AnswerReader.Form {
    fileprivate func answer(in message: String) throws -> String? {
        switch self {
        case .tag(let name): return message.text(inLastTag: name)
        case .boxed: return message.lastBoxed
        case .regularExpression(let pattern):
            return try pattern.lastMatch(in: message).flatMap { $0.groups.last ?? nil }?.trimmed
        case .lastLine:
            let lines = message.unicodeScalars.split(whereSeparator: \.isLineBreak)
            return lines.lazy.reversed().map { String($0).trimmed }.first { !$0.isEmpty }
        case .whole:
            let text = message.trimmed
            return text.isEmpty ? nil : text
        case .jsonField(let path):
            guard let root = message.embeddedJSON, let value = path.value(in: root), !value.isNull else { return nil }
            return value.string?.trimmed ?? value.text()
        }
    }

    fileprivate var expectation: String {
        switch self {
        case .tag(let name): "<\(name)>…</\(name)>"
        case .boxed: "\\boxed{…}"
        case .regularExpression(let pattern): "what matches \(pattern.source)"
        case .lastLine: "a line of text"
        case .whole: "any text"
        case .jsonField(let path): "JSON with \"\(path)\""
        }
    }
}
