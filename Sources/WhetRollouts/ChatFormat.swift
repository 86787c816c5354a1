import Foundation
import WhetCore
import WhetText

/// How a policy's conversations become token ids, and its tokens text: a tokenizer and a chat template that belong
/// together.
///
/// Keeps: what the policy sampled is never rendered or tokenized again (docs/design.md, law 1).
public struct ChatFormat: Sendable {
    public let tokenizer: Tokenizer
    public let template: ChatTemplate
    /// The token that ends the policy's turn.
    public let endOfTurn: Int32

    public init(tokenizer: Tokenizer, template: ChatTemplate, endOfTurn: Int32) {
        self.tokenizer = tokenizer
        self.template = template
        self.endOfTurn = endOfTurn
    }

    /// The ids that open an episode: the messages, and whatever the template puts before an answer.
    ///
    /// - Throws: `WhetError` when the template refuses the messages.
    public func prompt(for messages: [Message], tools: JSONValue? = nil) throws -> [Int32] {
        tokenizer.encode(try template.render(messages: messages, tools: tools, addGenerationPrompt: true))
    }

    /// The ids between a policy's turn and its next: what closes the turn, if the policy has not closed it itself, the
    /// environment's `reply`, and the opening of the next turn.
    ///
    /// Found by rendering the conversation with a marker in the place of the policy's words, and reading on after the
    /// marker; so templates that rewrite or drop earlier turns do no harm.
    ///
    /// - Parameters:
    ///   - messages: the conversation up to and with the policy's last message.
    ///   - sampled: the last turn as it was sampled.
    /// - Throws: `WhetError` when the template refuses the messages or swallows the marker.
    public func continuation(
        of messages: [Message], sampled: [Int32], with reply: [Message], tools: JSONValue? = nil
    ) throws -> [Int32] {
        let ids = try continuation(after: sampled) { words in
            let conversation = messages.dropLast() + [Message(.assistant, words)] + reply
            return try template.render(messages: Array(conversation), tools: tools, addGenerationPrompt: true)
        }
        guard let ids else {
            throw WhetError("the chat template does not show the assistant's words, so a second turn cannot be written")
        }
        return ids
    }

    /// The ids between a policy's turn and its next, in a conversation that `render` writes.
    ///
    /// - Parameters:
    ///   - sampled: the turn as it was sampled.
    ///   - render: writes the conversation, with the words it is given in the place of that turn's.
    /// - Returns: nil where those words are not shown.
    public func continuation(
        after sampled: [Int32], rendering render: (_ words: String) throws -> String
    ) rethrows -> [Int32]? {
        let marker = "\u{2402}whet-turn\u{2403}"
        let text = try render(marker)
        guard let end = text.range(of: marker, options: .backwards)?.upperBound else { return nil }
        let ids = tokenizer.encode(String(text[end...]))
        return sampled.last == ids.first ? Array(ids.dropFirst()) : ids
    }

    /// The ids of a turn in which the policy says `text` and ends.
    public func turn(saying text: String) -> [Int32] { tokenizer.encode(text) + [endOfTurn] }

    /// What the policy said: its tokens as text, without the special tokens that end a turn.
    public func text(of tokens: [Int32]) -> String { tokenizer.decode(tokens, skipSpecialTokens: true) }
}
