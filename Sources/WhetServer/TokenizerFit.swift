import Foundation
import WhetCore
import WhetEngine
import WhetText

extension ModelConfiguration {
    /// A tokenizer of another model says tokens that the model has no row for.
    ///
    /// Special tokens beyond the vocabulary are let pass, save the one that ends a turn: some models' tokenizers name a
    /// few that nothing ever writes. A vocabulary that is larger than the tokenizer is common, too.
    ///
    /// - Throws: `WhetError` that names the directory.
    public func check(fits tokenizer: Tokenizer, in directory: URL) throws {
        guard tokenizer.vocabularySize > vocabularySize else { return }
        let foreign = (vocabularySize..<tokenizer.vocabularySize).lazy.map { Int32($0) }.filter(tokenizer.contains)
        let ending = tokenizer.endOfSequence
        guard foreign.contains(where: { !tokenizer.isSpecial($0) || $0 == ending }) else { return }
        throw WhetError(
            "the tokenizer is of another model: it has \(tokenizer.vocabularySize) tokens, and config.json's "
                + "vocab_size is \(vocabularySize)",
            at: directory.path, expected: "at most \(vocabularySize) tokens",
            remedy: "fetch tokenizer.json and tokenizer_config.json from where the weights are from")
    }
}
