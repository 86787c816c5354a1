import WhetCore

/// Makes an action of what a policy wrote: JSON in whose texts `{text}` stands for it.
///
/// A text that is nothing but `{integer}`, `{number}` or `{json}` becomes what the policy wrote as such a value.
struct OpenEnvAction: Hashable, Sendable {
    let template: JSONValue

    /// - Throws: `WhetError` where the template is no object, or has no place for what the policy wrote.
    init(_ template: JSONValue, at place: String) throws {
        self.template = template
        let expected = #"an object such as {"message": "{text}"} or {"action_id": "{integer}"}"#
        guard template.object != nil else {
            throw WhetError("\(template.excerpt) is no action", at: place, expected: expected)
        }
        guard
            Self.texts(template).contains(where: { text in
                Self.wholes.contains(text) || text.contains("{text}")
            })
        else {
            throw WhetError("the action has no place for what the policy wrote", at: place, expected: expected)
        }
    }

    private static let wholes = ["{integer}", "{number}", "{json}"]

    /// - Returns: nil where the text is no such value.
    func action(for text: String) -> JSONValue? { Self.filled(template, text.trimmed) }

    private static func filled(_ template: JSONValue, _ text: String) -> JSONValue? {
        switch template {
        case .string("{integer}"): return Int(text).map { .integer($0) }
        case .string("{number}"): return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .string("{json}"): return try? JSONValue(parsing: Array(text.utf8))
        case .string(let part):
            return .string(part.split(separator: "{text}", omittingEmptySubsequences: false).joined(separator: text))
        case .array(let elements):
            let filled = elements.compactMap { Self.filled($0, text) }
            return filled.count == elements.count ? .array(filled) : nil
        case .object(let members):
            var object: JSONObject = [:]
            for (key, member) in members {
                guard let value = Self.filled(member, text) else { return nil }
                object[key] = value
            }
            return .object(object)
        default: return template
        }
    }

    private static func texts(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let members): members.values.flatMap(texts)
        default: []
        }
    }
}

/// What reset is given: JSON in which the texts `{seed}` and `{level}` stand for the task's numbers.
struct OpenEnvReset: Hashable, Sendable {
    let template: JSONObject

    func data(seed: UInt64, level: Int) -> JSONObject {
        // Environments hand it to generators that take 32 bits at most, and some take no more than 31.
        template.mapValues { Self.filled($0, ["{seed}": Int(seed & 0x7FFF_FFFF), "{level}": level]) }
    }

    private static func filled(_ value: JSONValue, _ numbers: [String: Int]) -> JSONValue {
        switch value {
        case .string(let text): numbers[text].map { .integer($0) } ?? value
        case .array(let elements): .array(elements.map { filled($0, numbers) })
        case .object(let members): .object(members.mapValues { filled($0, numbers) })
        default: value
        }
    }
}
