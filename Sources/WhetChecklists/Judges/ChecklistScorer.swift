import WhetCore

/// Judges dialogues by checklists: each item after each step, by code where it has a check, else by the judge.
///
/// Keeps: the order in which judgments come changes nothing; cancelling the task ends every call of it.
public struct ChecklistScorer: Sendable {
    public let judge: any Judge

    public init(judge: any Judge) { self.judge = judge }

    /// Every step of every turn that the dialogue reached, asked about at once.
    ///
    /// - Throws: `WhetError` where the dialogue has more turns than the checklist; `CancellationError`; what a cache
    ///   throws.
    public func judged(_ dialogue: Dialogue, by checklist: Checklist) async throws -> JudgedDialogue {
        guard dialogue.turns.count <= checklist.turns.count else {
            throw WhetError(
                "the dialogue has \(dialogue.turns.count) messages of the user, "
                    + "the checklist \(checklist.turns.count) turns",
                at: checklist.name.map { "checklist \($0)" }, expected: "a checklist for each message of the user")
        }
        let turns = try await dialogue.turns.indices.concurrentMap { index in
            try await judged(turn: index, of: dialogue, by: checklist)
        }
        return JudgedDialogue(checklist: checklist, turns: turns)
    }

    /// One turn alone, as soon as it is over: what tells whether the dialogue goes on.
    public func judged(turn index: Int, of dialogue: Dialogue, by checklist: Checklist) async throws -> JudgedTurn {
        guard checklist.turns.indices.contains(index), dialogue.turns.indices.contains(index) else {
            throw WhetError("there is no turn \(index) to judge", expected: "a turn of the dialogue and its checklist")
        }
        let items = checklist.turns[index].items
        let turn = dialogue.turns[index]
        let earlier = dialogue.opening + dialogue.turns[..<index].flatMap(\.messages)
        let judgments = try await withThrowingTaskGroup(of: (Int, Int, Judgment).self) { group in
            for step in turn.steps.indices {
                let turnSoFar = TurnSoFar(turn: turn, step: step)
                // Written once a step, and only if somebody is to read it.
                var recording: Recording?
                for (number, item) in items.enumerated() {
                    if item.check != nil || turnSoFar.isSpoilt(for: item.focus) || !turnSoFar.has(item.focus) {
                        group.addTask { (step, number, Self.judgment(of: item, by: turnSoFar)) }
                        continue
                    }
                    let written = recording ?? Recording(earlier: earlier, current: turn.messages(through: step))
                    recording = written
                    group.addTask {
                        (step, number, try await judge.judge(JudgmentQuestion(item: item, recording: written)))
                    }
                }
            }
            var judgments = [[Judgment?]](
                repeating: Array(repeating: nil, count: items.count), count: turn.steps.count)
            for try await (step, number, judgment) in group { judgments[step][number] = judgment }
            return judgments.map { $0.compactMap(\.self) }
        }
        return JudgedTurn(items: items, judgments: judgments)
    }

    /// What is clear without a judge.
    private static func judgment(of item: ChecklistItem, by turn: TurnSoFar) -> Judgment {
        if turn.isSpoilt(for: item.focus) { return .notMet("the last call was refused") }
        if !turn.has(item.focus) { return .notMet("there is no \(item.focus.rawValue) yet") }
        guard let check = item.check else { return .unknown("nobody was asked") }
        do { return try check.judgment(of: turn, focus: item.focus) } catch { return .unknown("\(error)") }
    }
}
