import WhetCore

/// What a verifier looks at: the finished conversation, and the answer that was read out of it.
struct Response: Sendable {
    /// The whole conversation, opening messages included; the policy's part is untrusted.
    let messages: [Message]
    /// nil: none could be read.
    let answer: String?
    /// The task's private data, e.g. the dataset's row.
    let problem: JSONValue

    init(messages: [Message], answer: String?, problem: JSONValue) {
        self.messages = messages
        self.answer = answer
        self.problem = problem
    }

    /// The policy's last message; empty if it has none.
    var reply: String { messages.last { $0.role == .assistant }?.content ?? "" }
}

/// A verifier's judgment of one response.
struct Verdict: Hashable, Sendable {
    /// From 0 to 1; 1 is passed.
    var value: Double
    /// Why, for a person.
    var reason: String

    init(_ value: Double, _ reason: String) {
        self.value = value
        self.reason = reason
    }

    init(passed: Bool, _ reason: String) { self.init(passed ? 1 : 0, reason) }
}

/// One check of a response, a part of a `Rubric`.
///
/// Keeps: whatever the policy wrote is judged, not refused; the same response gives the same verdict unless somebody
/// else (a judge) is asked.
protocol Verifier: Sendable {
    /// Whether there is nothing to verify without `Response.answer`. The rubric then does not ask where it is nil.
    var needsAnswer: Bool { get }

    /// - Throws: when it cannot judge, through no fault of the policy (DESIGN.md, law 4).
    func verify(_ response: Response) async throws -> Verdict
}

extension Verifier {
    var needsAnswer: Bool { false }
}

/// A verifier that YAML or JSON can name and set. A new kind is one such type and one line in `VerifierCatalog`.
protocol ConfigurableVerifier: Verifier {
    /// What settings call it.
    static var kind: String { get }
    /// One line for a person.
    static var summary: String { get }
    static var settings: [VerifierSetting] { get }

    /// - Throws: `WhetError` for a value that is missing or impossible; names are checked already.
    init(settings: VerifierSettings) throws
}

extension Verdict {
    /// The verdict of whoever compares an answer to gold answers.
    static func comparison(passed: Bool, answer: String, golds: [String]) -> Verdict {
        if passed { return Verdict(1, "\(answer.excerpt) is right") }
        let wanted = golds.prefix(3).map(\.excerpt).joined(separator: " or ") + (golds.count > 3 ? " or …" : "")
        return Verdict(0, "\(answer.excerpt) is not \(wanted)")
    }
}
