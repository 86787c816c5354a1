import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// The type of every interactive environment, for tests that hold for all of them.
struct GameType: Sendable, CustomTestStringConvertible {
    let type: any InteractiveEnvironment.Type
    var testDescription: String { type.name }

    static let all = EnvironmentCatalog.gym.entries.compactMap { $0.interactive.map(GameType.init) }
}

/// An environment with options as a recipe gives them.
func interactive<Base: InteractiveEnvironment>(
    _ type: Base.Type, _ options: JSONObject = [:]
) throws -> Interactive<Base> {
    try Interactive(
        options: EnvironmentOptions(options, declared: Interactive<Base>.options, environment: Base.name))
}

extension Interactive {
    /// A task round a problem made by hand.
    func task(_ problem: Base.Problem) throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: 0, level: 0,
            messages: [Message(.user, base.observation(of: try base.start(of: problem)))],
            problem: try JSONValue(encoding: problem))
    }

    /// The conversation when the policy writes these messages, until the game is over.
    func conversation(_ outputs: [String], of task: PracticeTask) async throws -> [Message] {
        var messages = task.messages
        for output in outputs {
            messages.append(Message(.assistant, output))
            guard let reply = try await reply(to: messages, of: task) else { break }
            messages += reply
        }
        return messages
    }

    func score(moves: [String], of task: PracticeTask) async throws -> Score {
        try await score(try await conversation(moves.map { "<answer>\($0)</answer>" }, of: task), of: task)
    }
}

extension InteractiveEnvironment {
    /// The state after moves that must all be legal.
    func state(_ problem: Problem, after moves: [String] = []) throws -> State {
        var state = try start(of: problem)
        for move in moves {
            try #require(!isOver(state), "the game was over before \(move)")
            guard case .played = play(move, in: &state) else {
                Issue.record("\(move) is illegal")
                continue
            }
        }
        return state
    }
}

extension Score {
    func part(_ name: String) -> Double? { parts.first { $0.name == name }?.value }
}
