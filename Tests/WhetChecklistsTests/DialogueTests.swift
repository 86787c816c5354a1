import Testing
import WhetCore

@testable import WhetChecklists

@Suite("A dialogue")
struct DialogueTests {
    @Test("is cut into turns and steps, thoughts apart")
    func turns() throws {
        let call = Message.ToolCall(name: "f", arguments: [:])
        let dialogue = try Dialogue([
            Message(.system, "Be kind."), Message(.user, "one"),
            Message(.assistant, "<think>so</think>  ", toolCalls: [call]), Message(.tool, "1"), Message(.tool, "2"),
            Message(.assistant, "reply"), Message(.user, "two"), Message(.assistant, "<think>no end"),
            Message(.assistant, " <think>a</think>b</think>", reasoning: nil),
            Message(.assistant, "<think>kept</think>", reasoning: "apart"),
        ])
        #expect(dialogue.opening.map(\.content) == ["Be kind."])
        #expect(dialogue.turns.map(\.steps.count) == [2, 3])
        let first = dialogue.turns[0].steps[0]
        #expect(first.assistant.reasoning == "so" && first.assistant.content == "")
        #expect(first.following.map(\.content) == ["1", "2"])
        #expect(dialogue.turns[0].steps[1].assistant.reasoning == nil)
        #expect(dialogue.turns[1].steps.map(\.assistant.reasoning) == ["no end", "a</think>b", "apart"])
        #expect(dialogue.turns[1].steps.map(\.assistant.content) == ["", "", "<think>kept</think>"])
    }

    @Test("knows a refused call by CM2's mark")
    func refused() throws {
        func failed(_ content: String) throws -> Bool {
            try Dialogue([Message(.user, "u"), Message(.assistant, "a"), Message(.tool, content)]).turns[0].steps[0]
                .hasFailedCall
        }
        #expect(try failed(#"{"error_tool_call": "no such tool"}"#))
        #expect(try !failed(#"{"error": "no such tool"}"#))
        #expect(try !failed("error_tool_call"))
        #expect(try !failed(#"{"note": "error_tool_call"}"#))
    }

    @Test(
        "is refused where somebody speaks out of turn",
        arguments: [
            [Message(.assistant, "hello")], [Message(.tool, "1")], [Message(.user, "u"), Message(.tool, "1")],
            [Message(.user, "u"), Message(.assistant, "a"), Message(.user, "v"), Message(.tool, "1")],
        ])
    func misplaced(messages: [Message]) {
        #expect(throws: WhetError.self) { try Dialogue(messages) }
    }
}

@Suite("An item that code checks")
struct ItemCheckTests {
    private func isMet(_ check: ItemCheck, _ focus: ChecklistItem.Focus, _ messages: [Message]) async throws -> Bool {
        let turn = try Dialogue([Message(.user, "u")] + messages).turns[0]
        let judgment = try check.judgment(of: TurnSoFar(turn: turn, step: turn.steps.count - 1), focus: focus)
        #expect(judgment.isKnown)
        return judgment.isMet
    }

    private func called(_ arguments: JSONValue, _ rule: ItemCheck.Arguments, after: [Message] = []) async throws -> Bool
    {
        let call = Message.ToolCall(name: "f", arguments: arguments)
        return try await isMet(
            .toolCalled(name: "f", arguments: rule), .toolCalls, [Message(.assistant, "", toolCalls: [call])] + after)
    }

    @Test("compares arguments as canonical JSON")
    func arguments() async throws {
        #expect(
            try await called(
                ["a": 1, "b": ["x", ["d": 2, "c": 3]]], .exactly(["b": ["x", ["c": 3.0, "d": 2]], "a": 1.0])))
        #expect(try await !called(["a": 1, "b": 2], .exactly(["a": 1])))
        #expect(try await called(["a": 1, "b": 2], .including(["b": 2.0])))
        #expect(try await !called(["a": 1], .including(["a": "1"])))
        #expect(try await !called(["a": [1, 2]], .including(["a": [2, 1]])))
        #expect(try await called("no object", .any))
        #expect(try await !called("no object", .exactly([:])))
        #expect(try await !called(["a": 1], .exactly(["a": 1.5])))
    }

    @Test("counts no call that was refused")
    func refused() async throws {
        let refused = Message(.tool, #"{"error_tool_call": "x"}"#)
        #expect(try await !called(["a": 1], .any, after: [refused]))
        #expect(try await !called(["a": 1], .any, after: [refused, Message(.assistant, "on"), Message(.tool, "fine")]))
        #expect(try await called(["a": 1], .any, after: [Message(.tool, "{}")]))
        #expect(try await !isMet(.toolCalled(name: "g", arguments: .any), .toolCalls, [Message(.assistant, "f()")]))
    }

    @Test("looks for texts where it is told to")
    func texts() async throws {
        let messages = [Message(.assistant, "Grüezi, it IS due", reasoning: "5 May"), Message(.tool, "due: 5 May")]
        #expect(try await isMet(.textContains(["5 May"], ignoresCase: false), .thinking, messages))
        #expect(try await !isMet(.textContains(["5 May"], ignoresCase: false), .reply, messages))
        #expect(try await isMet(.textContains(["is DUE", "GRÜEZI"], ignoresCase: true), .reply, messages))
        #expect(try await !isMet(.textContains(["is due"], ignoresCase: false), .reply, messages))
        #expect(try await !isMet(.textContains(["it", "late"], ignoresCase: false), .reply, messages))
        #expect(try await isMet(.textMatches(#"^due: \d May$"#), .toolContent, messages))
        #expect(try await !isMet(.textMatches(#"^\d May$"#), .toolContent, messages))
        // A combining mark after it does not hide a text.
        #expect(try await isMet(.textContains(["e"], ignoresCase: false), .reply, [Message(.assistant, "e\u{301}")]))
    }

    @Test("a pattern that takes too long is unknown, not unmet")
    func slowPattern() async throws {
        let item = ChecklistItem.example(check: .textMatches("(a+)+b"))
        let dialogue = try Dialogue([Message(.user, "u"), Message(.assistant, String(repeating: "a", count: 40))])
        let scorer = ChecklistScorer(judge: ScriptedJudge { _ in .met("") })
        let judged = try await scorer.judged(dialogue, by: Checklist(turns: [.init(items: [item])]))
        #expect(judged.unknown?.contains("takes too long") == true)
    }

    @Test("compares the last number, or any")
    func numbers() async throws {
        func isMet(_ text: String, _ number: Double, _ place: ItemCheck.NumberPlace = .last) async throws -> Bool {
            try await self.isMet(
                .numberEquals(number, tolerance: 1e-6, place: place), .reply, [Message(.assistant, text)])
        }
        #expect(try await isMet("first 3, then 1,234.50 in all", 1234.5))
        #expect(try await !isMet("first 3, then 4", 3))
        #expect(try await isMet("first 3, then 4", 3, .anywhere))
        #expect(try await isMet("it is -2e-3.", -0.002))
        #expect(try await !isMet("no number", 0))
        #expect(try await isMet("x-7", 7))
    }

    @Test(
        "reads numbers as people write them",
        arguments: [
            ("1,2,3", [1, 2, 3]), ("1,234,567.5", [1_234_567.5]), ("12,34", [12, 34]), (".5 and -.5", [0.5, -0.5]),
            ("a1 b_2 3", [3]), ("3-4", [3, 4]), ("1e5 1e 2E+2", [1e5, 1, 200]), ("", []), ("- 5", [5]),
            ("1.2.3", [1.2, 3]),
            ("5%", [5]), ("1,2345", [1, 2345]),
        ] as [(String, [Double])])
    func readsNumbers(text: String, numbers: [Double]) {
        #expect(text.numbers == numbers)
    }
}
