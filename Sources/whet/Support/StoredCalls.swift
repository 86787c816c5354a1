import WhetCore
import WhetEnvironments
import WhetStore
import WhetTraining

/// Tells tool calls apart in stored rollouts, by the environments of their runs' recipes.
actor StoredCalls {
    private let store: RolloutStore
    private var environments: [String: [String: any Environment]] = [:]

    init(of store: RolloutStore) { self.store = store }

    /// - Throws: `WhetError` where the environment is no longer there, or cannot tell.
    nonisolated var callsApart: ConversationForm.CallsApart {
        { stored in
            let (rollout, task) = (stored.rollout, stored.rollout.task)
            do {
                guard let environment = try await self.environments(of: stored.run)[task.environment] else {
                    throw WhetError("there is no environment \"\(task.environment)\"")
                }
                return try await environment.callsApart(in: rollout.messages, of: task)
            } catch let error as WhetError {
                throw WhetError(
                    "the tool calls of rollout \(rollout.id) cannot be told apart: \(error.sentence())",
                    at: "run \(stored.run)", remedy: "--calls words leaves them in the policy's words")
            }
        }
    }

    private func environments(of run: String) async throws -> [String: any Environment] {
        if let known = environments[run] { return known }
        let recipe = try Recipe(of: try await store.run(run), readBy: WhetVersion.current)
        let made = try EnvironmentAssembly.environments(of: recipe)
        environments[run] = made
        return made
    }
}
