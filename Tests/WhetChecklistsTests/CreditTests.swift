import Testing
import WhetCore

@testable import WhetChecklists

/// A turn by marks: a row a step, `+` met, `-` not, `?` unknown, in the order of the items.
private func turn(_ items: [ChecklistItem], _ steps: String...) -> JudgedTurn {
    JudgedTurn(
        items: items,
        judgments: steps.map { step in
            step.map { $0 == "+" ? .met("") : $0 == "-" ? .notMet("") : .unknown("time-out") }
        })
}

@Suite("What judgments of a turn come to")
struct TurnOutcomeTests {
    private let items: [ChecklistItem] = [
        .example("a", weight: 0.25), .example("b", weight: 0.25, dependences: ["a"]),
        .example("c", weight: 0.5, dependences: ["a", "b"]),
    ]

    @Test("an item is met by the first step once its dependences are met before")
    func order() {
        let outcome = TurnOutcome(turn(items, "+++", "-++", "--+", "+++"))
        #expect(outcome.items.map(\.metAt) == [0, 1, 2])
        #expect(outcome.items.map(\.openFrom) == [0, 1, 2])
        #expect(outcome.items.map(\.delay) == [0, 0, 0])
        let late = TurnOutcome(turn(items, "-++", "+--", "---", "-+-", "--+"))
        #expect(late.items.map(\.metAt) == [1, 3, 4])
        #expect(late.items.map(\.openFrom) == [0, 2, 4])
        #expect(late.items.map(\.delay) == [1, 1, 0])
        #expect((0..<5).map { late.items[1].isOpen(at: $0) } == [false, false, true, true, false])
    }

    @Test("what was true only before its dependences were met is not met")
    func tooEarly() {
        let outcome = TurnOutcome(turn(items, "-++", "+--", "---"))
        #expect(outcome.items.map(\.metAt) == [1, nil, nil])
        #expect(outcome.items.map(\.openFrom) == [0, 2, nil])
        #expect(turn(items, "-++", "+--", "---").score() == 0.25)
        // As CM2's published code scores a turn.
        #expect(turn(items, "-++", "+--", "---").score(dependences: .ignored) == 1)
    }

    @Test("the order of items changes nothing")
    func permuted() {
        let reversed = Array(items.reversed())
        let outcome = TurnOutcome(turn(reversed, "+++", "++-", "+--"))
        #expect(outcome.items.map(\.metAt) == [2, 1, 0])
    }

    @Test("an item that nobody knows is never met")
    func unknownDependence() {
        #expect(TurnOutcome(turn([.example("a", dependences: ["z"])], "+")).items[0].openFrom == nil)
    }

    @Test("the dialogue goes on if every required item is met")
    func nextTurn() {
        let required = [ChecklistItem.example("a", weight: 0.5, isRequired: true), .example("b", weight: 0.5)]
        #expect(turn(required, "--", "+-").allowsNextTurn() == true)
        #expect(turn(required, "-+", "-+").allowsNextTurn() == false)
        #expect(turn(required, "+?").allowsNextTurn() == nil)
        let (yes, no, open) = (turn(required, "+-"), turn(required, "-+"), turn(required, "+?"))
        #expect([yes, no].allowNextTurn() && ![yes, no, no].allowNextTurn() && ![yes, yes, open].allowNextTurn())
    }
}

@Suite("The credit of a rollout")
struct ChecklistCreditTests {
    private let checklist = Checklist(turns: [
        .init(items: [.example("a", weight: 0.75), .example("b", weight: 0.25, dependences: ["a"])]),
        .init(items: [.example("c")]), .init(items: [.example("d")]),
    ])

    private func judged(_ turns: [String]...) -> JudgedDialogue {
        JudgedDialogue(
            checklist: checklist,
            turns: turns.enumerated().map { index, steps in
                JudgedTurn(
                    items: checklist.turns[index].items,
                    judgments: steps.map {
                        $0.map { $0 == "+" ? .met("") : $0 == "-" ? .notMet("") : .unknown("time-out") }
                    })
            })
    }

    @Test("is the mean over the reference's turns, reached or not")
    func reward() {
        #expect(ChecklistCredit().credit(of: [judged(["+-", "-+"])]).reward == 1.0 / 3)
        #expect(ChecklistCredit().credit(of: [judged(["+-", "--"], ["-", "+"])]).reward == 1.75 / 3)
        #expect(ChecklistCredit().credit(of: [judged(["--"])]).reward == 0)
    }

    @Test("lists what was open at each step, with its discounted score")
    func steps() {
        var credit = ChecklistCredit()
        credit.delayDiscount = 0.5
        let steps = credit.credit(of: [judged(["--", "-+", "+-", "--", "-+"], ["-"])]).steps
        #expect(steps.map(\.turn) == [0, 0, 0, 0, 0, 1])
        #expect(steps.map(\.reward) == [1, 1, 1, 1, 1, 0])
        let a = Score.Step.Item("0.a", weight: 0.75, score: 0.25)
        let b = Score.Step.Item("0.b", weight: 0.25, score: 0.5)
        #expect(steps.map(\.items) == [[a], [a], [a], [b], [b], [Score.Step.Item("0.c", weight: 1, score: 0)]])
    }

    @Test("weights may be divided by those that were open")
    func openWeights() {
        var credit = ChecklistCredit()
        credit.dividesByOpenWeight = true
        let steps = credit.credit(of: [judged(["+-", "--"])]).steps
        #expect(steps.map { $0.items.map(\.weight) } == [[1], [1]])
    }

    @Test("a rollout with an unknown judgment is left out, with the reason")
    func leftOut() {
        #expect(
            ChecklistCredit().credit(of: [judged(["+-", "-+"], ["-", "?"])])
                == .leftOut(reason: "turn 1, item c at step 1: time-out"))
        #expect(
            ChecklistCredit().credit(of: [judged(["+-"]), judged(["?-"])])
                == .leftOut(reason: "checklist 1, turn 0, item a at step 0: time-out"))
        #expect(ChecklistCredit().credit(of: []).reward == nil)
    }

    @Test("several checklists count as their mean")
    func several() {
        let credit = ChecklistCredit().credit(of: [judged(["+-", "-+"]), judged(["--", "--"])])
        #expect(credit.reward == 0.5 / 3)
        #expect(credit.steps.map(\.reward) == [0.5, 0.5])
        #expect(credit.steps[0].items.map(\.name) == ["0.a", "1.a"])
    }

    @Test("sparse assignment, dense criteria is what is used unless said otherwise")
    func level() {
        #expect(CreditLevel.standard == .trajectory)
        #expect(CreditLevel.allCases.map(\.algorithm) == ["dr_grpo", "turn_level", "step_level"])
    }
}
