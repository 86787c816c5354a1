/// Anything that answers a conversation: a server, a canned answer in a test.
public protocol ChatModel: Sendable {
    /// What its answers are kept under: two that answer differently have different names.
    var name: String { get }

    /// - Parameter seed: what its draws are made from, as far as it heeds one.
    /// - Returns: what it says to the last message.
    /// - Throws: where there is no answer, whatever the reason; an empty one is an answer.
    func reply(to messages: [Message], seed: UInt64) async throws -> String
}
