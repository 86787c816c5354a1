import Synchronization
import WhetCore
import WhetEnvironments

/// The functions of an app world as tools, a world for each rollout.
///
/// Keeps: a world changes by functions alone: whoever calls them holds no more of it than what they give back. The same
/// calls make the same world again.
struct AppTools: ScoringToolSet {
    var memory: ToolMemory { .repeatable }
    let reward: AppReward

    func definitions() async throws -> [ToolDefinition] { AppCatalog.functions.map(\.definition) }

    func scoredSession(for task: PracticeTask) async throws -> any ScoredToolSession {
        AppToolSession(try AppWorldSession(problem: task.problem), reward: reward)
    }
}

/// A world that is called from outside, by one rollout.
final class AppWorldSession: Sendable {
    /// How many calls a rollout may make: a loop without end should not go on for ever.
    static let mostCalls = 1000

    private struct State: Sendable {
        var world: AppWorld
        var calls = 0
    }

    let task: AppTask
    private let state: Mutex<State>

    /// - Throws: `WhetError` for a problem that no world can be made of.
    init(problem: JSONValue) throws {
        task = try AppTask(problem: problem)
        state = Mutex(State(world: task.world))
    }

    /// - Parameter name: "app.function", untrusted as the arguments are.
    func answer(_ name: String, _ arguments: JSONObject) -> Result<JSONValue, AppRefusal> {
        state.withLock { state in
            guard state.calls < Self.mostCalls else {
                return .failure(AppRefusal("no more than \(Self.mostCalls) calls can be made"))
            }
            state.calls += 1
            return AppCatalog.call(name, arguments, in: &state.world)
        }
    }

    /// How well the task was done, by the world as it is now.
    ///
    /// - Parameter messages: the policy's last one has the answer.
    func score(_ messages: [Message], reward: AppReward) -> Score {
        let last = messages.last { $0.role == .assistant }?.content
        let answer = last.flatMap { Answer(lastIn: $0)?.text }
        return task.score(state.withLock { $0.world }, answer: answer, reward: reward)
    }
}

/// A world whose functions are the tools.
private struct AppToolSession: ScoredToolSession {
    let world: AppWorldSession
    let reward: AppReward

    init(_ world: AppWorldSession, reward: AppReward) {
        self.world = world
        self.reward = reward
    }

    func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
        switch world.answer(name, arguments) {
        case .success(let value): ToolResult(value.text(style: .spaced))
        case .failure(let refusal): ToolResult("Error: \(refusal.sentence).", isError: true)
        }
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        world.score(messages, reward: reward)
    }
}
