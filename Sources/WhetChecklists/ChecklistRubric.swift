import WhetCore

/// Scores episodes by checklists, alone or beside what verifiers say.
///
/// Keeps: what could not be judged throws, so the rollout gets no score at all.
public struct ChecklistRubric: Sendable {
    /// Where the checklists are.
    public struct Source: Sendable {
        private let make: @Sendable (_ problem: JSONValue) throws -> [Checklist]

        /// Made for each task of its private data.
        public init(_ checklists: @escaping @Sendable (_ problem: JSONValue) throws -> [Checklist]) {
            make = checklists
        }

        public func checklists(of problem: JSONValue) throws -> [Checklist] { try make(problem) }

        /// The same for every task.
        public static func fixed(_ checklists: [Checklist]) -> Source { Source { _ in checklists } }

        /// In the task's private data, in CM2's JSON: a list of checklists, reached by names with dots between.
        public static func field(_ path: String) -> Source {
            Source { problem in
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
    }

    public let source: Source
    public let scorer: ChecklistScorer
    public let credit: ChecklistCredit

    public init(_ source: Source, scorer: ChecklistScorer, credit: ChecklistCredit = ChecklistCredit()) {
        self.source = source
        self.scorer = scorer
        self.credit = credit
    }

    /// The reward is the mean over the reference's turns; each item is a part, named by checklist, turn and id. Solved
    /// is what met every item.
    ///
    /// - Throws: `WhetError` where a judgment is unknown; `ChecklistError` where the problem's checklists are unsound.
    public func score(_ dialogue: Dialogue, problem: JSONValue) async throws -> Score {
        try await score(dialogue, by: checklists(of: problem))
    }

    public func score(_ dialogue: Dialogue, by checklists: [Checklist]) async throws -> Score {
        try score(await checklists.concurrentMap { try await scorer.judged(dialogue, by: $0) })
    }

    /// - Throws: `WhetError` where the problem has none; `ChecklistError` where they are not sound.
    public func checklists(of problem: JSONValue) throws -> [Checklist] {
        try source.checklists(of: problem)
    }

    /// What judgments come to.
    public func score(_ judged: [JudgedDialogue]) throws -> Score {
        let (reward, steps): (Double, [Score.Step])
        switch credit.credit(of: judged) {
        case .leftOut(let reason):
            throw WhetError("a judgment is unknown: \(reason)", remedy: "look at the judge's server")
        case .credited(let sum, let credited): (reward, steps) = (sum, credited)
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
            reward: reward, isSolved: isSolved, parts: parts, steps: steps,
            reason: isSolved ? "all \(parts.count) items met" : reasons.joined(separator: "; "))
    }
}

extension Score {
    /// Together with a score that somebody else gave, such as verifiers: they say whether the task is solved, this one
    /// tells on the steps.
    ///
    /// - Parameter share: what this one's reward counts, from 0 to 1; the other's counts the rest.
    public func joined(with other: Score, share: Double) -> Score {
        precondition(0...1 ~= share, "a share is from 0 to 1")
        return Score(
            reward: share * reward + (1 - share) * other.reward, isSolved: other.isSolved,
            parts: other.parts + parts, steps: steps,
            reason: [other.reason, reason].compactMap(\.self).joined(separator: "; "))
    }
}
