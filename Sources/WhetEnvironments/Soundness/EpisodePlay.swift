import WhetCore

/// Plays an episode with somebody who is no policy: by a script, or by a rule.
public struct EpisodePlay: Sendable {
    let environment: any Environment

    public init(in environment: any Environment) { self.environment = environment }

    /// The messages one after the other, until they or the episode are at an end; the environment answers in between.
    ///
    /// - Returns: the whole conversation.
    /// - Throws: what `reply` throws.
    public func conversation(saying policy: [Message], of task: PracticeTask) async throws -> [Message] {
        try await conversation(of: task, turns: policy.count) { _, turn in policy[turn] }
    }

    /// At most so many turns, until the episode is at its end.
    ///
    /// - Parameter message: what is said to a conversation, in a turn from 0.
    /// - Returns: the whole conversation.
    /// - Throws: what `message` and `reply` throw.
    func conversation(
        of task: PracticeTask, turns: Int, _ message: ([Message], _ turn: Int) throws -> Message
    ) async throws -> [Message] {
        var messages = task.messages
        for turn in 0..<turns {
            messages.append(try message(messages, turn))
            guard let reply = try await environment.reply(to: messages, of: task) else { break }
            messages += reply
        }
        return messages
    }
}
