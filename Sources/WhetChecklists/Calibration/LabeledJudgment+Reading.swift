import Foundation
import WhetCore
import WhetYAML

extension LabeledJudgment {
    /// Reads people's judgments, a JSON object a line:
    ///
    ///     {"messages": […], "item": {…}, "met": true}
    ///
    /// `messages` is a dialogue in OpenAI's form; the item (in CM2's form; weight and the like may be left out) is
    /// judged after its last message, about its last turn.
    ///
    /// - Parameter file: what errors call it.
    /// - Throws: `ChecklistError` with every mistake.
    public static func list(jsonLines data: Data, file: String) throws(ChecklistError) -> [LabeledJudgment] {
        let mistakes = YAMLMistakes()
        var labels: [LabeledJudgment] = []
        for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { !" \t\r".utf8.contains($0) }) {
            do {
                let tree = try LocatedJSON.tree(of: Array(line), file: file, line: index + 1)
                if let label = label(tree, mistakes) { labels.append(label) }
            } catch {
                mistakes.note(
                    error as? WhetError ?? WhetError("\(error)"), "", at: YAMLPlace(file: file, line: index + 1))
            }
        }
        try mistakes.throwIfAny()
        guard !labels.isEmpty else {
            throw ChecklistError([
                WhetError(
                    "there are no judgments", at: file, expected: "lines of {\"messages\": …, \"item\": …, \"met\": …}")
            ])
        }
        return labels
    }

    private static func label(_ tree: YAMLTree, _ mistakes: YAMLMistakes) -> LabeledJudgment? {
        guard let section = YAMLSection(tree, "", keys: ["messages", "item", "met"], mistakes) else { return nil }
        let met = section.required("met", section.flag("met"), expected: "true or false: what a person says")
        let messages = section.required("messages", section.list("messages"), expected: "a dialogue in OpenAI's form")
        let reader = ChecklistReader(mistakes: mistakes, style: .handwritten)
        let item = section.required("item", section["item"], expected: "an item").flatMap { reader.item($0, "item") }
        guard let met, let messages, let item else { return nil }
        do {
            let dialogue = try Dialogue(messages.map { try Message(json: $0.value) })
            guard let turn = dialogue.turns.last, let step = turn.steps.indices.last else {
                throw WhetError(
                    "the assistant has not answered", expected: "a message of the assistant in the last turn")
            }
            let earlier = dialogue.opening + dialogue.turns.dropLast().flatMap(\.messages)
            return LabeledJudgment(
                item: item, recording: Recording(earlier: earlier, current: turn.messages(through: step)), isMet: met)
        } catch {
            mistakes.note(
                error as? WhetError ?? WhetError("\(error)"), "messages", at: tree.place(of: "messages"))
            return nil
        }
    }
}
