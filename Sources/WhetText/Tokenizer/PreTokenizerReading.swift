import WhetCore

extension PreTokenizer {
    /// The pattern of GPT-2, which a `ByteLevel` pre-tokenizer applies unless told not to.
    static let byteLevelPattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Reads the `pre_tokenizer` of a tokenizer.json.
    ///
    /// - Throws: `WhetError` for a kind that byte-level tokenizers do not use, or one that is not byte-level at all.
    init(json: JSONValue, at place: String) throws {
        var stages: [Stage] = []
        var isByteLevel = false
        try Self.read(json, at: place, into: &stages, isByteLevel: &isByteLevel, depth: 0)
        guard isByteLevel else {
            throw WhetError(
                "the tokenizer is not of the byte-level kind", at: place, expected: "a pre-tokenizer \"ByteLevel\"",
                remedy: "use a model of the Qwen, Llama 3 or GPT-2 kind")
        }
        self.stages = stages
    }

    private static func read(
        _ json: JSONValue, at place: String, into stages: inout [Stage], isByteLevel: inout Bool, depth: Int
    ) throws {
        let kind = try json.kind(at: place)
        switch kind {
        case "Sequence":
            guard depth < 8 else { throw WhetError("pre-tokenizers nest too deeply", at: place) }
            for (index, member) in (json["pretokenizers"]?.array ?? []).enumerated() {
                try read(member, at: "\(place)[\(index)]", into: &stages, isByteLevel: &isByteLevel, depth: depth + 1)
            }
        case "Split":
            guard let pattern = json["pattern"] else { throw WhetError("the split has no pattern", at: place) }
            let name = json["behavior"]?.string ?? ""
            guard let behavior = Behavior(rawValue: name) else {
                throw WhetError.unknownName(name, kind: "behavior", among: Behavior.allCases.map(\.rawValue), at: place)
            }
            let program = try SplitProgram(pattern: pattern, at: place)
            stages.append(.split(program, behavior, inverted: json["invert"]?.bool ?? false))
        case "Digits":
            let pattern = json["individual_digits"]?.bool ?? false ? #"\p{N}"# : #"\p{N}+"#
            stages.append(.split(try SplitProgram(SplitPattern(parsing: pattern)), .isolated, inverted: false))
        case "ByteLevel":
            isByteLevel = true
            if json["add_prefix_space"]?.bool ?? true { stages.append(.prefixSpace) }
            if json["use_regex"]?.bool ?? true {
                let program = try SplitProgram(SplitPattern(parsing: byteLevelPattern))
                stages.append(.split(program, .isolated, inverted: false))
            }
        default:
            throw WhetError(
                "the pre-tokenizer \"\(kind)\" is not supported", at: place,
                expected: "one of ByteLevel, Digits, Sequence, Split")
        }
    }
}

extension SplitProgram {
    /// `{"Regex": …}` or `{"String": …}`.
    fileprivate init(pattern: JSONValue, at place: String) throws {
        if let source = pattern["Regex"]?.string {
            do {
                try self.init(SplitPattern(parsing: source))
            } catch var error as WhetError {
                error.place = [place, error.place].compactMap { $0 }.joined(separator: ", ")
                throw error
            }
        } else if let text = pattern["String"]?.string, !text.isEmpty {
            try self.init(.sequence(text.unicodeScalars.map { .set(ScalarSet($0)) }))
        } else {
            throw WhetError(
                "the split's pattern is not readable", at: place, expected: "{\"Regex\": …} or {\"String\": …}")
        }
    }
}

extension JSONValue {
    /// The `type` of a tokenizer's part.
    func kind(at place: String) throws -> String {
        guard let kind = self["type"]?.string else {
            throw WhetError("the part has no type", at: place, expected: "an object with a key \"type\"")
        }
        return kind
    }
}
