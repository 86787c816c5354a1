import Testing
import WhetCore

@testable import WhetChecklists

@Suite("Judging a dialogue")
struct ScorerTests {
    private static let call = Message.ToolCall(name: "f", arguments: [:])

    @Test("asks about each item after each step, with the turn so far")
    func questions() async throws {
        let judge = ScriptedJudge { $0.recording.current.count > 2 ? .met("late") : .notMet("early") }
        let checklist = Checklist(turns: [
            .init(items: [
                .example("a", focus: .toolCalls, weight: 0.5), .example("b", focus: .toolContent, weight: 0.5),
            ]),
            .init(items: [.example("c")]), .init(items: [.example("d")]),
        ])
        let dialogue = try Dialogue([
            Message(.system, "s"), Message(.user, "u0"), Message(.assistant, "x", toolCalls: [Self.call]),
            Message(.tool, "t"), Message(.assistant, "y"), Message(.user, "u1"), Message(.assistant, "z"),
        ])
        let judged = try await ChecklistScorer(judge: judge).judged(dialogue, by: checklist)
        #expect(judged.turns.map(\.stepCount) == [2, 1])
        #expect(judged.turns[0].judgments == [[.met("late"), .met("late")], [.met("late"), .met("late")]])
        #expect(judged.turns[1].judgments == [[.notMet("early")]])
        #expect(judge.questions.count == 5)
        let last = try #require(judge.questions.first { $0.item.id == "c" })
        #expect(last.recording.earlier.map(\.content) == ["s", "u0", "x", "t", "y"])
        #expect(last.recording.current.map(\.content) == ["u1", "z"])
        #expect(Set(judge.questions.filter { $0.item.id == "a" }.map(\.recording.current.count)) == [3, 4])
    }

    @Test("asks nobody about what is not there, was refused or is for code")
    func clear() async throws {
        let judge = ScriptedJudge { _ in .met("asked") }
        let items: [ChecklistItem] = [
            .example("calls", focus: .toolCalls, weight: 0.2), .example("tool", focus: .toolContent, weight: 0.2),
            .example("thinks", focus: .thinking, weight: 0.2), .example("reply", weight: 0.2),
            .example("code", weight: 0.2, check: .textContains(["yes"], ignoresCase: false)),
        ]
        func judged(_ messages: [Message]) async throws -> [Judgment] {
            let dialogue = try Dialogue([Message(.user, "u")] + messages)
            return try await ChecklistScorer(judge: judge)
                .judged(dialogue, by: Checklist(turns: [.init(items: items)])).turns[0].judgments.last ?? []
        }
        #expect(try await judged([Message(.assistant, " yes ")]).map(\.isMet) == [false, false, false, true, true])
        #expect(judge.questions.map(\.item.id) == ["reply"])
        #expect(
            try await judged([Message(.assistant, "", reasoning: "r")]).map(\.isMet) == [
                false, false, true, false, false,
            ])
        let refused = Message(.tool, #"{"error_tool_call": "no"}"#)
        let spoilt = try await judged([Message(.assistant, "", toolCalls: [Self.call]), refused])
        #expect(spoilt[0] == .notMet("the last call was refused") && spoilt[1] == spoilt[0])
        #expect(
            try await judged([Message(.assistant, "", toolCalls: [Self.call]), Message(.tool, "t")]).map(\.isMet)
                == [true, true, false, false, false])
    }

    @Test("a dialogue that goes on beyond its checklist is refused; one that stops early is not")
    func lengths() async throws {
        let scorer = ChecklistScorer(judge: ScriptedJudge { _ in .met("") })
        let one = Checklist(turns: [.init(items: [.example()])])
        let two = try Dialogue([Message(.user, "u"), Message(.assistant, "a"), Message(.user, "v")])
        await #expect(throws: WhetError.self) { _ = try await scorer.judged(two, by: one) }
        let three = Checklist(turns: [one.turns[0], one.turns[0], one.turns[0]])
        #expect(try await scorer.judged(two, by: three).turns.map(\.stepCount) == [1, 0])
        await #expect(throws: WhetError.self) { _ = try await scorer.judged(turn: 2, of: two, by: three) }
    }
}

@Suite("A score by checklists")
struct ChecklistRubricTests {
    private func dialogue() throws -> Dialogue {
        try Dialogue([Message(.user, "u"), Message(.assistant, "it is 4")])
    }
    private let checklist = Checklist(turns: [
        .init(items: [
            .example("four", weight: 0.25, check: .numberEquals(4, tolerance: 0, place: .last)),
            .example("kind", weight: 0.75),
        ])
    ])

    private func rubric(_ judgment: Judgment, _ source: ChecklistRubric.Source) -> ChecklistRubric {
        ChecklistRubric(source, scorer: ChecklistScorer(judge: ScriptedJudge { _ in judgment }))
    }

    @Test("has a part an item")
    func parts() async throws {
        let score = try await rubric(.notMet("rude"), .fixed([checklist])).score(dialogue(), problem: .null)
        #expect(score.reward == 0.25 && !score.isSolved)
        #expect(score.parts.map(\.name) == ["0.0.four", "0.0.kind"])
        #expect(score.parts.map(\.value) == [1, 0] && score.parts.map(\.weight) == [0.25, 0.75])
        #expect(score.reason == "not met: 0.0.kind")
        let longer = Checklist(turns: checklist.turns + checklist.turns)
        let early = try await rubric(.met(""), .fixed([longer])).score(dialogue(), problem: .null)
        #expect(early.reward == 0.5 && !early.isSolved && early.reason == "turns not reached: 1")
        #expect(try await rubric(.met(""), .fixed([checklist])).score(dialogue(), problem: .null).isSolved)
    }

    @Test("combines with what verifiers say")
    func combined() async throws {
        let rubric = rubric(.notMet("rude"), .fixed([checklist]))
        let other = Score(reward: 1, isSolved: true, parts: [Score.Part("exact", value: 1)], reason: "passed")
        let own = try await rubric.score(dialogue(), problem: .null)
        let score = own.joined(with: other, share: 0.5)
        #expect(score.reward == (0.25 + 1) / 2)
        // Verifiers say whether it is solved, the checklist how it was done.
        #expect(score.isSolved && !own.isSolved)
        #expect(score.parts.map(\.name) == ["exact", "0.0.four", "0.0.kind"])
        #expect(score.steps == own.steps && own.steps.count == 1)
        #expect(own.joined(with: other, share: 0).reward == 1)
    }

    @Test("is none where a judgment is unknown")
    func unknown() async throws {
        await #expect(throws: WhetError.self) {
            _ = try await rubric(.unknown("time-out"), .fixed([checklist])).score(dialogue(), problem: .null)
        }
    }

    @Test("may go by checklists in the task's private data")
    func field() async throws {
        let problem: JSONValue = ["row": ["checklists": .array([checklist.json, checklist.json])]]
        #expect(
            try await rubric(.notMet("rude"), .field("row.checklists")).score(dialogue(), problem: problem).reward == 0.25
        )
        await #expect(throws: WhetError.self) {
            _ = try await rubric(.met(""), .field("row.checklist")).score(dialogue(), problem: problem)
        }
    }
}
