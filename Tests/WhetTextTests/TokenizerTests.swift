import Foundation
import Testing
import WhetCore
import WhetText

@Suite("Tokenizer")
struct TokenizerTests {
    @Test("gives transformers' ids and text", arguments: try TokenizerCase.all())
    func agreesWithTransformers(_ sample: TokenizerCase) throws {
        let tokenizer = try Tokenizer(directory: sample.model)
        #expect(tokenizer.encode(sample.text) == sample.ids)
        #expect(tokenizer.decode(sample.ids) == sample.decoded)
    }
}
