import WhetChecklists
import WhetCore
import WhetText

/// Reference dialogues to be gone through anew: the user's turns are replayed or played, tools say what was recorded or
/// are imitated, and a checklist around it judges (`ChecklistEnvironment`).
///
/// Keeps: a task is the dialogue that its seed names; all that playing and judging needs is in its problem, but for the
/// tools' declarations, which are found by the dialogue's id.
public struct DialogueEnvironment: Environment {
    public let name: String
    public var computesHere: Bool { false }
    private let dialogues: [ReferenceDialogue]
    private let numbers: [String: Int]
    /// Of each dialogue, for each has tools of its own.
    private let environments: [OnDemand<ToolEnvironment>]

    /// How the policy is told of tools, and what it may use up.
    public struct Settings: Sendable {
        public var syntax = ToolCallSyntax.hermes
        public var presentation = ToolPresentation.messages
        public var limits = ToolLimits(calls: 60)
        /// Of the policy.
        public var maximumTurns = 30
        /// Imitates what is not recorded; nil: such a call is told that there is nothing.
        public var imitator: (any ChatModel)?
        /// Plays the user by the record's `user_goal`; nil: the user's turns are replayed.
        public var user: (any ChatModel)?

        public init() {}
    }

    /// - Throws: `WhetError` for no records, two of one id, or one that is no dialogue.
    public init(_ name: String, records: [ChecklistRecord], settings: Settings = Settings()) throws {
        guard !records.isEmpty else { throw WhetError("there are no dialogues", at: "environment \(name)") }
        self.name = name
        let dialogues = try records.map(ReferenceDialogue.init)
        var numbers: [String: Int] = [:]
        for (number, dialogue) in dialogues.enumerated() {
            guard numbers.updateValue(number, forKey: dialogue.id) == nil else {
                throw WhetError("two dialogues have the id \"\(dialogue.id)\"", at: "environment \(name)")
            }
            if settings.user != nil, dialogue.goal == nil {
                throw WhetError(
                    "the dialogue \(dialogue.id) does not say what its user wants", at: "environment \(name)",
                    expected: "user_goal in each record, or no model that plays the user")
            }
        }
        self.dialogues = dialogues
        self.numbers = numbers
        let user = settings.user.map(SimulatedUser.playedFromProblem) ?? .replayedFromProblem
        environments = dialogues.map { dialogue in
            OnDemand {
                let base = SimulatedUserEnvironment(
                    OneDialogue(name: name, dialogue: dialogue), user: user, maximumTurns: settings.maximumTurns)
                let tools: [any ToolSet] =
                    dialogue.tools.isEmpty ? [] : [SimulatedTools(dialogue.tools, model: settings.imitator)]
                return try await ToolEnvironment(
                    base, tools: tools, syntax: settings.syntax, presentation: settings.presentation,
                    limits: settings.limits)
            }
        }
    }

    /// Every dialogue's problem, for checks.
    var problems: [JSONValue] { dialogues.map(\.problem) }

    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        guard level == 0 else {
            throw WhetError("there is no level \(level)", at: "environment \(name)", expected: "0")
        }
        return try await environments[Int(seed % UInt64(dialogues.count))].value().task(level: level, seed: seed)
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        try await environment(of: task).reply(to: messages, of: task)
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await environment(of: task).score(messages, of: task)
    }

    public func callsApart(in messages: [Message], of task: PracticeTask) async throws -> [Message] {
        try await environment(of: task).callsApart(in: messages, of: task)
    }

    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await environment(of: task).demonstration(of: task)
    }

    private func environment(of task: PracticeTask) async throws -> ToolEnvironment {
        guard let number = task.problem["uuid"]?.string.flatMap({ numbers[$0] }) else {
            throw WhetError(
                "the task is of a dialogue that is not there any more", at: "environment \(name)",
                expected: "the file that it was drawn from")
        }
        return try await environments[number].value()
    }
}

/// One dialogue without its tools and its user. A checklist says what a rollout is worth.
private struct OneDialogue: Environment {
    let name: String
    let dialogue: ReferenceDialogue

    func task(level: Int, seed: UInt64) -> PracticeTask {
        PracticeTask(
            environment: name, seed: seed, level: level, messages: dialogue.opening, problem: dialogue.problem)
    }

    func score(_ messages: [Message], of task: PracticeTask) -> Score {
        Score(reward: 0, isSolved: false, reason: "a dialogue is judged by its checklist")
    }

    func demonstration(of task: PracticeTask) -> [Message]? { dialogue.demonstration }
}
