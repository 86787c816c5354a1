import WhetCore
import WhetText

/// An environment whose policy may call tools before it gives its answer.
///
/// A turn that calls tools is answered with their results; the first turn that does not is the policy's word to the
/// base environment, which replies or scores as if there were no tools: it sees neither calls nor results.
///
/// Keeps: what the policy did wrong (an unknown tool, arguments that do not fit, too many calls) it is told, and may do
/// better; a tool that fails fails the rollout, and is no low score. Results come in the order of their calls. A call
/// whose result the conversation holds is not made again, but to make again the session of a tool set that allows it
/// (`ToolMemory.repeatable`); a result that is then another fails the rollout.
public struct ToolEnvironment: ClosingEnvironment {
    public let name: String
    public var computesHere: Bool { false }
    public let base: any Environment
    /// Of all tool sets, in their order.
    public let definitions: [ToolDefinition]
    public let syntax: ToolCallSyntax
    public let presentation: ToolPresentation
    public let limits: ToolLimits
    let sets: [any ToolSet]
    /// By the tool's name: the place of its set, and its definition.
    let places: [String: (set: Int, definition: ToolDefinition)]
    private let instructions: String
    let sessions: ToolSessions

    /// Asks the tool sets what they have, for which servers may be started.
    ///
    /// - Parameter maximumSessions: how many rollouts have sessions of tool sets that remember.
    /// - Throws: `WhetError` where two tools have one name; `ToolFailure` where a server cannot be used.
    public init(
        _ base: any Environment, named name: String? = nil, tools sets: [any ToolSet], syntax: ToolCallSyntax = .hermes,
        presentation: ToolPresentation = .messages, limits: ToolLimits = ToolLimits(), maximumSessions: Int = 1000
    ) async throws {
        let name = name ?? base.name
        var (definitions, places) = ([ToolDefinition](), [String: (set: Int, definition: ToolDefinition)]())
        for (index, set) in sets.enumerated() {
            for definition in try await set.definitions() {
                guard places.updateValue((index, definition), forKey: definition.name) == nil else {
                    throw WhetError(
                        "there are two tools \(definition.name.excerpt)", at: "environment \(name)",
                        expected: "each name once among all tool sets")
                }
                definitions.append(definition)
            }
        }
        guard syntax != .pythonBlock || places[ToolCallSyntax.pythonTool] != nil else {
            throw WhetError(
                "blocks of Python call the tool \"\(ToolCallSyntax.pythonTool)\", and there is none",
                at: "environment \(name)", suggestion: ToolCallSyntax.pythonTool.nearest(among: places.keys))
        }
        self.name = name
        self.base = base
        self.sets = sets
        self.definitions = definitions
        self.places = places
        self.syntax = syntax
        self.presentation = presentation
        self.limits = limits
        instructions = presentation.instructions(definitions, syntax)
        sessions = ToolSessions(capacity: maximumSessions)
    }

    /// What a chat template is handed as `tools`; nil where the messages tell of them.
    public var templateTools: JSONValue? { presentation == .template ? .array(definitions.map(\.json)) : nil }

    /// Ends all sessions and servers.
    public func close() async {
        await sessions.close()
        for set in sets { await set.close() }
    }

    public func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        var task = try await base.task(level: level, seed: seed)
        task.environment = name
        task.messages = presentation.opening(task.messages, instructions)
        task.tools = templateTools
        return task
    }

    /// The base's, whose replies may call tools: they are called here, for what they say.
    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        guard let demonstration = try await base.demonstration(of: baseTask(task)) else { return nil }
        var messages = task.messages
        for (index, message) in demonstration.enumerated() {
            messages.append(message)
            let conversation = conversation(messages, of: task)
            guard message.role == .assistant, !sets.isEmpty else { continue }
            if let turn = conversation.pending {
                messages += try await results(of: turn, in: conversation, of: task)
            } else if index + 1 < demonstration.count, demonstration[index + 1].role == .assistant {
                // A reply that calls nothing is the answer: what comes then is for one that had called.
                break
            }
        }
        await sessions.end(conversation(messages, of: task).history(of: task))
        return Array(messages.dropFirst(task.messages.count))
    }

    public func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        let baseTask = try baseTask(task)
        let conversation = conversation(messages, of: task)
        guard let turn = conversation.pending else {
            return try await base.reply(to: conversation.withoutTools(opening: baseTask.messages), of: baseTask)
        }
        return try await results(of: turn, in: conversation, of: task)
    }

    public func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let baseTask = try baseTask(task)
        let conversation = conversation(messages, of: task)
        var rest = conversation.withoutTools(opening: baseTask.messages)
        // A policy that ran out of tokens or turns while it called tools has given no answer, which is its own doing.
        if rest.count == baseTask.messages.count, !conversation.answered.isEmpty {
            rest.append(Message(.assistant, ""))
        }
        if let set = sets.firstIndex(where: { $0 is any ScoringToolSet }) {
            return try await score(rest, of: baseTask, by: set, after: conversation, of: task)
        }
        await sessions.end(conversation.history(of: task))
        return try await base.score(rest, of: baseTask)
    }

    func conversation(_ messages: [Message], of task: PracticeTask) -> ToolConversation {
        ToolConversation(messages, of: task, syntax: syntax, limits: limits)
    }

    private func baseTask(_ task: PracticeTask) throws -> PracticeTask {
        var baseTask = task
        baseTask.environment = base.name
        baseTask.tools = nil
        baseTask.messages = try presentation.base(task.messages, instructions, at: "environment \(name)")
        return baseTask
    }
}
