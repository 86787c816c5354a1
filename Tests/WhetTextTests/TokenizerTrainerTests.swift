import Foundation
import Testing
import WhetCore

@testable import WhetText

@Suite("Tokenizer trainer")
struct TokenizerTrainerTests {
    private let texts = (0..<200).map {
        "Put these numbers in order: \($0) \($0 * 7 % 10)\n<|im_end|>\n<answer>\($0)</answer> the end"
    }

    @Test("fills the vocabulary it is given, with merges that shorten text")
    func trains() throws {
        let trained = try TokenizerTrainer(vocabularySize: 280).train(on: texts)
        #expect(trained.tokenizer.vocabularySize == 280)
        let tokens = trained.tokenizer.encode(texts[0])
        #expect(tokens.count < texts[0].utf8.count / 2)
        #expect(trained.tokenizer.decode(tokens) == texts[0])
        #expect(trained.tokenizer.endOfSequence == trained.tokenizer.token(for: "<|im_end|>"))
    }

    @Test("does not depend on the order of texts, nor on the run")
    func isDeterministic() throws {
        let trainer = TokenizerTrainer(vocabularySize: 320)
        let first = try trainer.train(on: texts)
        #expect(try trainer.train(on: texts.reversed()).json == first.json)
        #expect(try trainer.train(on: texts).json == first.json)
    }

    @Test("merges the most frequent pair first, of equal ones the one with lower ids")
    func merges() throws {
        var trainer = TokenizerTrainer(vocabularySize: 256 + 3 + 3)
        trainer.leastCount = 1
        let trained = try trainer.train(on: ["abab", "abc", "zy"])
        #expect(trained.json["model"]?["merges"] == [["a", "b"], ["z", "y"], ["ab", "c"]])
    }

    @Test("without merges every byte is a token")
    func characters() throws {
        let all = try Tokenizer.characters()
        #expect(all.tokenizer.vocabularySize == 259)
        #expect(all.tokenizer.encode("né 1").count == 5)
    }

    @Test("of the bytes that occur, others become the unknown token, not nothing")
    func bytesThatOccur() throws {
        let trained = try Tokenizer.characters(of: ["12 3"])
        #expect(trained.tokenizer.vocabularySize == 4 + 1 + 3)
        let unknown = try #require(trained.tokenizer.token(for: "<|unknown|>"))
        #expect(
            trained.tokenizer.encode("1x23") == trained.tokenizer.encode("1") + [unknown]
                + trained.tokenizer.encode("23"))
    }

    @Test("what is written reads back as the same tokenizer and template")
    func writes() throws {
        let directory = try Scratch()
        let trained = try TokenizerTrainer(vocabularySize: 280).train(on: texts)
        try trained.write(to: directory.url)
        let tokenizer = try Tokenizer(directory: directory.url)
        #expect(tokenizer.encode(texts[3]) == trained.tokenizer.encode(texts[3]))
        #expect(tokenizer.endOfSequence == trained.tokenizer.endOfSequence)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted()
                == ["chat_template.jinja", "tokenizer.json", "tokenizer_config.json"])
        let text = try ChatTemplate(directory: directory.url).render(
            messages: [Message(.user, "Hi")], addGenerationPrompt: true)
        #expect(text == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    }

    @Test("too small a vocabulary or odd special tokens are refused")
    func refuses() throws {
        #expect(throws: WhetError.self) { try TokenizerTrainer(vocabularySize: 258).train(on: []) }
        var trainer = TokenizerTrainer(vocabularySize: 300)
        for names in [["a"], ["a", "a"], ["a", ""]] {
            trainer.specialTokens = names
            #expect(throws: WhetError.self) { try trainer.train(on: []) }
        }
    }
}
