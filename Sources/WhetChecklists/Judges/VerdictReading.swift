import WhetCore

/// What a judge has to reply: three findings, each after its analysis. The verdict follows from them by code.
struct JudgeReply: Hashable {
    var focusAnalysis, conditionAnalysis, failureAnalysis: String
    var isFocusPresent, isConditionMet, isFailureShown: Bool

    static let members = [
        "code", "focus_analysis", "focus_present", "condition_analysis", "condition_met", "failure_analysis",
        "failure_shown",
    ]

    /// Met only if the part is there, the condition is fulfilled, and nothing that counts as failure happened: CM2's rule.
    var judgment: Judgment {
        if !isFocusPresent { return .notMet(focusAnalysis) }
        if !isConditionMet { return .notMet(conditionAnalysis) }
        return isFailureShown ? .notMet(failureAnalysis) : .met(conditionAnalysis)
    }

    static func schema(code: String) -> JSONValue {
        var properties: JSONObject = [:]
        for name in members {
            properties[name] =
                switch name {
                case "code": ["type": "string", "enum": [.string(code)]]
                case let name where name.hasSuffix("_analysis"): ["type": "string"]
                default: ["type": "boolean"]
                }
        }
        return [
            "type": "object", "properties": .object(properties), "required": .array(members.map(JSONValue.string)),
            "additionalProperties": false,
        ]
    }

    /// Reads a whole reply: one JSON object of exactly the members asked for, after any thoughts, in a code block or not.
    ///
    /// - Throws: `WhetError` for everything else. An object somewhere in other words is none: it may be quoted from the
    ///   recording.
    init(_ text: String, code: String) throws {
        let body = Self.withoutWrapping(text)
        guard let object = (try? JSONValue(parsing: body))?.object else {
            throw Self.garbled("is not one JSON object", text)
        }
        guard object.count == Self.members.count, object.keys.allSatisfy(Self.members.contains) else {
            throw Self.garbled("has not the members that were asked for", text)
        }
        guard object["code"]?.string == code else { throw Self.garbled("does not repeat its code", text) }
        func analysis(_ name: String) throws -> String {
            guard let text = object[name]?.string else { throw Self.garbled("has no text at \(name)", body) }
            return text
        }
        func flag(_ name: String) throws -> Bool {
            guard let flag = object[name]?.bool else { throw Self.garbled("has no true or false at \(name)", body) }
            return flag
        }
        focusAnalysis = try analysis("focus_analysis")
        conditionAnalysis = try analysis("condition_analysis")
        failureAnalysis = try analysis("failure_analysis")
        isFocusPresent = try flag("focus_present")
        isConditionMet = try flag("condition_met")
        isFailureShown = try flag("failure_shown")
    }

    /// Without thoughts before it and a code block round it.
    private static func withoutWrapping(_ text: String) -> String {
        var text = Message(.assistant, text).withThoughtsApart.content.trimmedWhitespace
        if text.hasPrefix("```"), text.hasSuffix("```"), text.count >= 6, let line = text.firstIndex(of: "\n") {
            text = String(text[line...].dropLast(3)).trimmedWhitespace
        }
        return text
    }

    private static func garbled(_ what: String, _ text: String) -> WhetError {
        let start = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return WhetError("the judge's reply \(what): \(start.count > 160 ? start.prefix(160) + "…" : start[...])")
    }
}
