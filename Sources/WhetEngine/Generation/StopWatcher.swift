import WhetCore

/// Watches a generation for what ends it: a stop token, or new text that contains a stop string.
///
/// Keeps: what it watches stays whole in the output. Strings are looked for in the tokens' bytes, special tokens
/// included, so a string that a token splits in the middle of a character is found all the same.
struct StopWatcher {
    private let tokens: Set<Int32>
    private let strings: [(text: String, bytes: [UInt8])]
    private let bytes: GenerationEngine.TokenBytes
    /// The last bytes, one fewer than the longest string has.
    private var tail: [UInt8] = []
    private let tailLength: Int

    init(tokens: Set<Int32>, strings: [String], bytes: @escaping GenerationEngine.TokenBytes) {
        self.tokens = tokens
        self.strings = strings.filter { !$0.isEmpty }.map { ($0, Array($0.utf8)) }
        self.bytes = bytes
        tailLength = (self.strings.map(\.bytes.count).max() ?? 1) - 1
    }

    /// Takes the next token in.
    ///
    /// - Returns: what ended the generation with this token, if anything did. A token counts before a string, and of
    ///   several strings the one that begins first.
    mutating func take(_ token: Int32) -> GenerationEngine.Stop? {
        if tokens.contains(token) { return .token(token) }
        guard !strings.isEmpty else { return nil }
        tail += bytes(token)
        var found: (start: Int, text: String)?
        for (text, pattern) in strings {
            if let start = tail.firstIndex(of: pattern), start < found?.start ?? .max { found = (start, text) }
        }
        if tail.count > tailLength { tail.removeFirst(tail.count - tailLength) }
        return found.map { .string($0.text) }
    }
}

extension [UInt8] {
    /// Where `pattern`, which is not empty, begins for the first time.
    fileprivate func firstIndex(of pattern: [UInt8]) -> Int? {
        guard count >= pattern.count else { return nil }
        return (0...count - pattern.count).first { start in
            pattern.indices.allSatisfy { self[start + $0] == pattern[$0] }
        }
    }
}
