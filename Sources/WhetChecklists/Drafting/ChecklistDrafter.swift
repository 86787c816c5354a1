import WhetCore
import WhetHTTP
import WhetYAML

/// Drafts checklists from reference dialogues with a model behind an OpenAI-compatible server; a person edits them.
///
/// Keeps: what comes back is a sound checklist with an entry for each turn, or nothing.
public struct ChecklistDrafter: Sendable {
    /// How often a draft with mistakes is handed back.
    public static let corrections = 2
    private let server: ChatServer
    private let turnstile: Turnstile

    /// - Parameters:
    ///   - url: with or without `/v1`.
    ///   - settings: a draft is long: `maximumTokens` is for all of it. `votes` has no part in it.
    /// - Throws: `WhetError` for settings that are not possible.
    public init(url: String, model: String, client: HTTPClient, settings: JudgeSettings) throws {
        server = try ChatServer(url: url, model: model, client: client, settings: settings)
        turnstile = Turnstile(places: settings.concurrency)
    }

    /// - Parameters:
    ///   - tools: declarations in OpenAI's form.
    ///   - seed: of the model's sampling; another gives another draft.
    /// - Throws: `ChecklistError` where the last draft still has mistakes; `HTTPError` or `WhetError` where the server
    ///   fails; `CancellationError`.
    public func draft(from dialogue: Dialogue, tools: JSONValue = [], seed: UInt64 = 0) async throws -> Checklist {
        guard !dialogue.turns.isEmpty else {
            throw WhetError("there is no message of the user", at: "dialogue", expected: "a dialogue with turns")
        }
        return try await turnstile.pass { try await attempt(dialogue, tools, seed) }
    }

    private func attempt(_ dialogue: Dialogue, _ tools: JSONValue, _ seed: UInt64) async throws -> Checklist {
        let fence = "=====" + String(UInt64.random(in: .min ... .max), radix: 36) + "====="
        var messages = [
            Message(.system, DraftPrompt.system),
            Message(.user, DraftPrompt.user(dialogue, tools: tools, fence: fence)),
        ]
        var attempt = 0
        while true {
            let text = try await reply(to: messages, seed: RandomStream.key(seed: seed, purpose: "draft", [attempt]))
            do {
                return try Self.read(text, turns: dialogue.turns.count)
            } catch {
                guard attempt < Self.corrections else { throw error }
                messages += [Message(.assistant, text), Message(.user, DraftPrompt.correction(error))]
            }
            attempt += 1
        }
    }

    private func reply(to messages: [Message], seed: UInt64) async throws -> String {
        do {
            return try await server.reply(
                to: messages, schema: ("checklist", DraftPrompt.schema),
                seed: { RandomStream.key(seed: seed, purpose: "try", [$0]) },
                reading: { try JSONReply.object(in: $0, of: "the draft").text() })
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw error
        }
    }

    /// Models cannot add: weights of at least 0 that do not sum to 1 are divided by their sum.
    static func read(_ text: String, turns: Int) throws(ChecklistError) -> Checklist {
        let tree: YAMLTree
        do {
            tree = YAMLTree(try JSONValue(parsing: text).withWeightsMadeWhole, at: YAMLPlace(outsideFile: "draft"))
        } catch {
            throw ChecklistError([WhetError("the draft is not JSON", at: "draft")])
        }
        let mistakes = YAMLMistakes()
        guard let section = YAMLSection(tree, "", keys: ["turns"], mistakes) else {
            throw ChecklistError(mistakes.errors)
        }
        let written = section.required("turns", section.list("turns"), expected: "an entry for each turn") ?? []
        if written.count != turns, mistakes.isEmpty {
            mistakes.note(
                "there are \(written.count) turns", "turns", at: tree.place,
                expected: "\(turns), as the user has messages")
        }
        let reader = ChecklistReader(mistakes: mistakes, style: .complete)
        let lists = written.enumerated().compactMap { index, turn -> (tree: YAMLTree, path: String)? in
            let path = "turns.\(index)"
            guard let turn = YAMLSection(turn, path, keys: ["items"], mistakes),
                let items = turn.required("items", turn["items"], expected: "a list of items")
            else { return nil }
            return (items, path.dotted("items"))
        }
        let read = reader.turns(lists)
        try mistakes.throwIfAny()
        guard let read else { throw ChecklistError([WhetError("the draft cannot be used", at: "draft")]) }
        return Checklist(turns: read)
    }
}

extension JSONValue {
    fileprivate var withWeightsMadeWhole: JSONValue {
        guard var object = object, let turns = object["turns"]?.array else { return self }
        object["turns"] = .array(
            turns.map { turn in
                guard var entry = turn.object, let items = entry["items"]?.array else { return turn }
                let weights = items.compactMap { $0["weight"]?.double }
                let sum = weights.reduce(0, +)
                guard weights.count == items.count, weights.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite else {
                    return turn
                }
                entry["items"] = .array(
                    zip(items, weights).map { item, weight in
                        var item = item.object ?? [:]
                        item["weight"] = .number(weight / sum)
                        return .object(item)
                    })
                return .object(entry)
            })
        return .object(object)
    }
}
