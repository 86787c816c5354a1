import WhetCore

/// A token that is looked for in the text itself, before any merging: `<|im_end|>`, `<think>`.
struct AddedToken: Hashable, Sendable {
    var content: String
    var id: Int32
    /// Left out by `decode(…, skipSpecialTokens: true)`.
    var isSpecial = true
    /// Takes the white space before it along.
    var stripsLeft = false
    /// Takes the white space after it along.
    var stripsRight = false
    /// Counts only where no letter, digit or underscore is next to it.
    var isSingleWord = false
    /// Looked for in normalized text, not in the text as given.
    var isNormalized = false
}

extension AddedToken {
    /// Reads an element of `added_tokens`.
    init(json: JSONValue, at place: String) throws {
        guard let content = json["content"]?.string, let id = json["id"]?.integer.flatMap(Int32.init(exactly:)), id >= 0
        else { throw WhetError("an added token has no id or content", at: place) }
        self.init(
            content: content, id: id, isSpecial: json["special"]?.bool ?? false,
            stripsLeft: json["lstrip"]?.bool ?? false, stripsRight: json["rstrip"]?.bool ?? false,
            isSingleWord: json["single_word"]?.bool ?? false, isNormalized: json["normalized"]?.bool ?? true)
    }
}

/// Finds added tokens in text: at the leftmost place where one begins, the longest.
struct AddedTokenFinder: Sendable {
    enum Piece: Equatable {
        case text(Range<Int>)
        case token(Int32)
    }

    /// A node of a trie over bytes: the children by byte and the token that ends here.
    private struct Node {
        var children: [UInt8: Int] = [:]
        var token: Int?
    }

    private let tokens: [AddedToken]
    private var nodes = [Node()]
    private var canBegin = [Bool](repeating: false, count: 256)

    /// - Parameter content: what a token looks like in the text, such as its normalized form.
    init(_ tokens: [AddedToken], content: (AddedToken) -> String = \.content) {
        self.tokens = tokens
        for (index, token) in tokens.enumerated() {
            var node = 0
            for byte in content(token).utf8 {
                if node == 0 { canBegin[Int(byte)] = true }
                if let next = nodes[node].children[byte] {
                    node = next
                } else {
                    nodes.append(Node())
                    nodes[node].children[byte] = nodes.count - 1
                    node = nodes.count - 1
                }
            }
            // Of two alike the first counts; a token without content is never found.
            if node != 0, nodes[node].token == nil { nodes[node].token = index }
        }
    }

    var isEmpty: Bool { nodes.count == 1 }

    /// Cuts the text at its added tokens. Nothing empty is returned.
    func pieces(of text: UnsafeBufferPointer<UInt8>) -> [Piece] {
        guard !text.isEmpty else { return [] }
        guard !isEmpty else { return [.text(0..<text.count)] }
        var pieces: [Piece] = []
        var done = 0
        var position = 0
        while position < text.count {
            guard canBegin[Int(text[position])], let match = longest(in: text, at: position) else {
                position += 1
                continue
            }
            let token = tokens[match.token]
            var range = position..<match.end
            position = match.end
            if token.isSingleWord, !standsAlone(range, in: text) { continue }
            if token.stripsLeft { range = max(done, spaceStart(before: range.lowerBound, in: text))..<range.upperBound }
            if token.stripsRight { range = range.lowerBound..<spaceEnd(after: range.upperBound, in: text) }
            if done < range.lowerBound { pieces.append(.text(done..<range.lowerBound)) }
            pieces.append(.token(token.id))
            done = range.upperBound
            position = max(position, done)
        }
        if done < text.count { pieces.append(.text(done..<text.count)) }
        return pieces
    }

    private func longest(in text: UnsafeBufferPointer<UInt8>, at start: Int) -> (token: Int, end: Int)? {
        var node = 0
        var found: (token: Int, end: Int)?
        var position = start
        while position < text.count, let next = nodes[node].children[text[position]] {
            node = next
            position += 1
            if let token = nodes[node].token { found = (token, position) }
        }
        return found
    }

    private func standsAlone(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let before = scalar(before: range.lowerBound, in: text).map { !$0.isWordPart } ?? true
        let after = scalar(at: range.upperBound, in: text).map { !$0.isWordPart } ?? true
        return before && after
    }

    private func spaceStart(before position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var start = position
        while let scalar = scalar(before: start, in: text), scalar.properties.isWhitespace {
            start -= UTF8.width(scalar)
        }
        return start
    }

    private func spaceEnd(after position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var end = position
        while let scalar = scalar(at: end, in: text), scalar.properties.isWhitespace { end += UTF8.width(scalar) }
        return end
    }

    private func scalar(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard position < text.count else { return nil }
        let rest = text[position..<min(position + 4, text.count)]
        return String(decoding: UnsafeBufferPointer(rebasing: rest), as: UTF8.self).unicodeScalars.first
    }

    private func scalar(before position: Int, in text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard position > 0 else { return nil }
        var start = position - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start, in: text)
    }
}

extension Unicode.Scalar {
    /// `\w` of Rust's regular expressions.
    fileprivate var isWordPart: Bool {
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { encode(scalar)?.count ?? 1 }
}
