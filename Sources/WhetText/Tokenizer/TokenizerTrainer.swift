import WhetCore

/// Makes a small byte-level BPE tokenizer for a policy from scratch.
///
///     let trainer = TokenizerTrainer(vocabularySize: 640)
///     let trained = try trainer.train(on: texts)
///     try trained.write(to: URL(filePath: "policy"))
///
/// Keeps: the same texts, in any order, give the same tokenizer. Of pairs that occur equally often the one with the
/// lower ids merges first. Ids: the bytes, then the merges in their order, then the special tokens.
public struct TokenizerTrainer: Sendable {
    /// What a vocabulary begins with.
    public enum Alphabet: Sendable {
        /// All 256 bytes are tokens, so any text can be encoded.
        case everyByte
        /// Only the bytes that occur in the texts; any other becomes the token `<|unknown|>`.
        case bytesThatOccur
    }

    /// The most tokens that the tokenizer may have, special ones included; it has fewer where the texts hold too few
    /// pairs. nil for no merges at all, so that every byte is a token.
    public var vocabularySize: Int?
    /// Every byte unless another is set.
    public var alphabet = Alphabet.everyByte
    /// The first ends a turn, the second pads.
    var specialTokens = ["<|im_end|>", "<|endoftext|>", "<|im_start|>"]
    /// Pairs that occur less often do not merge.
    var leastCount = 2
    /// The chat template that is written beside the tokenizer.
    var chatTemplate = ChatTemplate.chatML

    public init(vocabularySize: Int?) { self.vocabularySize = vocabularySize }

    /// Splits as Qwen's tokenizers do: words with the space before them, single digits, punctuation, line breaks.
    static let pattern =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"#
        + #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// - Throws: `WhetError` where the vocabulary is too small for the bytes and special tokens.
    public func train(on texts: some Sequence<String>) throws -> TrainedTokenizer {
        guard specialTokens.count >= 2, Set(specialTokens).count == specialTokens.count, !specialTokens.contains("")
        else {
            throw WhetError("the special tokens are too few, empty or alike", expected: "at least two different ones")
        }
        let words = try countWords(texts)
        let bytes: [UInt8] =
            switch alphabet {
            case .everyByte: Array(0...255)
            case .bytesThatOccur: Array(Set(words.flatMap { $0.bytes }))
            }
        let extras = alphabet == .bytesThatOccur ? [TrainedTokenizer.unknown] : []
        let least = bytes.count + extras.count + specialTokens.count
        guard vocabularySize.map({ $0 >= least }) ?? true else {
            throw WhetError(
                "a vocabulary of \(vocabularySize ?? 0) is too small",
                expected: "at least \(least): the bytes and special tokens")
        }
        var learner = MergeLearner(words: words, alphabet: bytes.sorted(by: { $0.place < $1.place }))
        learner.learn(tokens: (vocabularySize ?? least) - extras.count - specialTokens.count, leastCount: leastCount)
        return try TrainedTokenizer(learner, extras: extras, specialTokens: specialTokens, chatTemplate: chatTemplate)
    }

    /// The words of the texts and how often each occurs, in the order of their bytes.
    private func countWords(_ texts: some Sequence<String>) throws -> [(bytes: [UInt8], count: Int)] {
        let program = try SplitProgram(SplitPattern(parsing: Self.pattern))
        let preTokenizer = PreTokenizer(stages: [.split(program, .isolated, inverted: false)])
        let finder = AddedTokenFinder(specialTokens.map { AddedToken(content: $0, id: 0) })
        var counts: [[UInt8]: Int] = [:]
        for text in texts {
            var composed = CanonicalComposition.composed(text)
            composed.withUTF8 { bytes in
                for case .text(let range) in finder.pieces(of: bytes) {
                    preTokenizer.words(of: UnsafeBufferPointer(rebasing: bytes[range])) {
                        counts[Array($0), default: 0] += 1
                    }
                }
            }
        }
        return counts.map { (bytes: $0.key, count: $0.value) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}

extension UInt8 {
    /// Where the byte stands in the order of the byte alphabet's characters, which vocabularies keep.
    fileprivate var place: UInt32 { ByteAlphabet.characters[Int(self)].value }
}

/// Learns merges: again and again the pair of neighbors that occurs most often becomes a token.
///
/// Source: Sennrich et al., arXiv 1508.07909, with counts kept up to date merge by merge.
struct MergeLearner {
    private(set) var tokens: [[UInt8]]
    private(set) var merges: [(left: Int32, right: Int32)] = []

    private struct Pair: Hashable {
        var left, right: Int32
    }

    private var ids: [[UInt8]: Int32] = [:]
    private var symbols: [[Int32]]
    private let wordCounts: [Int]
    private var pairCounts: [Pair: Int] = [:]
    /// The words in which a pair occurs, or once did.
    private var wordsOfPair: [Pair: Set<Int>] = [:]

    init(words: [(bytes: [UInt8], count: Int)], alphabet: [UInt8]) {
        tokens = alphabet.map { [$0] }
        var ids: [[UInt8]: Int32] = [:]
        for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
        self.ids = ids
        wordCounts = words.map(\.count)
        symbols = words.map { word in word.bytes.compactMap { ids[[$0]] } }
        for index in symbols.indices { count(index, sign: 1) }
    }

    /// Adds or takes away a word's pairs.
    private mutating func count(_ word: Int, sign: Int) {
        for (left, right) in zip(symbols[word], symbols[word].dropFirst()) {
            let pair = Pair(left: left, right: right)
            pairCounts[pair, default: 0] += sign * wordCounts[word]
            if sign > 0 { wordsOfPair[pair, default: []].insert(word) }
        }
    }

    /// Merges until there are so many tokens, or no pair occurs often enough.
    mutating func learn(tokens wanted: Int, leastCount: Int) {
        while tokens.count < wanted, let pair = mostFrequent(leastCount) {
            let bytes = tokens[Int(pair.left)] + tokens[Int(pair.right)]
            let merged = ids[bytes] ?? Int32(tokens.count)
            if Int(merged) == tokens.count {
                tokens.append(bytes)
                ids[bytes] = merged
            }
            merges.append((pair.left, pair.right))
            for word in wordsOfPair.removeValue(forKey: pair) ?? [] {
                count(word, sign: -1)
                merge(pair, into: merged, in: word)
                count(word, sign: 1)
            }
            pairCounts[pair] = nil
        }
    }

    private func mostFrequent(_ leastCount: Int) -> Pair? {
        let best = pairCounts.max { one, another in
            (one.value, another.key.left, another.key.right) < (another.value, one.key.left, one.key.right)
        }
        return best.flatMap { $0.value >= leastCount ? $0.key : nil }
    }

    private mutating func merge(_ pair: Pair, into merged: Int32, in word: Int) {
        var result: [Int32] = []
        var index = 0
        let old = symbols[word]
        while index < old.count {
            if index + 1 < old.count, old[index] == pair.left, old[index + 1] == pair.right {
                result.append(merged)
                index += 2
            } else {
                result.append(old[index])
                index += 1
            }
        }
        symbols[word] = result
    }
}
