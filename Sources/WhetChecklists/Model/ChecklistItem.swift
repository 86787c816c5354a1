import WhetCore

/// One criterion: a question that is answered yes or no after each step of a turn.
public struct ChecklistItem: Hashable, Sendable {
    /// The part of a dialogue that an item looks at.
    public enum Focus: String, Hashable, Sendable, CaseIterable {
        case toolCalls = "assistant.tool_calls"
        case thinking = "assistant.content.thinking"
        case reply = "assistant.content.user_visible_reply"
        case toolContent = "tool.content"
    }

    /// Where in the reference dialogue the item was seen to be met.
    public struct Evidence: Hashable, Sendable {
        public enum Source: String, Hashable, Sendable, CaseIterable {
            case user = "user.content"
            case toolCalls = "assistant.tool_calls"
            case thinking = "assistant.content.thinking"
            case reply = "assistant.content.user_visible_reply"
            case toolContent = "tool.content"
        }

        /// From 0.
        public var turn: Int
        /// The message within the turn; 0 is the user's.
        public var step: Int
        public var source: Source
        public var snippet: String

        public init(turn: Int, step: Int, source: Source, snippet: String) {
            self.turn = turn
            self.step = step
            self.source = source
            self.snippet = snippet
        }
    }

    /// Unique within its turn.
    public var id: String
    public var question: String
    public var focus: Focus
    /// What has to be so for a yes.
    public var passCondition: String
    /// What a no looks like.
    public var failureExamples: [String]
    public var evidence: [Evidence]
    /// Whether the dialogue stops at the end of the turn where this is not met.
    public var isRequiredForNextTurn: Bool
    /// Its share in the turn's score.
    public var weight: Double
    /// Ids of items of the same turn that have to be met, in earlier steps, before this one can be.
    public var dependences: [String]
    /// How code can tell, so that no judge is asked.
    public var check: ItemCheck?
    /// What came with it and is carried along, such as the price of its annotation.
    public var extraInformation: JSONValue?

    public init(
        id: String, question: String, focus: Focus, passCondition: String, failureExamples: [String] = [],
        evidence: [Evidence] = [], isRequiredForNextTurn: Bool = false, weight: Double, dependences: [String] = [],
        check: ItemCheck? = nil, extraInformation: JSONValue? = nil
    ) {
        self.id = id
        self.question = question
        self.focus = focus
        self.passCondition = passCondition
        self.failureExamples = failureExamples
        self.evidence = evidence
        self.isRequiredForNextTurn = isRequiredForNextTurn
        self.weight = weight
        self.dependences = dependences
        self.check = check
        self.extraInformation = extraInformation
    }
}
