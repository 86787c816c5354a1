import Testing
import WhetCore
import WhetText

@Suite("How calls are written")
struct ToolCallSyntaxTests {
    private static let look = Message.ToolCall(name: "look", arguments: ["at": 1])

    @Test(
        "calls are read in each syntax",
        arguments: [
            (ToolCallSyntax.hermes, #"<tool_call>{"name": "look", "arguments": {"at": 1}}</tool_call>"#),
            (.hermes, #"<tool_call>{"name": "look", "arguments": "{\"at\": 1}"}</tool_call>"#),
            (.qwenCoder, "<tool_call>\n<function=look>\n<parameter=at>\n1\n</parameter>\n</function>\n</tool_call>"),
            (.mistral, #"[TOOL_CALLS] [{"name": "look", "arguments": {"at": 1}}]"#),
            (.mistral, #"[TOOL_CALLS]look[ARGS]{"at": 1}"#),
            (.mistral, #"[TOOL_CALLS]look[CALL_ID]abc[ARGS]{"at": 1}"#),
            (.mistral, #"[{"name": "look", "arguments": {"at": 1}}]"#),
            (.llama, #"<|python_tag|>{"name": "look", "parameters": {"at": 1}}"#),
            (.llama, #"{"type": "function", "name": "look", "parameters": {"at": 1}}"#),
            (.llama, #"<function=look>{"at": 1}</function>"#),
        ])
    func readsCalls(syntax: ToolCallSyntax, text: String) throws {
        let read = try #require(syntax.read(text))
        #expect(read.content.isEmpty)
        #expect(read.calls == [Self.look])
    }

    @Test("Python in a fenced block is a call")
    func readsBlocks() throws {
        let read = try #require(
            ToolCallSyntax.pythonBlock.read("I run\n```python\nprint(1)\n```\nand\n```python\n2\n```"))
        #expect(read.calls.map(\.arguments) == [["code": "print(1)\n"], ["code": "2\n"]])
        #expect(read.calls.allSatisfy { $0.name == "python" })
        #expect(ToolCallSyntax.pythonBlock.reading("```\nx\n```") == nil)
        #expect(ToolCallSyntax.pythonBlock.reading("```python\nx")?.isCutOff == true)
    }

    @Test(
        "several calls are read in their order",
        arguments: [
            (ToolCallSyntax.hermes, #"<tool_call>{"name": "a"}</tool_call> and <tool_call>{"name": "b"}</tool_call>"#),
            (.mistral, #"[TOOL_CALLS][{"name": "a"}, {"name": "b"}]"#), (.mistral, "[TOOL_CALLS]a{}[TOOL_CALLS]b{}"),
            (.llama, #"{"name": "a"}; {"name": "b"}"#), (.llama, "<function=a>{}</function><function=b>{}</function>"),
        ])
    func readsSeveral(syntax: ToolCallSyntax, text: String) throws {
        #expect(try #require(syntax.read(text)).calls.map(\.name) == ["a", "b"])
    }

    @Test(
        "what was meant as a call and is none is told",
        arguments: [
            (ToolCallSyntax.hermes, "<tool_call>look</tool_call>", "not JSON"),
            (.hermes, "<tool_call>{\"name\": \"look\"", "no </tool_call>"),
            (.hermes, "<tool_call></tool_call>", "not JSON"),
            (.hermes, #"<tool_call>{"nome": "look"}</tool_call>"#, "no \"name\""),
            (.hermes, #"<tool_call>{"name": "look", "arguments": [1]}</tool_call>"#, "not a JSON object"),
            (.qwenCoder, "<tool_call>look</tool_call>", "no <function=NAME>"),
            (.qwenCoder, "<tool_call><function=a><parameter=b>1</function></tool_call>", "a parameter of"),
            (.mistral, "[TOOL_CALLS][]", "empty"), (.mistral, "[TOOL_CALLS]{", "not a JSON list"),
            (.mistral, "[TOOL_CALLS]", "nothing follows"), (.mistral, "[TOOL_CALLS]look", "no arguments"),
            (.llama, "<|python_tag|>{", "not JSON"), (.llama, #"{"name": "look", "#, "not JSON"),
            (.llama, "<function=look>x</function>", "not JSON"),
        ])
    func tellsMistakes(syntax: ToolCallSyntax, text: String, words: String) throws {
        let attempts = try #require(syntax.reading(text)).attempts
        guard case .mistake(let mistake) = try #require(attempts.first) else {
            Issue.record("\(attempts) is no mistake")
            return
        }
        #expect(mistake.contains(words), "\(mistake)")
        #expect(syntax.read(text) == nil)
    }

    @Test("a last call that lacks only its end counts for whoever asks")
    func readsOpenCalls() throws {
        let text = #"<tool_call>{"name": "look", "arguments": {"at": 1}}"#
        let reading = try #require(ToolCallSyntax.hermes.reading(text))
        #expect(reading.isCutOff && reading.attempts == [.call(Self.look)])
        #expect(ToolCallSyntax.hermes.read(text) == nil)
    }

    @Test(
        "words are words",
        arguments: [
            (ToolCallSyntax.hermes, "The answer is 3."), (.hermes, "</tool_call>"), (.mistral, "[1, 2]"),
            (.mistral, "[{}]"),
            (.llama, #"{"answer": 3}"#), (.llama, #"{"name": 3}"#), (.llama, "{}"), (.llama, ""),
            (.pythonBlock, "python"),
        ])
    func leavesWords(syntax: ToolCallSyntax, text: String) {
        #expect(syntax.reading(text) == nil)
    }

    @Test("hostile words end in time", arguments: ToolCallSyntax.allCases)
    func endures(syntax: ToolCallSyntax) {
        for piece in ["<tool_call>", "[TOOL_CALLS]", "{", "<function=", "```python\n", "{\"name\":\"", "<parameter="] {
            _ = syntax.reading(String(repeating: piece, count: 2000))
        }
    }

    @Test("a template shows how its model writes calls")
    func findsSyntax() throws {
        func syntax(_ call: String) throws -> ToolCallSyntax? {
            ToolCallSyntax(
                of: try ChatTemplate(
                    source:
                        "{% for m in messages %}{% for c in m.tool_calls %}\(call){% endfor %}{% endfor %}"
                ))
        }
        #expect(try syntax(#"<tool_call>{"name": "{{ c.function.name }}"}</tool_call>"#) == .hermes)
        #expect(try syntax("<tool_call><function={{ c.function.name }}><parameter=key>") == .qwenCoder)
        #expect(try syntax("[TOOL_CALLS]{{ c.function.name }}[ARGS]{}") == .mistral)
        #expect(try syntax(#"{"name": "{{ c.function.name }}", "parameters": {}}"#) == .llama)
        #expect(try syntax("call {{ c.function.name }}") == nil)
        #expect(try syntax("") == nil)
        #expect(try ToolCallSyntax(named: "qwen_coder") == .qwenCoder)
        #expect(throws: WhetError.self) { try ToolCallSyntax(named: "hermse") }
    }
}
