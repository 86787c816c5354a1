import WhetCore

/// Something that sets tasks and can tell how well they were done.
///
/// Keeps: the same level and seed give the same task. What an episode's state is follows from the task and the messages
/// alone, so an episode can be taken up again anywhere. A failure throws; it is never a low score (DESIGN.md, law 4).
public protocol Environment: Sendable {
    /// What recipes and the store call it.
    var name: String { get }

    /// Whether its work is done in this process, so that it should be kept off the cooperative threads; false for one
    /// that waits for a process or a server.
    var computesHere: Bool { get }

    /// - Parameter level: difficulty, 0 the easiest.
    /// - Throws: when no such task can be made.
    func task(level: Int, seed: UInt64) async throws -> PracticeTask

    /// What the environment says after the policy's last message; nil ends the episode, as single-turn environments do.
    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]?

    /// - Parameter messages: the whole conversation, opening messages included; the policy's part is untrusted.
    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score

    /// How a perfect policy's conversation would have gone on after the opening messages, for a warm start: its answer,
    /// or answers and replies in turn; nil if the environment cannot tell.
    func demonstration(of task: PracticeTask) async throws -> [Message]?
}

extension Environment {
    public var computesHere: Bool { true }
    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? { nil }
    // Not async: beside a synchronous one of a conforming type it would be the one that is called.
    public func demonstration(of task: PracticeTask) throws -> [Message]? { nil }
}
