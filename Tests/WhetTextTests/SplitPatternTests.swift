import Testing
import WhetCore

@testable import WhetText

/// Expected pieces are those of the `tokenizers` library 0.23.3 (Oniguruma).
@Suite("Split pattern")
struct SplitPatternTests {
    private func pieces(_ text: String, _ pattern: String, _ behavior: PreTokenizer.Behavior = .isolated) throws
        -> [String]
    {
        let program = try SplitProgram(SplitPattern(parsing: pattern))
        var pieces: [String] = []
        var text = text
        text.withUTF8 {
            PreTokenizer(stages: [.split(program, behavior, inverted: false)])
                .words(of: $0) { pieces.append(String(decoding: $0, as: UTF8.self)) }
        }
        return pieces
    }

    @Test("GPT-2's pattern")
    func gpt2() throws {
        #expect(
            try pieces("I'll  say: don't, 123é日本 ²\n\n x", PreTokenizer.byteLevelPattern)
                == ["I", "'ll", " ", " say", ":", " don", "'t", ",", " 123", "é日本", " ²", "\n\n", " x"])
    }

    @Test("Qwen's pattern")
    func qwen() throws {
        #expect(
            try pieces("I'LL say 12 \n\n  x=[1];\n日本'ſ", TokenizerTrainer.pattern)
                == ["I", "'LL", " say", " ", "1", "2", " \n\n", " ", " x", "=[", "1", "];\n", "日本", "'ſ"])
    }

    @Test(
        "the constructs that patterns use",
        arguments: [
            (#"\p{N}{1,3}"#, "1234567a", ["123", "456", "7", "a"]), (#"(?i:ab)c"#, "ABcabCaBc", ["ABc", "abC", "aBc"]),
            (#"a++b|a"#, "aab", ["aab"]), (#"\s+(?!\S)|\s+"#, "a   b", ["a", "  ", " ", "b"]),
            (#"[^\s\p{L}]+"#, "ab12 é", ["ab", "12", " é"]), (#"a*?b|(ab|a)(c|bcd)?"#, "abcd", ["ab", "cd"]),
            (#"(?>a+)b|a"#, "aac", ["a", "a", "c"]), (#"[a-c&&[^b]]+"#, "abca", ["a", "b", "ca"]),
            (#"x?"#, "axb", ["a", "x", "b"]), (#"\u4e00|\x{1F642}|\x41"#, "一🙂Ab", ["一", "🙂", "A", "b"]),
            (#"^a|b$"#, "aab b", ["a", "ab ", "b"]), (#"\p{^L}+"#, "ab12", ["ab", "12"]),
            (#"a{2}"#, "aaa", ["aa", "a"]),
            (#"a{x}"#, "a{x}", ["a{x}"]), (#"[]a]+"#, "]ab", ["]a", "b"]), (#"[\-\]]+"#, "-]x", ["-]", "x"]),
            (#"\p{Han}+"#, "日本go", ["日本", "go"]),
        ])
    func constructs(pattern: String, text: String, expected: [String]) throws {
        #expect(try pieces(text, pattern) == expected)
    }

    @Test(
        "what becomes of matches",
        arguments: [
            (PreTokenizer.Behavior.isolated, ["a", "-", "-", "b", "-"]), (.removed, ["a", "b"]),
            (.mergedWithPrevious, ["a-", "-", "b-"]), (.mergedWithNext, ["a", "-", "-b", "-"]),
            (.contiguous, ["a", "--", "b", "-"]),
        ])
    func behaviors(behavior: PreTokenizer.Behavior, expected: [String]) throws {
        #expect(try pieces("a--b-", "-", behavior) == expected)
    }

    @Test(
        "a broken pattern is refused",
        arguments: [
            "(", ")", "[", "[a", "*", "a**b(", "\\", "\\p{", "\\p{Xx}", "(?<a>b)", "\\1", "[b-a]", "a{5,2}", "a{9999}",
            "\\x{110000}", "(?i", "((((a{999}){999}){999}){999})",
        ])
    func refuses(pattern: String) {
        #expect(throws: WhetError.self) { try SplitProgram(SplitPattern(parsing: pattern)) }
    }

    @Test("classes are those of Unicode 16")
    func classes() throws {
        // Counted with Oniguruma through tokenizers 0.23.3.
        let counts = [
            "L": 141_028, "N": 1_911, "M": 2_501, "P": 855, "S": 8_514, "Lu": 1_858, "Ll": 2_258, "Lo": 136_477,
            "Han": 99_030,
        ]
        for (name, count) in counts {
            let set = try #require(UnicodeClasses.named(name))
            #expect(set.ranges.reduce(0) { $0 + $1.count } == count, "\(name)")
        }
        #expect(UnicodeClasses.whitespace.ranges.reduce(0) { $0 + $1.count } == 25)
        #expect(UnicodeClasses.word.ranges.reduce(0) { $0 + $1.count } == 144_671)
    }

    @Test("sets obey the laws of sets", arguments: 0..<50)
    func sets(seed: Int) {
        var random = RandomStream(seed: 4, purpose: "sets", seed)
        func set() -> ScalarSet {
            ScalarSet(
                (0..<4).map { _ in
                    let low = UInt32.random(in: 0...300, using: &random)
                    return low...low + UInt32.random(in: 0...50, using: &random)
                })
        }
        let (a, b) = (set(), set())
        let (both, either, bits) = (a.intersection(b), a.union(b), ScalarBitmap(a))
        for scalar: UInt32 in 0...400 {
            #expect(both.contains(scalar) == (a.contains(scalar) && b.contains(scalar)))
            #expect(either.contains(scalar) == (a.contains(scalar) || b.contains(scalar)))
            #expect(a.inverted.contains(scalar) != a.contains(scalar))
            #expect(bits.contains(scalar) == a.contains(scalar))
        }
    }
}

/// Expected forms are those of `tokenizers` 0.23.3, and Python's `unicodedata` for characters up to Unicode 9.
@Suite("Canonical composition")
struct CanonicalCompositionTests {
    @Test(
        "composes and orders",
        arguments: [
            ("e\u{301}", "é"), ("\u{1100}\u{1161}\u{11A8}", "각"), ("가\u{11A8}", "각"), ("\u{212B}", "Å"),
            ("\u{344}\u{F73}", "\u{F71}\u{F72}\u{308}\u{301}"),
            ("a\u{301}\u{327}", "á\u{327}"), ("c\u{301}\u{327}", "ḉ"), ("\u{10041}\u{301}", "\u{10041}\u{301}"),
            ("\u{1E9B}\u{323}", "\u{1E9B}\u{323}"), ("\u{958}", "\u{915}\u{93C}"), ("\u{2F800}", "\u{4E3D}"),
            ("a\u{59A}\u{7FD}\u{327}", "a\u{59A}\u{7FD}\u{327}"), ("\u{1B05}\u{1B35}", "\u{1B06}"),
            ("\u{AC01}\u{11A8}", "\u{AC01}\u{11A8}"),
        ])
    func composes(text: String, expected: String) {
        #expect(Array(CanonicalComposition.composed(text).unicodeScalars) == Array(expected.unicodeScalars))
        let bytes = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) } ?? Array(text.utf8)
        #expect(bytes == Array(expected.utf8))
    }
}
