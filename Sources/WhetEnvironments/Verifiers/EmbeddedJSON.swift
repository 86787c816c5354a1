import WhetCore

extension String {
    /// The text as JSON; where it is none, the content of its last code block (```…```) as JSON; nil if that is none.
    var embeddedJSON: JSONValue? {
        if let value = try? JSONValue(parsing: trimmed) { return value }
        guard let block = lastCodeBlock else { return nil }
        return try? JSONValue(parsing: block)
    }

    /// What stands in the last closed code block, without the language that its first line may name.
    var lastCodeBlock: String? {
        guard var block = lastText(between: "```", and: "```") else { return nil }
        if let end = block.firstIndex(of: 0x0A) {
            let language = block[..<end]
            if language.allSatisfy({ $0.isASCIILetter || $0 == 0x0D || $0 == 0x20 }) { block = block[end...] }
        } else {
            block = block.drop { $0.isASCIILetter }
        }
        return String(Substring(block)).trimmed
    }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool { self | 0x20 >= 0x61 && self | 0x20 <= 0x7A }
}
