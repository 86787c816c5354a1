import Foundation
import Testing
import WhetCore

@testable import WhetText

@Suite("Chat template")
struct ChatTemplateTests {
    @Test("there are cases of at least three models")
    func hasCases() throws {
        #expect(try Set(ChatCase.all().map(\.model)).count >= 3)
        #expect(try Set(TokenizerCase.all().map(\.model)).count >= 3)
    }

    @Test("gives transformers' text and ids", arguments: try ChatCase.all())
    func agreesWithTransformers(_ sample: ChatCase) throws {
        let template = try ChatTemplate(directory: sample.model)
        let messages = try sample.messages.map(Message.init(json:))
        let text = try template.render(messages: messages, tools: sample.tools, addGenerationPrompt: true)
        #expect(text == sample.text)
        #expect(try template.render(sample.messages, tools: sample.tools, addGenerationPrompt: true) == sample.text)
        #expect(try Tokenizer(directory: sample.model).encode(text) == sample.ids)
    }

    @Test("extra variables reach the template")
    func passesExtra() throws {
        let model = try #require(Fixtures.models().first)
        let text = try ChatTemplate(directory: model)
            .render(messages: [Message(.user, "Hi")], addGenerationPrompt: true, extra: ["enable_thinking": false])
        #expect(text.hasSuffix("<|im_start|>assistant\n<think>\n\n</think>\n\n"))
    }

    @Test("a refusal of the template is an error with its words")
    func refuses() throws {
        let model = try #require(Fixtures.models().first)
        let template = try ChatTemplate(directory: model)
        #expect { try template.render(messages: [], addGenerationPrompt: true) } throws: {
            "\($0)".contains("no messages")
        }
    }

    @Test("of named templates the one for tools is taken where there are tools")
    func choosesTemplate() throws {
        let directory = try Scratch()
        try directory.write(
            #"""
            {"chat_template": [{"name": "default", "template": "plain"},
             {"name": "tool_use", "template": "{{ tools | length }} {{ eos_token }}"}],
             "eos_token": {"content": "</s>"}}
            """#,
            to: "tokenizer_config.json")
        let template = try ChatTemplate(directory: directory.url)
        #expect(try template.render(messages: []) == "plain")
        #expect(try template.render(messages: [], tools: [["name": "f"]]) == "1 </s>")
    }

    @Test("chat_template.jinja counts more than the configuration")
    func prefersFile() throws {
        let directory = try Scratch()
        try directory.write(#"{"chat_template": "old", "bos_token": "<s>"}"#, to: "tokenizer_config.json")
        try directory.write("{{ bos_token }}new", to: "chat_template.jinja")
        #expect(try ChatTemplate(directory: directory.url).render(messages: []) == "<s>new")
    }

    @Test("a directory without a template says so")
    func missesTemplate() throws {
        let directory = try Scratch()
        #expect { try ChatTemplate(directory: directory.url) } throws: { "\($0)".contains("there is no chat template") }
    }

    @Test("whet's own template holds the turns, tools and calls")
    func rendersOwn() throws {
        let template = try ChatTemplate(source: ChatTemplate.chatML)
        let call = Message.ToolCall(name: "add", arguments: ["a": 1])
        let text = try template.render(
            messages: [Message(.user, "Hi"), Message(.assistant, "", toolCalls: [call]), Message(.tool, "2")],
            tools: [["type": "function", "function": ["name": "add"]]], addGenerationPrompt: true)
        #expect(
            text == """
                <|im_start|>system
                You can call these functions:
                {"name": "add"}<|im_end|>
                <|im_start|>user
                Hi<|im_end|>
                <|im_start|>assistant
                <tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call><|im_end|>
                <|im_start|>tool
                2<|im_end|>
                <|im_start|>assistant

                """)
    }
}

/// A folder that is gone with the test.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }
}
