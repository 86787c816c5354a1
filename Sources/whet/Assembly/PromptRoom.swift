import WhetCore
import WhetEnvironments
import WhetRollouts

/// Whether the policy's context has room for an answer to anything at all; found out before any work starts.
///
/// Keeps: a few prompts that are too long are no mistake: their rollouts are truncated and say so.
struct PromptRoom {
    /// As many prompts are looked at.
    private static let most = 64

    let format: ChatFormat
    /// Tokens that the policy's context holds.
    let context: Int

    /// - Throws: `WhetError` with the shortest prompt where none leaves room.
    func check(_ environments: EnvironmentAssembly) async throws {
        var tasks = Array(environments.curriculum.evaluationTasks.prefix(Self.most))
        if tasks.isEmpty {
            for index in 0..<8 { tasks.append(try await environments.curriculum.task(index, purpose: "prompt room")) }
        }
        var shortest = Int.max
        for task in tasks {
            // A program makes prompts of its own.
            if environments.byName[task.environment] is AgentEnvironment { return }
            shortest = min(shortest, try format.prompt(for: task.messages, tools: task.tools).count)
            if shortest < context { return }
        }
        throw WhetError(
            "no prompt leaves room for an answer: the shortest has \(shortest) tokens, and the policy's context holds "
                + "\(context)",
            at: "environments", expected: "prompts of fewer tokens than the context",
            remedy:
                "a policy with a longer context (policy.architecture.context_length for a new one), or shorter prompts")
    }
}
