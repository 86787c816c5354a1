import WhetCore

/// What a perfect policy would have written: its messages, and the answer in the last of them.
///
/// Keeps: `messages` are the policy's alone; what the environment says in between is asked of the environment.
public struct ReferencePolicy: Sendable {
    /// How an answer is marked.
    public enum Form: Sendable {
        case tag, boxed
        /// Not at all: the message is the answer.
        case none

        /// As a policy would write it.
        public func marked(_ text: String) -> String {
            switch self {
            case .tag: "<answer>\(text)</answer>"
            case .boxed: "\\boxed{\(text)}"
            case .none: text
            }
        }

        /// A message of the policy that says nothing else.
        public func message(_ text: String) -> Message { Message(.assistant, marked(text)) }
    }

    /// All that the policy says, in order.
    public let messages: [Message]
    /// What stands in the mark, white space cut off at both ends.
    public let answer: String
    public let form: Form
    /// What stands round the marked answer.
    private let before, after: String

    /// Nil where the demonstration has no message of the policy.
    public init?(demonstration: [Message]) {
        messages = demonstration.filter { $0.role == .assistant }
        guard let text = messages.last?.content else { return nil }
        var range = text.startIndex..<text.endIndex
        if let tagged = Answer(lastIn: text), let open = text.ranges(of: "<answer>").last {
            (form, answer) = (.tag, tagged.text)
            range =
                open.lowerBound..<(text[open.upperBound...].firstRange(of: "</answer>")?.upperBound ?? text.endIndex)
        } else if let box = text.lastBox {
            (form, answer) = (.boxed, String(text[box.content]).trimmed)
            range = box.whole
        } else {
            (form, answer) = (.none, Answer(text).text)
        }
        before = String(text[..<range.lowerBound])
        after = String(text[range.upperBound...])
    }

    /// Whether the policy plays more than one turn.
    public var isMultiTurn: Bool { messages.count > 1 }

    /// What stands in the mark of one of its messages, as in the last.
    func answer(in message: Message) -> String {
        ReferencePolicy(demonstration: [message])?.answer ?? Answer(message.content).text
    }

    /// The same with another answer at the end.
    public func answering(_ text: String) -> [Message] {
        messages.dropLast() + [Message(.assistant, before + form.marked(text) + after)]
    }
}
