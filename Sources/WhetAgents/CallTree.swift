import Foundation
import WhetCore
import WhetRollouts

/// The calls of one episode: which went on from which.
///
/// Keeps: a call's prompt begins with all ids of the call that it goes on from, those sampled there included, just as
/// they were sampled; what was sampled is never tokenized again.
struct CallTree: Sendable {
    /// What an agent wants answered.
    enum Source: Sendable {
        case chat(Conversation)
        case text(String)
        case tokens([Int32])
    }

    /// Where a call belongs: its prompt, and the call that it goes on from.
    struct Placement: Hashable, Sendable {
        var parent: Int?
        var prompt: [Int32]
    }

    /// A call that was answered.
    struct Call: Sendable {
        let placement: Placement
        /// How many calls of the same prompt came before.
        let occurrence: Int
        /// How many calls had begun before this one.
        let order: Int
        /// The conversation with its answer; nil for calls without messages.
        let conversation: Conversation?
        /// What was sampled: one span, or several where it was interrupted.
        let spans: [TokenSpan]
        /// When each was asked for and had come.
        let times: [ClosedRange<Double>]

        var tokens: [Int32] { spans.flatMap(\.tokens) }

        /// The prompt and what was sampled.
        var ids: [Int32] { placement.prompt + tokens }
    }

    private(set) var calls: [Call] = []

    /// Finds the call that `source` goes on from: by its messages, else by its ids or its text. Of several the longest.
    ///
    /// - Throws: `WhetError` when the template refuses the messages.
    func placement(of source: Source, format: ChatFormat) throws -> Placement {
        switch source {
        case .chat(let conversation):
            if let parent = longest(where: { call in call.conversation.map(conversation.continues) ?? false }),
                let earlier = calls[parent].conversation,
                let more = try format.continuation(from: earlier, sampled: calls[parent].tokens, to: conversation)
            {
                return Placement(parent: parent, prompt: calls[parent].ids + more)
            }
            return placement(ofTokens: try format.prompt(for: conversation))
        case .tokens(let tokens): return placement(ofTokens: tokens)
        case .text(let text):
            // What the tokenizer puts before every text was not in the agent's.
            let opening = format.tokenizer.decode(format.tokenizer.encode("", addSpecialTokens: true))
            let whole = (opening + text).utf8
            let written = longest { call in whole.starts(with: format.tokenizer.decode(call.ids).utf8) }
            guard let written else { return placement(ofTokens: format.tokenizer.encode(text, addSpecialTokens: true)) }
            let rest = whole.dropFirst(format.tokenizer.decode(calls[written].ids).utf8.count)
            let more = format.tokenizer.encode(String(decoding: rest, as: UTF8.self))
            return Placement(parent: written, prompt: calls[written].ids + more)
        }
    }

    mutating func append(_ call: Call) { calls.append(call) }

    private func placement(ofTokens tokens: [Int32]) -> Placement {
        Placement(parent: longest { tokens.starts(with: $0.ids) }, prompt: tokens)
    }

    /// The call with the most ids; of equally long ones always the same, whatever order they came in.
    private func longest(where isRight: (Call) -> Bool) -> Int? {
        var best: (index: Int, ids: [Int32])?
        for (index, call) in calls.enumerated() where isRight(call) {
            let ids = call.ids
            guard let found = best else {
                best = (index, ids)
                continue
            }
            let isBetter = ids.count != found.ids.count
                ? ids.count > found.ids.count : ids.lexicographicallyPrecedes(found.ids)
            if isBetter { best = (index, ids) }
        }
        return best?.index
    }
}

extension ChatFormat {
    func prompt(for conversation: Conversation) throws -> [Int32] {
        tokenizer.encode(
            try template.render(
                conversation.messages, tools: conversation.tools, addGenerationPrompt: true,
                extra: conversation.variables))
    }

    /// The ids between the policy's last words in `earlier` and its next turn in `later`: `continuation`'s way, for
    /// messages with whatever keys they have.
    ///
    /// - Parameter earlier: ends with the policy's words.
    /// - Returns: nil where the template does not show those words when what is said in `later` follows them.
    func continuation(from earlier: Conversation, sampled: [Int32], to later: Conversation) throws -> [Int32]? {
        let marker = "\u{2402}whet-turn\u{2403}"
        var messages = later.messages
        messages[earlier.messages.count - 1] = Message(.assistant, marker).json
        let text = try template.render(
            messages, tools: later.tools, addGenerationPrompt: true, extra: later.variables)
        guard let end = text.range(of: marker, options: .backwards)?.upperBound else { return nil }
        let ids = tokenizer.encode(String(text[end...]))
        return sampled.last == ids.first ? Array(ids.dropFirst()) : ids
    }
}
