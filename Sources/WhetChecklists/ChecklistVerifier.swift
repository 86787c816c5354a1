import WhetCore
import WhetEnvironments

/// Checklists as a criterion of a rubric, beside verifiers: its value is the dialogue's reward by them.
///
/// Keeps: what could not be judged throws, so the rollout gets no score at all.
public struct ChecklistVerifier: Verifier {
    /// Where the checklists are.
    public enum Source: Sendable {
        /// The same for every task.
        case fixed([Checklist])
        /// At a path of the problem, in CM2's JSON: a list of checklists.
        case field(String)
    }

    public let source: Source
    public let scorer: ChecklistScorer
    public let credit: ChecklistCredit

    public init(_ source: Source, scorer: ChecklistScorer, credit: ChecklistCredit = ChecklistCredit()) {
        self.source = source
        self.scorer = scorer
        self.credit = credit
    }

    public func verify(_ response: Response) async throws -> Verdict {
        let checklists = try checklists(of: response.problem)
        let judged = try await judged(response.messages, by: checklists)
        switch credit.credit(of: judged) {
        case .leftOut(let reason):
            throw WhetError("a judgment is unknown: \(reason)", remedy: "look at the judge's server")
        case .credited(let reward, _): return Verdict(min(1, max(0, reward)), Self.reason(judged, credit.dependences))
        }
    }

    /// The judgments that `verify` scores; with a cache they cost nothing the second time.
    public func judged(_ messages: [Message], by checklists: [Checklist]) async throws -> [JudgedDialogue] {
        let dialogue = try Dialogue(messages)
        var judged: [JudgedDialogue] = []
        for checklist in checklists { judged.append(try await scorer.judged(dialogue, by: checklist)) }
        return judged
    }

    /// - Throws: `WhetError` where the problem has none, or they are not sound.
    public func checklists(of problem: JSONValue) throws -> [Checklist] {
        switch source {
        case .fixed(let checklists): return checklists
        case .field(let path):
            return try Checklist.list(json: FieldPath(path).required(in: problem), at: "problem.\(path)")
        }
    }

    private static func reason(_ dialogues: [JudgedDialogue], _ rule: DependenceRule) -> String {
        var missed: [String] = []
        var count = 0
        for dialogue in dialogues {
            for (index, turn) in dialogue.turns.enumerated() {
                for (item, outcome) in zip(turn.items, TurnOutcome(turn, dependences: rule).items) {
                    count += 1
                    if outcome.metAt == nil { missed.append("\(index).\(item.id)") }
                }
            }
            let unreached = dialogue.checklist.turns.count - dialogue.turns.count
            if unreached > 0 { missed.append("\(unreached) turns not reached") }
        }
        return missed.isEmpty ? "all \(count) items met" : "not met: \(missed.joined(separator: ", "))"
    }
}
