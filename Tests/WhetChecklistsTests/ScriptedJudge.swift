import Foundation
import Synchronization
import WhetCore
import WhetTestSupport

@testable import WhetChecklists

/// A judge that counts whom it was asked about and says what it is told to.
final class ScriptedJudge: Judge {
    let identity: String
    private let answer: @Sendable (JudgmentQuestion) -> Judgment
    private let state = Mutex<[JudgmentQuestion]>([])

    init(identity: String = "scripted", _ answer: @escaping @Sendable (JudgmentQuestion) -> Judgment) {
        self.identity = identity
        self.answer = answer
    }

    var questions: [JudgmentQuestion] { state.withLock { $0 } }

    func judge(_ question: JudgmentQuestion) -> Judgment {
        state.withLock { $0.append(question) }
        return answer(question)
    }
}

/// What a judge's server can take out of a prompt.
struct ReadPrompt {
    let recording: JSONValue
    let criterion: JSONValue

    init?(_ prompt: String) {
        let lines = prompt.split(separator: "\n").map(String.init)
        guard let recording = lines.first(where: { $0.hasPrefix(#"{"earlier""#) }),
            let criterion = lines.first(where: { $0.hasPrefix(#"{"question""#) }),
            let read = try? JSONValue(parsing: recording), let asked = try? JSONValue(parsing: criterion)
        else { return nil }
        self.recording = read
        self.criterion = asked
    }

    /// The thinking of the last step.
    var lastThinking: String {
        let messages = recording["current"]?.array ?? []
        return messages.last { $0["role"] == "assistant" }?["content.thinking"]?.string ?? ""
    }
}

/// The prompt of a request to a judge's server.
func prompt(of request: ReceivedRequest) throws -> String {
    let messages = try JSONValue(parsing: request.body)["messages"]?.array ?? []
    return messages.last?["content"]?.string ?? ""
}

extension ChecklistItem {
    static func example(
        _ id: String = "a", focus: Focus = .reply, weight: Double = 1, dependences: [String] = [],
        isRequired: Bool = false, check: ItemCheck? = nil
    ) -> ChecklistItem {
        ChecklistItem(
            id: id, question: "Is \(id) so?", focus: focus, passCondition: "\(id) is so.",
            failureExamples: ["not \(id)"],
            isRequiredForNextTurn: isRequired, weight: weight, dependences: dependences, check: check)
    }
}

extension JudgmentQuestion {
    static func example(_ answer: String = "It is done.", item: ChecklistItem = .example()) -> JudgmentQuestion {
        JudgmentQuestion(
            item: item,
            recording: Recording(earlier: [], current: [Message(.user, "Do it."), Message(.assistant, answer)]))
    }
}
