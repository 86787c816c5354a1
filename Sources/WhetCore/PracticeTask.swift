/// One thing to solve: where it comes from, how it opens, and what only its environment may know.
///
/// (docs/design.md calls it a task; Swift's own `Task` has taken that name in code.)
public struct PracticeTask: Hashable, Sendable {
    /// The environment that made it and will score it.
    public var environment: String
    /// With `environment` and `level`, enough to make the task again.
    public var seed: UInt64
    /// Difficulty, 0 the easiest.
    public var level: Int
    /// The messages that the policy is given first.
    public var messages: [Message]
    /// What a chat template is handed as `tools`: a list of definitions in OpenAI's form; nil where the messages tell
    /// of all there is.
    public var tools: JSONValue?
    /// The problem's whole state, answer included. Never shown to the policy.
    public var problem: JSONValue

    public init(
        environment: String, seed: UInt64, level: Int, messages: [Message], problem: JSONValue, tools: JSONValue? = nil
    ) {
        self.environment = environment
        self.seed = seed
        self.level = level
        self.messages = messages
        self.problem = problem
        self.tools = tools
    }
}
