import Foundation
import WhetCore
import WhetYAML

/// A reference dialogue with its checklists, as CM2's annotated data has them.
///
/// Keeps: what was read is written back, keys that whet does not know included.
public struct ChecklistRecord: Hashable, Sendable {
    /// CM2's `uuid`.
    public var id: String
    /// OpenAI's form, as it was written: thoughts stand in the content between `<think>` and `</think>`.
    public var messages: [JSONValue]
    /// Declarations in OpenAI's form, as they were written (CM2's later files have them as JSON text).
    public var tools: JSONValue
    /// Different annotations of the same dialogue; a rollout's reward is the mean over them.
    public var checklists: [Checklist]
    /// All other keys.
    public var others: JSONObject

    public init(
        id: String, messages: [JSONValue], tools: JSONValue, checklists: [Checklist], others: JSONObject
    ) {
        self.id = id
        self.messages = messages
        self.tools = tools
        self.checklists = checklists
        self.others = others
    }

    /// The reference dialogue by turns and steps.
    ///
    /// - Throws: `WhetError` for messages that are no dialogue.
    public func dialogue() throws -> Dialogue { try Dialogue(messages.map(Message.init(json:))) }
}

extension ChecklistRecord {
    /// CM2's JSON of one record.
    public var json: JSONValue {
        var object: JSONObject = ["uuid": .string(id), "messages": .array(messages), "tools": tools]
        object["checklists"] = .array(checklists.map(\.json))
        object.merge(others) { own, _ in own }
        return .object(object)
    }
}

extension Checklist {
    /// CM2's JSON: a list of items for each turn. The name has no place in it.
    public var json: JSONValue { .array(turns.map { .array($0.items.map(\.json)) }) }
}

extension ChecklistItem {
    /// CM2's JSON; `check` is whet's own and is there only if the item has one.
    public var json: JSONValue {
        var object: JSONObject = ["id": .string(id), "evidence": .array(evidence.map(\.json))]
        object["focus_on"] = .string(focus.rawValue)
        object["question"] = .string(question)
        object["pass_condition"] = .string(passCondition)
        object["failure_examples"] = .array(failureExamples.map(JSONValue.string))
        object["required_for_next_turn"] = .bool(isRequiredForNextTurn)
        object["dependence"] = .array(dependences.map(JSONValue.string))
        object["weight"] = .number(weight)
        if let check { object["check"] = .object(check.json) }
        if let extraInformation { object["extra_info"] = extraInformation }
        return .object(object)
    }
}

extension ChecklistItem.Evidence {
    var json: JSONValue {
        ["turn": .integer(turn), "step": .integer(step), "from": .string(source.rawValue), "snippet": .string(snippet)]
    }
}
