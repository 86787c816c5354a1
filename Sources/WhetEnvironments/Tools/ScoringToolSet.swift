import WhetCore

/// Tools on whose state depends how well a task was done, such as those of a world that tasks ask to be changed.
///
/// `ToolEnvironment` asks the session for the score, in place of its base environment.
public protocol ScoringToolSet: ToolSet {
    /// Begins the use of the tools in one rollout, as `session(for:)` does.
    func scoredSession(for task: PracticeTask) async throws -> any ScoredToolSession
}

extension ScoringToolSet {
    public func session(for task: PracticeTask) async throws -> any ToolSession { try await scoredSession(for: task) }
}

/// One rollout's use of tools that can tell how well their task was done.
public protocol ScoredToolSession: ToolSession {
    /// Called once, after the last call.
    ///
    /// - Parameters:
    ///   - messages: the conversation without calls and results; the policy's part is untrusted.
    ///   - task: as the base environment made it.
    /// - Throws: what cannot be judged; it is never a low score.
    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score
}
