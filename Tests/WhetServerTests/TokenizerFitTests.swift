import Foundation
import Testing
import WhetCore
import WhetServer
import WhetTestSupport
import WhetText

@Suite("A tokenizer and a model")
struct TokenizerFitTests {
    private func check(vocabulary: Int) throws {
        try Tokenizer(directory: FixtureFolders.qwen3).check(fits: vocabulary, in: URL(filePath: "/models/mine"))
    }

    @Test("fit where the model has as many tokens, or more")
    func fits() throws {
        let size = try Tokenizer(directory: FixtureFolders.qwen3).vocabularySize
        try check(vocabulary: size)
        try check(vocabulary: size + 1_000)
    }

    @Test("do not where the tokenizer has ordinary tokens that the model has not")
    func foreign() throws {
        let error = try #require(throws: WhetError.self) { try check(vocabulary: 100) }
        #expect(error.problem.contains("the tokenizer is of another model"))
        #expect(error.place == "/models/mine" && error.expected == "at most 100 tokens")
    }
}
