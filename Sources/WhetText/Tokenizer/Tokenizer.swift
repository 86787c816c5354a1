import Foundation
import WhetCore

/// Text to token ids and back, as a Hugging Face tokenizer.json of the byte-level BPE kind says (Qwen, Llama 3, GPT-2).
///
///     let tokenizer = try Tokenizer(directory: URL(filePath: "model"))
///     let tokens = tokenizer.encode("What is 2+2?<|im_end|>")
///     let text = tokenizer.decode(tokens)
///
/// Keeps: ids are those of the `tokenizers` library; nothing changes after `init`, so any number of threads may share
/// one.
public final class Tokenizer: Sendable {
    /// One more than the largest id; ids that no token has may lie below.
    public let vocabularySize: Int
    /// The token that ends a turn, as the model's configuration names it.
    public let endOfSequence: Int32?
    /// The special tokens that the configuration names: `bos_token`, `eos_token`, `pad_token`, ….
    let namedTokens: [String: String]

    private let normalizer: Normalizer
    private let preTokenizer: PreTokenizer
    private let postProcessor: PostProcessor
    private let model: BytePairModel
    /// Found in the text as given, and in what is left of it after normalization.
    private let rawFinder, normalizedFinder: AddedTokenFinder
    private let special: Set<Int32>
    private let ids: [String: Int32]
    /// All tokens' bytes one after the other, and where those of each id begin.
    private let store: [UInt8]
    private let starts: [UInt32]
    /// Which ids some token has.
    private let isKnown: [Bool]

    /// - Parameters:
    ///   - json: the content of a tokenizer.json.
    ///   - configuration: that of tokenizer_config.json, where there is one.
    ///   - place: what errors call the file.
    /// - Throws: `WhetError` for a tokenizer of another kind, or a broken one.
    public init(json: JSONValue, configuration: JSONValue? = nil, at place: String = "tokenizer.json") throws {
        let file = try TokenizerFile(json: json, at: place)
        normalizer = file.normalizer
        preTokenizer = file.preTokenizer
        postProcessor = file.postProcessor
        model = file.model

        var ids = Dictionary(file.vocabulary.map { ($0.entry, $0.id) }, uniquingKeysWith: { first, _ in first })
        for token in file.added { ids[token.content] = token.id }
        self.ids = ids
        namedTokens = TokenizerConfiguration.namedTokens(in: configuration)
        endOfSequence = namedTokens["eos_token"].flatMap { ids[$0] }
        special = Set(file.added.filter(\.isSpecial).map(\.id) + namedTokens.values.compactMap { ids[$0] })

        let largest = max(file.vocabulary.map(\.id).max() ?? -1, file.added.map(\.id).max() ?? -1)
        vocabularySize = Int(largest) + 1
        var entries = [String?](repeating: nil, count: vocabularySize)
        for token in file.vocabulary { entries[Int(token.id)] = token.entry }
        for token in file.added { entries[Int(token.id)] = token.content }
        isKnown = entries.map { $0 != nil }
        var store: [UInt8] = []
        var starts: [UInt32] = [0]
        for entry in entries {
            // An added token with a character that stands for no byte is itself, as in `tokenizers`.
            if let entry { store += ByteAlphabet.bytes(of: entry) ?? Array(entry.utf8) }
            starts.append(UInt32(store.count))
        }
        self.store = store
        self.starts = starts

        let normalizer = file.normalizer
        rawFinder = AddedTokenFinder(file.added.filter { !$0.isNormalized })
        normalizedFinder = AddedTokenFinder(file.added.filter(\.isNormalized)) { normalizer($0.content) }
    }

    /// Reads tokenizer.json and, where they are there, tokenizer_config.json and special_tokens_map.json.
    ///
    /// - Throws: `WhetError` that names the file which is missing or wrong.
    public convenience init(directory: URL) throws {
        let file = directory.appending(path: "tokenizer.json")
        guard let data = try? Data(contentsOf: file) else {
            throw WhetError(
                "there is no tokenizer", at: file.path, expected: "a tokenizer.json",
                remedy: "name a directory as transformers' save_pretrained writes it")
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: data) } catch let error as WhetError {
            throw WhetError(
                error.problem, at: file.path, remedy: "fetch or write the file again; it may have been cut short")
        }
        let configuration = try TokenizerConfiguration.read(directory: directory)
        try self.init(json: json, configuration: configuration, at: file.path)
    }

    /// The token ids of a text. Text that looks like an added token becomes that token.
    ///
    /// - Parameter addSpecialTokens: whether to put around them what the tokenizer's post-processor asks for.
    public func encode(_ text: String, addSpecialTokens: Bool = false) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(text.utf8.count / 3 + 8)
        if addSpecialTokens { tokens += postProcessor.prefix }
        var text = text
        text.withUTF8 { bytes in
            for piece in rawFinder.pieces(of: bytes) {
                switch piece {
                case .token(let id): tokens.append(id)
                case .text(let range): encode(UnsafeBufferPointer(rebasing: bytes[range]), into: &tokens)
                }
            }
        }
        if addSpecialTokens { tokens += postProcessor.suffix }
        return tokens
    }

    private func encode(_ text: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) {
        if let normalized = normalizer.normalized(text) {
            normalized.withUnsafeBufferPointer { encode(normalized: $0, into: &tokens) }
        } else {
            encode(normalized: text, into: &tokens)
        }
    }

    private func encode(normalized text: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) {
        for piece in normalizedFinder.pieces(of: text) {
            switch piece {
            case .token(let id): tokens.append(id)
            case .text(let range):
                preTokenizer.words(of: UnsafeBufferPointer(rebasing: text[range])) { model.encode($0, into: &tokens) }
            }
        }
    }

    /// The text of tokens. An id that no token has stands for nothing; bytes that are not UTF-8 become U+FFFD.
    public func decode(_ tokens: [Int32], skipSpecialTokens: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.count * 4)
        for token in tokens where !(skipSpecialTokens && isSpecial(token)) { append(token, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that a token stands for, which may be part of a character; none for an id that no token has.
    public func bytes(of token: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        append(token, to: &bytes)
        return bytes
    }

    private func append(_ token: Int32, to bytes: inout [UInt8]) {
        guard token >= 0, Int(token) < vocabularySize else { return }
        bytes += store[Int(starts[Int(token)])..<Int(starts[Int(token) + 1])]
    }

    /// Whether the token is a mark such as the end of a turn, not text.
    public func isSpecial(_ token: Int32) -> Bool { special.contains(token) }

    /// Whether any token has the id.
    public func contains(_ token: Int32) -> Bool { token >= 0 && Int(token) < vocabularySize && isKnown[Int(token)] }

    /// The id of an added token by its text, or of a vocabulary entry in its byte-level spelling.
    public func token(for text: String) -> Int32? { ids[text] }
}
