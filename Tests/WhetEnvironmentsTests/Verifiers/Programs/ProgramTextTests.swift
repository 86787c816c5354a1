import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Programs in what a policy wrote")
struct ProgramTextTests {
    @Test(
        "are its last code block of the language",
        arguments: [
            ("```python\na\n```", "a"), ("x\n```py\na\n```\ny\n```python\nb\nc\n```\n", "b\nc"), ("```\na\n```", "a"),
            ("```python\na\n```\n```text\nb\n```", "a"), ("```text\nb\n```", "b"), ("~~~python\na\n```\n~~~", "a\n```"),
            ("````python\n```\na\n````", "```\na"), ("```python\na\n```\n```python\nunfinished", "a"),
            ("  ```Python title=x\n  a\n  ```", "  a"), ("```python\r\na\r\n```\r\n", "a"),
            ("```python\na\n```\n```python\n\n```", "a"),
            ("```{python}\na\n```", "a"), ("```a``` b\n```python\nc\n```", "c"),
        ])
    func findsBlocks(_ text: String, _ program: String) {
        #expect(ProgramText.lastBlock(in: text, languages: ["python", "py"]) == program)
    }

    @Test(
        "may be missing",
        arguments: ["", "a", "```python\na", "``\na\n``", "```", "```\n```", "```\n \n```", "~~~\n```"])
    func findsNone(_ text: String) {
        #expect(ProgramText.lastBlock(in: text, languages: ["python"]) == nil)
    }

    @Test("are the answer itself where it has no code block")
    func readsAnswers() {
        #expect(ProgramText.program(answer: "print(1)", reply: "```\n2\n```", languages: []) == "print(1)")
        #expect(ProgramText.program(answer: "```\n1\n```", reply: "```\n2\n```", languages: []) == "1")
        #expect(ProgramText.program(answer: nil, reply: "```\n2\n```", languages: []) == "2")
        #expect(ProgramText.program(answer: " \n", reply: "```\n2\n```", languages: []) == nil)
        #expect(ProgramText.program(answer: nil, reply: "2", languages: []) == nil)
    }

    @Test(
        "have tests in many forms",
        arguments: [
            (#"[{"input": "1", "output": "2"}]"#, [ProgramTest.output(input: "1", expected: "2")]),
            (#"[{"output": 2}]"#, [.output(input: "", expected: "2")]),
            (#"["assert f(1) == 2"]"#, [.code("assert f(1) == 2")]), (#""assert a[0]""#, [.code("assert a[0]")]),
            (#""[not JSON""#, [.code("[not JSON")]), (#"{"code": "x"}"#, [.code("x")]),
            (
                #"{"inputs": ["1", ["2", "3"]], "outputs": ["a", [4]]}"#,
                [.output(input: "1", expected: "a"), .output(input: "2\n3", expected: "4")]
            ),
            (#""{\"inputs\": [\"1\"], \"outputs\": [\"2\"]}""#, [.output(input: "1", expected: "2")]),
        ])
    func readsTests(_ text: String, _ tests: [ProgramTest]) throws {
        #expect(try ProgramTest.list(JSONValue(parsing: Array(text.utf8)), at: "tests") == tests)
    }

    @Test(
        "are not judged by tests that are none",
        arguments: [
            "[]", "{}", "null", "3", "[3]", "[{}]", #"[{"input": "1"}]"#, #"{"inputs": ["1"], "outputs": []}"#,
            #"{"inputs": "1", "outputs": "2"}"#,
            #"{"fn_name": "f", "inputs": [[1]], "outputs": [2]}"#, #"[{"output": {}}]"#, #"[{"output": null}]"#,
        ])
    func refusesTests(_ text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: WhetError.self) { try ProgramTest.list(value, at: "tests") }
    }

    @Test(
        "write the same, or not",
        arguments: [
            ("1 2\n", "1 2", true, true, false), ("1 2 \r\n\n\n", "1 2", true, true, false),
            ("1  2", "1 2", false, true, false),
            ("1\n2", "1 2", false, true, false), ("12", "1 2", false, false, false), ("", " \n", true, true, false),
            ("\n1", "1", false, true, false), ("1", "1", true, true, true),
        ])
    func compares(_ output: String, _ expected: String, _ lines: Bool, _ words: Bool, _ exact: Bool) {
        #expect(OutputComparison.lines.areSame(Array(output.utf8), Array(expected.utf8)) == lines)
        #expect(OutputComparison.words.areSame(Array(output.utf8), Array(expected.utf8)) == words)
        #expect(OutputComparison.exact.areSame(Array(output.utf8), Array(expected.utf8)) == exact)
    }
}
