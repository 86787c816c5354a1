import WhetCore

/// What a judge has to reply: three findings, each after its analysis. The verdict follows from them by code.
struct JudgeReply: Hashable {
    var focusAnalysis, conditionAnalysis, failureAnalysis: String
    var isFocusPresent, isConditionMet, isFailureShown: Bool

    static let members = [
        "code", "focus_analysis", "focus_present", "condition_analysis", "condition_met", "failure_analysis",
        "failure_shown",
    ]

    /// Met only if the part is there, the condition is fulfilled, and nothing that counts as failure happened: CM2's
    /// rule.
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

    /// Reads a whole reply: one JSON object of exactly the members asked for.
    ///
    /// - Throws: `WhetError` for everything else.
    init(_ text: String, code: String) throws {
        func garbled(_ what: String) -> WhetError { JSONReply.garbled(what, text, "the judge's reply") }
        let object = try JSONReply.object(in: text, of: "the judge's reply").object ?? [:]
        guard object.count == Self.members.count, object.keys.allSatisfy(Self.members.contains) else {
            throw garbled("has not the members that were asked for")
        }
        guard object["code"]?.string == code else { throw garbled("does not repeat its code") }
        func analysis(_ name: String) throws -> String {
            guard let text = object[name]?.string else { throw garbled("has no text at \(name)") }
            return text
        }
        func flag(_ name: String) throws -> Bool {
            guard let flag = object[name]?.bool else { throw garbled("has no true or false at \(name)") }
            return flag
        }
        focusAnalysis = try analysis("focus_analysis")
        conditionAnalysis = try analysis("condition_analysis")
        failureAnalysis = try analysis("failure_analysis")
        isFocusPresent = try flag("focus_present")
        isConditionMet = try flag("condition_met")
        isFailureShown = try flag("failure_shown")
    }
}
