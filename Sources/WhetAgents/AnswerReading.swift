import Foundation
import WhetCore
import WhetRollouts
import WhetText

/// What a client is to be told of a policy's tokens: words, thoughts apart, and calls of tools.
struct PolicyAnswer: Hashable, Sendable {
    var content: String
    var reasoning: String?
    var calls: [Message.ToolCall]

    var message: Message { Message(.assistant, content, reasoning: reasoning, toolCalls: calls) }

    /// - Parameters:
    ///   - syntax: nil where no tools were offered.
    ///   - stops: where the words end for the client.
    ///   - isThinking: whether the prompt has opened a `<think>` that the policy goes on with.
    ///   - key: what ids of calls are made from, so that they are the same in every run.
    init(
        _ tokens: [Int32], format: ChatFormat, syntax: ToolCallSyntax?, stops: [String], isThinking: Bool, key: UInt64
    ) {
        let end = tokens.lastIndex { !format.tokenizer.isSpecial($0) }.map { $0 + 1 } ?? 0
        var words = format.text(of: tokens).cut(at: stops)
        reasoning = Self.takeReasoning(from: &words, isThinking: isThinking)
        content = words
        calls = []
        guard let syntax else { return }
        // Some models mark calls with special tokens, which content never shows.
        var marked = format.tokenizer.decode(Array(tokens[..<end])).cut(at: stops)
        _ = Self.takeReasoning(from: &marked, isThinking: isThinking)
        guard let read = syntax.read(marked) else { return }
        content = read.content
        calls = read.calls.enumerated().map { index, call in
            Message.ToolCall(id: "call_\(String(key, radix: 36))_\(index)", name: call.name, arguments: call.arguments)
        }
    }

    /// The words as they are, of a call without messages.
    init(text: String) {
        content = text
        calls = []
    }

    private static func takeReasoning(from words: inout String, isThinking: Bool) -> String? {
        let opening = words.range(of: "<think>")
        let isOpened = opening.map { words[..<$0.lowerBound].allSatisfy(\.isWhitespace) } ?? false
        guard isThinking || isOpened else { return nil }
        let start = isOpened ? opening?.upperBound ?? words.startIndex : words.startIndex
        guard let close = words.range(of: "</think>", range: start..<words.endIndex) else {
            defer { words = "" }
            return String(words[start...]).trimmingSpace
        }
        let reasoning = String(words[start..<close.lowerBound]).trimmingSpace
        words = String(words[close.upperBound...].drop(while: \.isWhitespace))
        return reasoning
    }
}

extension String {
    /// What stands before the first of the stop strings.
    func cut(at stops: [String]) -> String {
        let ends = stops.compactMap { $0.isEmpty ? nil : range(of: $0)?.lowerBound }
        return ends.min().map { String(self[..<$0]) } ?? self
    }
}
