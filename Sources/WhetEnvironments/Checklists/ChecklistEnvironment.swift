import WhetChecklists
import WhetCore

/// An environment whose rollouts are judged by a checklist as well: what each of the policy's messages did, turn by
/// turn.
///
/// Keeps: what could not be judged has no score (docs/design.md, law 4). The dialogue ends where the next turn requires
/// what was not met. Turns of the user beyond the checklist's belong to its last. Judgments are asked for once, if the
/// judge has a cache.
public struct ChecklistEnvironment: LayeredEnvironment {
    public let base: any Environment
    public let rubric: ChecklistRubric
    /// What the checklist's reward counts, from 0 to 1; the base's counts the rest, and says whether a task is solved.
    /// nil: the base has nothing to say.
    public let share: Double?
    let maximumLevel: Int
    /// Finds out whether the judge can be reached.
    private let prepareJudge: @Sendable () async throws -> Void

    public init(
        _ rubric: ChecklistRubric, share: Double?, on base: any Environment, maximumLevel: Int = 0,
        prepareJudge: @escaping @Sendable () async throws -> Void = {}
    ) {
        precondition(share.map { 0...1 ~= $0 } ?? true, "a share is from 0 to 1")
        self.rubric = rubric
        self.share = share
        self.base = base
        self.maximumLevel = maximumLevel
        self.prepareJudge = prepareJudge
    }

    func map(_ body: (any Environment) -> any Environment) -> ChecklistEnvironment {
        ChecklistEnvironment(
            rubric, share: share, on: body(base), maximumLevel: maximumLevel, prepareJudge: prepareJudge)
    }

    // Verdicts on steps are the checklist's alone: where something else counts as well, they would leave it out.
    public var judgesSteps: Bool { share == nil || share == 1 }

    /// - Throws: `WhetError` where the judge cannot be reached; what the base throws.
    public func prepare() async throws -> Int {
        try await prepareJudge()
        return try await preparedBase()
    }

    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        try await base.task(level: level, seed: seed)
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        guard let reply = try await base.reply(to: messages, of: task) else { return nil }
        let checklists = try rubric.checklists(of: task.problem)
        guard checklists.contains(where: \.endsEarly) else { return reply }
        let dialogue = try await dialogue(messages + reply, of: task, by: checklists)
        guard dialogue.turns.count > 1, dialogue.turns.last?.steps.isEmpty == true else { return reply }
        let ended = dialogue.turns.count - 2
        let judged = try await checklists.concurrentMap {
            try await rubric.scorer.judged(turn: ended, of: dialogue, by: $0)
        }
        // Asked again it might be known, and turns that were never offered would count as missed.
        if let unknown = judged.lazy.compactMap(\.unknown).first {
            throw WhetError(
                "a judgment is unknown: \(unknown)", at: "environment \(name), checklist",
                remedy: "look at the judge's server")
        }
        return judged.allowNextTurn(dependences: rubric.credit.dependences) ? reply : nil
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let other = try await base.score(messages, of: task)
        do {
            let checklists = try rubric.checklists(of: task.problem)
            let own = try await rubric.score(try await dialogue(messages, of: task, by: checklists), by: checklists)
            return share.map { own.joined(with: other, share: $0) } ?? own
        } catch let error as WhetError {
            throw error.within("environment \(name), checklist")
        }
    }

    public func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        try await base.callsApart(in: messages, of: task)
    }

    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await base.demonstration(of: task)
    }

    private func dialogue(
        _ messages: [Message], of task: PracticeTask, by checklists: [Checklist]
    ) async throws -> Dialogue {
        let dialogue = try Dialogue(
            await base.callsApart(in: messages, of: task), openingCount: task.messages.count)
        return checklists.map(\.turns.count).min().map(dialogue.joined(intoTurns:)) ?? dialogue
    }
}

extension Checklist {
    /// Whether a dialogue may stop before its last turn.
    fileprivate var endsEarly: Bool { turns.contains { $0.items.contains(where: \.isRequiredForNextTurn) } }
}
