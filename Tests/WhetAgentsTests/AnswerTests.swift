import Testing
import WhetCore
import WhetRollouts
import WhetText

@testable import WhetAgents

@Suite("Reading an answer")
struct AnswerTests {
    private func answer(
        _ words: String, syntax: ToolCallSyntax? = .hermes, stops: [String] = [], isThinking: Bool = false
    ) throws -> PolicyAnswer {
        let format = try Fixtures.format()
        return PolicyAnswer(
            format.turn(saying: words), format: format, syntax: syntax, stops: stops, isThinking: isThinking, key: 35)
    }

    @Test("the template shows how calls are written")
    func findsSyntax() throws {
        #expect(ToolCallSyntax(of: try Fixtures.format().template) == .hermes)
    }

    @Test(
        "calls are read in each syntax",
        arguments: [
            (ToolCallSyntax.hermes, #"<tool_call>{"name": "look", "arguments": {"at": 1}}</tool_call>"#),
            (.qwenCoder, "<tool_call>\n<function=look>\n<parameter=at>\n1\n</parameter>\n</function>\n</tool_call>"),
            (.mistral, #"[TOOL_CALLS] [{"name": "look", "arguments": {"at": 1}}]"#),
            (.llama, #"<|python_tag|>{"name": "look", "parameters": {"at": 1}}"#),
        ])
    func readsCalls(syntax: ToolCallSyntax, text: String) throws {
        let read = try #require(syntax.read(text))
        #expect(read.content.isEmpty)
        #expect(read.calls == [Message.ToolCall(name: "look", arguments: ["at": 1])])
    }

    @Test(
        "what cannot be read whole is words",
        arguments: [
            (ToolCallSyntax.hermes, "no call"), (.hermes, "<tool_call>{\"name\": \"look\""),
            (.hermes, "<tool_call></tool_call>"),
            (.hermes, #"<tool_call>{"name": "look", "arguments": 3}</tool_call>"#),
            (.hermes, #"<tool_call>{"name": "a"}</tool_call><tool_call>x</tool_call>"#),
            (.qwenCoder, "<tool_call><function=look><parameter=at>1</tool_call>"),
            (.qwenCoder, "<tool_call>x</tool_call>"),
            (.qwenCoder, "<tool_call><function=look><parameter=at</parameter></function></tool_call>"),
            (.mistral, "[TOOL_CALLS] []"), (.mistral, "[TOOL_CALLS] [3]"), (.llama, #"{"nome": "look"}"#), (.llama, ""),
        ])
    func refusesHalfCalls(syntax: ToolCallSyntax, text: String) {
        #expect(syntax.read(text) == nil)
    }

    @Test("words, thoughts and several calls are told apart, with ids that are the same in every run")
    func splits() throws {
        let read = try answer(
            #"<think>which?</think>\#n\#nI look.<tool_call>{"name": "a"}</tool_call><tool_call>{"name": "b"}</tool_call>"#
        )
        #expect(read.reasoning == "which?")
        #expect(read.content == "I look.")
        #expect(read.calls.map(\.name) == ["a", "b"])
        #expect(read.calls.map(\.id) == ["call_z_0", "call_z_1"])
    }

    @Test("thoughts that the prompt opened, and those that never end")
    func readsThoughts() throws {
        #expect(try answer("so so</think>done", isThinking: true).reasoning == "so so")
        #expect(try answer("so so</think>done", isThinking: true).content == "done")
        let endless = try answer("<think>so so")
        #expect(endless.reasoning == "so so" && endless.content.isEmpty)
        #expect(try answer("I <think> not</think>").content == "I <think> not</think>")
    }

    @Test("words end before a stop string")
    func cuts() throws {
        #expect(try answer("one two three", stops: ["three", "two"]).content == "one ")
    }

    @Test("where no tools were offered, calls are words")
    func leavesWords() throws {
        let words = #"<tool_call>{"name": "a"}</tool_call>"#
        #expect(try answer(words, syntax: nil).content == words)
    }
}
