/// Decodes tokens as they come, without ever giving out half a character.
///
///     var decoder = StreamingDecoder(tokenizer)
///     for token in tokens { print(decoder.append(token), terminator: "") }
///     print(decoder.finish())
///
/// Keeps: what `append` and `finish` give is, joined, what `Tokenizer.decode` gives for all tokens at once.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// The beginning of a character whose other bytes are still to come.
    private var pending: [UInt8] = []

    public init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool = false) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skipSpecialTokens
    }

    /// The text that is complete with this token; empty while a character is not.
    public mutating func append(_ token: Int32) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(token) { return "" }
        pending += tokenizer.bytes(of: token)
        let complete = pending.count - pending.lengthOfUnfinishedScalar
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeFirst(complete)
        return text
    }

    /// What is left when no more tokens come: U+FFFD for a character that was never finished.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }
}

extension [UInt8] {
    /// How many bytes at the end begin a scalar that more bytes could finish.
    fileprivate var lengthOfUnfinishedScalar: Int {
        for length in 1...3 where length <= count {
            let first = self[count - length]
            if first & 0xC0 == 0x80 { continue }
            let needed = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
            guard first <= 0xF4, length < needed else { return 0 }
            return length == 1 || canFollow(first, self[count - length + 1]) ? length : 0
        }
        return 0
    }

    /// Whether the second byte is one that UTF-8 allows after the first (Unicode, table 3-7).
    private func canFollow(_ first: UInt8, _ second: UInt8) -> Bool {
        switch first {
        case 0xE0: second >= 0xA0
        case 0xED: second < 0xA0
        case 0xF0: second >= 0x90
        case 0xF4: second < 0x90
        default: true
        }
    }
}
