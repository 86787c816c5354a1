import WhetCore

/// A call that somebody made once, and what the tool said.
public struct RecordedCall: Hashable, Sendable {
    public var call: Message.ToolCall
    public var result: String

    public init(_ call: Message.ToolCall, result: String) {
        self.call = call
        self.result = result
    }

    /// Reads `{"name": …, "arguments": {…}, "result": …}`; a result that is no text is taken as JSON text.
    ///
    /// - Throws: `WhetError` that names the missing key.
    public init(json: JSONValue) throws {
        let name = try json.required("name", "a text", \.string)
        let arguments = json["arguments"] ?? [:]
        guard arguments.object != nil else {
            throw WhetError("\(arguments.excerpt) is not possible here", at: "arguments", expected: "an object")
        }
        let result: JSONValue = try json.required("result", "what the tool said") { $0 }
        self.init(
            Message.ToolCall(name: name, arguments: arguments), result: result.string ?? result.text(style: .spaced))
    }
}

/// Tools that are not there: what was recorded is said again, and a model imitates the rest.
///
/// Keeps: a call that was recorded (same name, same canonical arguments) gets its recorded result, the first where
/// there are several; any other is imitated once and then remembered, so that all rollouts of a run see the same world,
/// whatever their order. A model that fails, fails the rollout.
public struct SimulatedTools: ToolSet {
    /// The calls that are recorded for a task.
    public typealias Recordings = @Sendable (PracticeTask) throws -> [RecordedCall]

    public var memory: ToolMemory { .none }
    private let list: [ToolDefinition]
    private let recordings: Recordings
    private let imitation: Imitation?

    /// - Parameters:
    ///   - model: imitates what is not recorded; nil: such a call is told that the tool has nothing on it.
    ///   - maximumRemembered: how many imitations are remembered; the oldest are forgotten first.
    public init(
        _ definitions: [ToolDefinition], model: (any ChatModel)?, maximumRemembered: Int = 100_000,
        recordings: @escaping Recordings = SimulatedTools.recordedInProblem
    ) {
        list = definitions
        self.recordings = recordings
        imitation = model.map { Imitation(model: $0, memory: ImitationMemory(capacity: maximumRemembered)) }
    }

    /// What stands in a problem's `tool_calls`: a list of `{"name": …, "arguments": {…}, "result": …}`.
    public static let recordedInProblem: Recordings = { task in
        try (task.problem["tool_calls"]?.array ?? []).enumerated().map { index, entry -> RecordedCall in
            do { return try RecordedCall(json: entry) } catch var error as WhetError {
                error.place = ["problem, tool_calls, \(index)", error.place].compactMap { $0 }.joined(separator: ", ")
                throw error
            }
        }
    }

    public func definitions() async throws -> [ToolDefinition] { list }

    public func session(for task: PracticeTask) async throws -> any ToolSession {
        Session(recorded: try recordings(task), definitions: list, imitation: imitation)
    }

    private struct Session: ToolSession {
        let recorded: [RecordedCall]
        let definitions: [ToolDefinition]
        let imitation: Imitation?

        func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
            let call = Message.ToolCall(name: name, arguments: .object(arguments))
            let text = call.canonicalText
            if let same = recorded.first(where: { $0.call.name == name && $0.call.canonicalText == text }) {
                return ToolResult(same.result)
            }
            guard let imitation, let definition = definitions.first(where: { $0.name == name }) else {
                return ToolResult("Error: there is nothing on these arguments.", isError: true)
            }
            do {
                return ToolResult(
                    try await within(limit, of: "tool \(name)") {
                        try await imitation.result(of: call, definition, recorded: recorded)
                    })
            } catch {
                throw ToolFailure.reported(error, at: "simulated tool \(name)")
            }
        }
    }
}
