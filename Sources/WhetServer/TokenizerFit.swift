import Foundation
import WhetCore
import WhetText

extension Tokenizer {
    /// A tokenizer of another model says tokens that the model has no row for.
    ///
    /// Special tokens beyond the vocabulary are let pass, save the one that ends a turn: some models' tokenizers name a
    /// few that nothing ever writes. A vocabulary that is larger than the tokenizer is common, too.
    ///
    /// - Throws: `WhetError` that names the directory.
    public func check(fits vocabulary: Int, in directory: URL) throws {
        guard vocabularySize > vocabulary else { return }
        let foreign = (vocabulary..<vocabularySize).lazy.map { Int32($0) }.filter(contains)
        let ending = endOfSequence
        guard foreign.contains(where: { !isSpecial($0) || $0 == ending }) else { return }
        throw WhetError(
            "the tokenizer is of another model: it has \(vocabularySize) tokens, and config.json's "
                + "vocab_size is \(vocabulary)",
            at: directory.path, expected: "at most \(vocabulary) tokens",
            remedy: "fetch tokenizer.json and tokenizer_config.json from where the weights are from")
    }
}
