import Foundation
import WhetCore

/// What a tokenizer.json holds, checked and in the form that encoding needs.
struct TokenizerFile {
    /// The vocabulary of the model, without added tokens.
    var vocabulary: [(entry: String, id: Int32)] = []
    var added: [AddedToken] = []
    let normalizer: Normalizer
    let preTokenizer: PreTokenizer
    let postProcessor: PostProcessor
    let model: BytePairModel

    /// Ids above this are refused: a table of that length must fit in memory.
    private static let largestID = 16_000_000

    /// - Parameter place: the file's name, for errors.
    init(json: JSONValue, at place: String) throws {
        guard case .object = json else {
            throw WhetError(
                "the tokenizer is not a JSON object", at: place, expected: "a tokenizer.json of Hugging Face's tokenizers",
                remedy: "fetch the file again, from the model that it belongs to")
        }
        normalizer = try Normalizer(json: json["normalizer"], at: "\(place): normalizer")
        guard let cutting = json["pre_tokenizer"], !cutting.isNull else {
            throw WhetError("there is no pre-tokenizer", at: place, expected: "a byte-level tokenizer")
        }
        preTokenizer = try PreTokenizer(json: cutting, at: "\(place): pre_tokenizer")
        postProcessor = try PostProcessor(json: json["post_processor"], at: "\(place): post_processor")
        try Self.checkDecoder(json["decoder"], at: "\(place): decoder")
        guard let part = json["model"] else { throw WhetError("there is no model", at: place) }
        let modelPlace = "\(place): model"
        try Self.checkModel(part, at: modelPlace)
        vocabulary = try Self.readVocabulary(part, at: modelPlace)
        let ids = Dictionary(vocabulary.map { ($0.entry, $0.id) }, uniquingKeysWith: { first, _ in first })
        added = try (json["added_tokens"]?.array ?? []).map { try AddedToken(json: $0, at: "\(place): added_tokens") }
        for token in added where token.id > Self.largestID { throw Self.idFailure(Int(token.id), at: place) }
        model = try Self.readModel(part, vocabulary, ids, at: modelPlace)
    }

    private static func checkDecoder(_ json: JSONValue?, at place: String) throws {
        guard let json, !json.isNull else { return }
        let kind = try json.kind(at: place)
        if kind == "Sequence" {
            for member in json["decoders"]?.array ?? [] where try member.kind(at: place) != "ByteLevel" {
                throw WhetError(
                    "the decoder \"\(try member.kind(at: place))\" is not supported", at: place, expected: "ByteLevel")
            }
        } else if kind != "ByteLevel" {
            throw WhetError("the decoder \"\(kind)\" is not supported", at: place, expected: "ByteLevel")
        }
    }

    private static func checkModel(_ json: JSONValue, at place: String) throws {
        let kind = json["type"]?.string ?? (json["merges"] != nil ? "BPE" : "unknown")
        guard kind == "BPE" else {
            throw WhetError("the model \"\(kind)\" is not supported", at: place, expected: "BPE")
        }
        if let dropout = json["dropout"]?.double, dropout != 0 {
            throw WhetError("merge dropout is not supported", at: place, expected: "\"dropout\": null")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] where !(json[key]?.string ?? "").isEmpty {
            throw WhetError("\"\(key)\" is not supported", at: place, expected: "a byte-level model without it")
        }
    }

    private static func readVocabulary(_ json: JSONValue, at place: String) throws -> [(entry: String, id: Int32)] {
        guard let members = json["vocab"]?.object else { throw WhetError("there is no \"vocab\"", at: place) }
        var vocabulary: [(entry: String, id: Int32)] = []
        vocabulary.reserveCapacity(members.count)
        for (entry, value) in members {
            guard let id = value.token else {
                throw WhetError("the token \"\(entry)\" has no id", at: place, expected: "a whole number, 0 or more")
            }
            guard id <= largestID else { throw idFailure(Int(id), at: place) }
            vocabulary.append((entry, id))
        }
        return vocabulary
    }

    private static func readModel(
        _ json: JSONValue, _ vocabulary: [(entry: String, id: Int32)], _ ids: [String: Int32], at place: String
    ) throws -> BytePairModel {
        let entries = vocabulary.compactMap { entry, id in ByteAlphabet.bytes(of: entry).map { (bytes: $0, token: id) }
        }
        let unknown = try json["unk_token"]?.string.map { name in
            guard let id = ids[name] else {
                throw WhetError("the unknown token \"\(name)\" is not in the vocabulary", at: place)
            }
            return id
        }
        let model = BytePairModel(
            vocabulary: entries, merges: try readMerges(json, ids, at: place), unknownToken: unknown,
            fusesUnknown: json["fuse_unk"]?.bool ?? false, ignoresMerges: json["ignore_merges"]?.bool ?? false)
        if json["byte_fallback"]?.bool == true, model.byteTokens.contains(-1) {
            throw WhetError("byte fallback is not supported", at: place, expected: "a vocabulary with all 256 bytes")
        }
        return model
    }

    private static func readMerges(_ json: JSONValue, _ ids: [String: Int32], at place: String) throws -> MergeTable {
        let merges = json["merges"]?.array ?? []
        var table = MergeTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            let (left, right) = try parts(of: merge, at: "\(place): merges[\(rank)]")
            guard let first = ids[left], let second = ids[right], let whole = ids[left + right] else {
                throw WhetError(
                    "the merge of \"\(left)\" and \"\(right)\" uses a token that is not in the vocabulary",
                    at: "\(place): merges[\(rank)]")
            }
            table.insert(first, second, MergeTable.Merge(rank: Int32(rank), token: whole))
        }
        return table
    }

    /// Both forms in use: "a b" and ["a", "b"].
    private static func parts(of merge: JSONValue, at place: String) throws -> (String, String) {
        if let pair = merge.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
            return (left, right)
        }
        if let text = merge.string?.utf8, let space = text.firstIndex(of: UInt8(ascii: " ")),
            let left = String(text[..<space]), let right = String(text[text.index(after: space)...]),
            !right.utf8.contains(UInt8(ascii: " "))
        {
            return (left, right)
        }
        throw WhetError("the merge is not readable", at: place, expected: "\"a b\" or [\"a\", \"b\"]")
    }

    private static func idFailure(_ id: Int, at place: String) -> WhetError {
        WhetError("the token id \(id) is too large", at: place, expected: "at most \(largestID)")
    }
}
