import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts
import WhetTestSupport
import WhetText

/// Asks for a word twice; solved when the second answer is "yes".
struct TwoTurns: Environment {
    let name = "TwoTurns"

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, "number \(seed % 50)")],
            problem: ["level": .integer(level)])
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        messages.count { $0.role == .assistant } < 2 ? [Message(.user, "again")] : nil
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        if messages.last?.content == "crash" { throw WhetError("the scorer crashed") }
        let isSolved = messages.last?.content == "yes"
        return Score(reward: isSolved ? 1 : 0, isSolved: isSolved)
    }
}

enum Fixtures {
    static func format() throws -> ChatFormat { try loaded.get() }

    /// Read once: every canned answer needs it.
    private static let loaded = Result<ChatFormat, any Error> {
        let tokenizer = try Tokenizer(directory: FixtureFolders.qwen3)
        return ChatFormat(
            tokenizer: tokenizer, template: try ChatTemplate(directory: FixtureFolders.qwen3),
            endOfTurn: tokenizer.endOfSequence ?? 0)
    }

    static func player(_ server: ScriptedServer) throws -> EpisodePlayer {
        EpisodePlayer(
            server: server, environments: { $0 == "TwoTurns" ? TwoTurns() : nil }, format: try format(), run: "test")
    }

    static func plans(_ groups: Int, size: Int) throws -> [RolloutPlan] {
        let format = try format()
        return try (0..<groups).flatMap { index in
            let task = try TwoTurns().task(level: 0, seed: UInt64(index))
            return try RolloutPlan.group(GroupID(index), of: task, size: size, format: format, runSeed: 1)
        }
    }

    /// What an honest server answers: `text` as its policy would have sampled it.
    static func generation(
        _ text: String, to request: GenerationRequest, finish: FinishReason = .stop, version: Int? = 0
    ) throws -> Generation {
        let format = try format()
        let tokens = finish == .stop ? format.turn(saying: text) : format.tokenizer.encode(text)
        return try .honest(tokens, to: request, finish: finish, version: version)
    }
}
