import WhetCore

/// Something that sets tasks and can tell how well they were done.
///
/// Keeps: the same level and seed give the same task. What an episode's state is follows from the task and the messages
/// alone, so an episode can be taken up again anywhere. A failure throws; it is never a low score (docs/design.md, law
/// 4).
public protocol Environment: Sendable {
    /// What recipes and the store call it.
    var name: String { get }

    /// Whether its work is done in this process, so that it should be kept off the cooperative threads; false for one
    /// that waits for a process or a server.
    var computesHere: Bool { get }

    /// Whether its scores have `steps`: a verdict on each message of the policy.
    var judgesSteps: Bool { get }

    /// - Parameter level: difficulty, 0 the easiest.
    /// - Throws: when no such task can be made.
    func task(level: Int, seed: UInt64) async throws -> PracticeTask

    /// What the environment says after the policy's last message; nil ends the episode, as single-turn environments do.
    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]?

    /// - Parameter messages: the whole conversation, opening messages included; the policy's part is untrusted.
    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score

    /// The same conversation with the policy's calls of tools as such and not in its words, and the tools' answers as
    /// messages of theirs: what a judge looks at. A call that was refused is answered by an object with the member
    /// `error_tool_call`.
    ///
    /// - Parameter messages: the whole conversation, opening messages included.
    func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message]

    /// How a perfect policy's conversation would have gone on after the opening messages, for a warm start: its answer,
    /// or answers and replies in turn; nil if the environment cannot tell.
    func demonstration(of task: PracticeTask) async throws -> [Message]?
}

extension Environment {
    public var computesHere: Bool { true }
    public var judgesSteps: Bool { false }
    // Not async: beside a synchronous one of a conforming type it would be the one that is called.
    public func callsApart(in messages: [Message], of task: PracticeTask) throws -> [Message] { messages }
    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? { nil }
    public func demonstration(of task: PracticeTask) throws -> [Message]? { nil }
}
