import WhetCore

/// The special tokens that a tokenizer puts around a text where it is asked to.
struct PostProcessor: Sendable {
    private(set) var prefix: [Int32] = []
    private(set) var suffix: [Int32] = []

    /// Reads the `post_processor` of a tokenizer.json.
    ///
    /// - Throws: `WhetError` that names the kind which is not supported.
    init(json: JSONValue?, at place: String) throws {
        if let json, !json.isNull { try read(json, at: place, depth: 0) }
    }

    private mutating func read(_ json: JSONValue, at place: String, depth: Int) throws {
        let kind = try json.kind(at: place)
        switch kind {
        case "ByteLevel": break  // moves offsets, which whet does not report
        case "Sequence":
            guard depth < 8 else { throw WhetError("post-processors nest too deeply", at: place) }
            for (index, member) in (json["processors"]?.array ?? []).enumerated() {
                try read(member, at: "\(place)[\(index)]", depth: depth + 1)
            }
        case "TemplateProcessing": try readTemplate(json, at: place)
        case "RobertaProcessing", "BertProcessing":
            guard let start = json["cls"]?[1]?.token, let end = json["sep"]?[1]?.token else {
                throw WhetError("the post-processor names no tokens", at: place, expected: "\"cls\" and \"sep\"")
            }
            wrap(before: [start], after: [end])
        default:
            throw WhetError(
                "the post-processor \"\(kind)\" is not supported", at: place,
                expected: "one of BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing")
        }
    }

    private mutating func readTemplate(_ json: JSONValue, at place: String) throws {
        var before: [Int32] = []
        var after: [Int32] = []
        var hasText = false
        for piece in json["single"]?.array ?? [] {
            if piece["Sequence"] != nil {
                guard !hasText else { throw WhetError("the template holds the text twice", at: place) }
                hasText = true
            } else if let name = piece["SpecialToken"]?["id"]?.string {
                guard let ids = json["special_tokens"]?[name]?["ids"]?.array?.map(\.token), !ids.contains(nil) else {
                    throw WhetError("the template's token \"\(name)\" is not among its special tokens", at: place)
                }
                if hasText { after += ids.compactMap { $0 } } else { before += ids.compactMap { $0 } }
            } else {
                throw WhetError("the template has a piece that is neither text nor token", at: place)
            }
        }
        guard hasText else { throw WhetError("the template does not hold the text", at: place) }
        wrap(before: before, after: after)
    }

    private mutating func wrap(before: [Int32], after: [Int32]) {
        prefix = before + prefix
        suffix += after
    }
}

extension JSONValue {
    /// A whole number that can be a token.
    var token: Int32? { integer.flatMap { $0 >= 0 ? Int32(exactly: $0) : nil } }
}
