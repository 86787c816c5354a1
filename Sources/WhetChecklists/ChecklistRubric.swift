import WhetCore

/// Scores episodes by checklists, alone or beside what verifiers say.
///
/// Keeps: what could not be judged throws, so the rollout gets no score at all.
public struct ChecklistRubric: Sendable {
    /// Where the checklists are.
    public enum Source: Hashable, Sendable {
        /// The same for every task.
        case fixed([Checklist])
        /// In the task's private data, in CM2's JSON: a list of checklists, reached by names with dots between.
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

    /// The reward is the mean over the reference's turns; each item is a part, named by checklist, turn and id. Solved is
    /// what met every item.
    ///
    /// - Throws: `WhetError` where a judgment is unknown; `ChecklistError` where the problem's checklists are unsound.
    public func score(_ messages: [Message], problem: JSONValue) async throws -> Score {
        try score(await judged(messages, by: checklists(of: problem)))
    }

    /// The same, together with a score that somebody else gave, such as verifiers.
    ///
    /// - Parameter share: what the checklists' reward counts, from 0 to 1; the other's counts the rest.
    public func score(
        _ messages: [Message], problem: JSONValue, beside other: Score, share: Double
    ) async throws -> Score {
        guard 0...1 ~= share else {
            throw WhetError("the share \(share) is not possible", at: "checklists", expected: "a number from 0 to 1")
        }
        let own = try await score(messages, problem: problem)
        return Score(
            reward: share * own.reward + (1 - share) * other.reward, isSolved: own.isSolved && other.isSolved,
            parts: own.parts + other.parts,
            reason: [own.reason, other.reason].compactMap(\.self).joined(separator: "; "))
    }

    /// The judgments that are scored; with a cache they cost nothing the second time, so credit is found from them.
    public func judged(_ messages: [Message], by checklists: [Checklist]) async throws -> [JudgedDialogue] {
        let dialogue = try Dialogue(messages)
        return try await checklists.concurrentMap { try await scorer.judged(dialogue, by: $0) }
    }

    /// - Throws: `WhetError` where the problem has none; `ChecklistError` where they are not sound.
    public func checklists(of problem: JSONValue) throws -> [Checklist] {
        switch source {
        case .fixed(let checklists): return checklists
        case .field(let path):
            var value: JSONValue? = problem
            for name in path.split(separator: ".") { value = value?[String(name)] }
            guard let value, !value.isNull else {
                throw WhetError(
                    "the problem has no field \"\(path)\"", at: "problem",
                    expected: problem.object.map { "one of \($0.keys.joined(separator: ", "))" })
            }
            return try Checklist.list(json: value, at: "problem.\(path)")
        }
    }

    /// What judgments come to.
    public func score(_ judged: [JudgedDialogue]) throws -> Score {
        let reward: Double
        switch credit.credit(of: judged) {
        case .leftOut(let reason):
            throw WhetError("a judgment is unknown: \(reason)", remedy: "look at the judge's server")
        case .credited(let sum, _): reward = sum
        }
        var parts: [Score.Part] = []
        var unreached = 0
        for (number, dialogue) in judged.enumerated() {
            for (index, turn) in dialogue.turns.enumerated() {
                let outcome = TurnOutcome(turn, dependences: credit.dependences)
                for (item, state) in zip(turn.items, outcome.items) {
                    parts.append(
                        Score.Part(
                            "\(number).\(index).\(item.id)", value: state.metAt == nil ? 0 : 1, weight: item.weight,
                            reason: state.metAt.map { "met at step \($0)" } ?? "not met"))
                }
            }
            unreached += dialogue.checklist.turns.count - dialogue.turns.count
        }
        let missed = parts.filter { $0.value == 0 }.map(\.name)
        let isSolved = missed.isEmpty && unreached == 0
        var reasons = missed.isEmpty ? [] : ["not met: \(missed.joined(separator: ", "))"]
        if unreached > 0 { reasons.append("turns not reached: \(unreached)") }
        return Score(
            reward: reward, isSolved: isSolved, parts: parts,
            reason: isSolved ? "all \(parts.count) items met" : reasons.joined(separator: "; "))
    }
}
