import WhetCore

/// Makes a `ProceduralEnvironment` an `Environment`: single-turn, the answer between tags.
///
/// Keeps: a task is made of (environment and its options, level, seed) alone; its `problem` is all that scoring needs.
public struct Procedural<Base: ProceduralEnvironment>: Environment {
    public let base: Base

    public init(_ base: Base) { self.base = base }

    public var name: String { Base.name }

    public func task(level: Int, seed: UInt64) throws -> PracticeTask {
        let problem = try self.problem(level: level, seed: seed)
        return PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, message(for: problem))],
            problem: try JSONValue(encoding: problem))
    }

    /// - Throws: `WhetError` where the base environment has no such level.
    public func problem(level: Int, seed: UInt64) throws -> Base.Problem {
        try check(level: level, upTo: Base.maximumLevel)
        var random = RandomStream(seed: seed, purpose: name, level)
        return try base.problem(level: level, random: &random)
    }

    /// What the policy reads: the base environment's words, and how to mark the answer.
    public func message(for problem: Base.Problem) -> String {
        let prompt = base.prompt(for: problem)
        return base.explainsAnswerTags ? prompt + "\nGive your final answer as <answer>…</answer>." : prompt
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let problem = try self.problem(of: task, as: Base.Problem.self)
        guard let output = messages.last(where: { $0.role == .assistant })?.content else { throw nothingToScore }
        guard let answer = Answer(lastIn: output) else {
            return Score(reward: -1, isSolved: false, reason: "the last message has no <answer>…</answer>")
        }
        let reward = base.score(answer, for: problem)
        let isSolved = base.isSolved(reward, problem: problem)
        return Score(reward: reward, isSolved: isSolved, reason: Self.reason(reward: reward, isSolved: isSolved))
    }

    public func demonstration(of task: PracticeTask) throws -> [Message]? {
        guard let answer = base.demonstration(for: try problem(of: task)) else { return nil }
        return [Message(.assistant, "<answer>\(answer)</answer>")]
    }

    private static func reason(reward: Double, isSolved: Bool) -> String {
        if isSolved { return "solved" }
        if reward <= -1 { return "the answer cannot be read as what was asked for" }
        if reward < 0 { return "the answer breaks the problem's rules" }
        if reward == 0 { return "the answer is wrong" }
        return "the answer is right in part"
    }
}
