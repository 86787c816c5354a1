import Foundation
import Testing
import WhetCore
import WhetText

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
}
