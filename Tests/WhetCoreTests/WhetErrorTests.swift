import Testing
import WhetCore

@Suite("Errors for people")
struct WhetErrorTests {
    @Test("the nearest valid name is suggested", arguments: [
        ("learning_rte", "learning_rate"), ("grop", "grpo"), ("Sortng", "Sorting"),
    ])
    func suggests(mistake: String, meant: String) {
        #expect(mistake.nearest(among: ["grpo", "learning_rate", "Sorting", "Multiplication"]) == meant)
    }

    @Test("nothing near, nothing suggested")
    func staysQuiet() {
        #expect("xyzzyplugh".nearest(among: ["grpo", "learning_rate"]) == nil)
        #expect("a".nearest(among: []) == nil)
    }

    @Test("a sentence, a place, what was expected, what to do")
    func describes() {
        let error = WhetError(
            "no such key", at: "r.yaml:3", expected: "a key", suggestion: "steps", remedy: "whet recipe explain")
        #expect(
            error.description == """
                r.yaml:3: no such key (did you mean "steps"?)
                  expected: a key
                  try: whet recipe explain
                """)
    }
}

@Suite("Messages")
struct MessageTests {
    @Test("read back from OpenAI's form")
    func roundTrips() throws {
        let messages = [
            Message(.system, "s"), Message(.user, "ü"),
            Message(
                .assistant, "", reasoning: "hm",
                toolCalls: [.init(id: "1", name: "f", arguments: ["x": [1, 2.5, nil]])]),
            Message(.tool, "r", toolCallID: "1"),
        ]
        for message in messages { #expect(try Message(json: message.json) == message) }
    }

    @Test("arguments may come as text")
    func readsArgumentText() throws {
        let json = try JSONValue(
            parsing: #"{"role":"assistant","content":null,"#
                + #""tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]}"#)
        #expect(try Message(json: json).toolCalls.first?.arguments == ["a": 1])
    }

    @Test("refused when they are none", arguments: [
        "{}", #"{"role":"robot"}"#, #"{"role":"user","content":5}"#,
        #"{"role":"user","content":[{"type":"image_url"}]}"#,
        #"{"role":"assistant","tool_calls":[{"function":{}}]}"#, "[]",
    ])
    func refuses(text: String) throws {
        let json = try JSONValue(parsing: text)
        #expect(throws: WhetError.self) { try Message(json: json) }
    }
}
