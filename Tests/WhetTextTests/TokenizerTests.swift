import Foundation
import Testing
import WhetCore

@testable import WhetText

@Suite("Tokenizer")
struct TokenizerTests {
    @Test("gives transformers' ids and text", arguments: try TokenizerCase.all())
    func agreesWithTransformers(_ sample: TokenizerCase) throws {
        let tokenizer = try Tokenizer(directory: sample.model)
        #expect(tokenizer.encode(sample.text) == sample.ids)
        #expect(tokenizer.decode(sample.ids) == sample.decoded)
    }

    /// Made once, as hundreds of cases ask for them.
    private static let loaded = Result { try Tokenizer(directory: #require(Fixtures.models().first)) }
    private static let characters = Result { try Tokenizer.characters().tokenizer }

    private func fixture() throws -> Tokenizer { try Self.loaded.get() }

    private func json() throws -> JSONObject {
        let file = try #require(Fixtures.models().first).appending(path: "tokenizer.json")
        return try #require(try JSONValue(parsing: Data(contentsOf: file)).object)
    }

    /// Texts of all kinds of scalars, in form C as the tokenizer's normalizer wants them.
    private func text(_ random: inout RandomStream) -> String {
        let scalars = (0..<Int.random(in: 0...60, using: &random)).compactMap { _ -> Unicode.Scalar? in
            let limit: UInt32 = [0x80, 0x300, 0x3000, 0x110000].randomElement(using: &random) ?? 0x80
            return Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random))
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return CanonicalComposition.composed(String(text))
    }

    @Test("what is encoded decodes to itself, at once and token by token", arguments: 0..<300)
    func roundTrips(seed: Int) throws {
        var random = RandomStream(seed: 1, purpose: "round trip", seed)
        let tokenizer = try Self.characters.get()
        let text = text(&random)
        let tokens = tokenizer.encode(text)
        #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.utf8))
        var decoder = StreamingDecoder(tokenizer)
        #expect(Array((tokens.map { decoder.append($0) }.joined() + decoder.finish()).utf8) == Array(text.utf8))
    }

    @Test("any tokens, even broken characters, stream as they decode", arguments: 0..<300)
    func streams(seed: Int) throws {
        var random = RandomStream(seed: 2, purpose: "streaming", seed)
        let tokenizer = try fixture()
        let tokens = (0..<40).map { _ in Int32.random(in: 0..<Int32(tokenizer.vocabularySize + 3), using: &random) }
        for skips in [false, true] {
            var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: skips)
            let pieces = tokens.map { decoder.append($0) } + [decoder.finish()]
            #expect(Array(pieces.joined().utf8) == Array(tokenizer.decode(tokens, skipSpecialTokens: skips).utf8))
        }
    }

    @Test("half a character is held back")
    func holdsBack() throws {
        let tokenizer = try Self.characters.get()
        var decoder = StreamingDecoder(tokenizer)
        #expect(tokenizer.encode("🙂").map { decoder.append($0) } == ["", "", "", "🙂"])
        #expect(decoder.append(tokenizer.encode("é")[0]) == "")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
    }

    @Test("ids that no token has stand for nothing")
    func ignoresUnknownIds() throws {
        let tokenizer = try fixture()
        #expect(tokenizer.decode([-1, .min, .max, Int32(tokenizer.vocabularySize)]) == "")
        #expect(tokenizer.bytes(of: -1) == [])
        #expect(!tokenizer.contains(-1) && !tokenizer.contains(.max) && tokenizer.contains(0))
    }

    @Test("special tokens are known by name and left out on demand")
    func knowsSpecialTokens() throws {
        let tokenizer = try fixture()
        let end = try #require(tokenizer.token(for: "<|im_end|>"))
        #expect(tokenizer.endOfSequence == end)
        #expect(tokenizer.isSpecial(end) && !tokenizer.isSpecial(0))
        let tokens = tokenizer.encode("a<|im_end|>b<think>")
        #expect(tokenizer.decode(tokens, skipSpecialTokens: true) == "ab<think>")
        #expect(tokenizer.bytes(of: end) == Array("<|im_end|>".utf8))
    }

    @Test("a word as long as a file gives the ids that short words' way would")
    func mergesLongWords() throws {
        var random = RandomStream(seed: 3, purpose: "long word")
        let tokenizer = try fixture()
        let letters = Array("etaoinshrdlu")
        // The merges of one long word, found pair by pair as the definition says.
        let word = String((0..<400).map { _ in letters.randomElement(using: &random) ?? "e" })
        let merges = try #require(try json()["model"]?["merges"]?.array).map {
            [$0[0]?.string ?? "", $0[1]?.string ?? ""]
        }
        var parts = word.map(String.init)
        for merge in merges.lazy.map({ $0 }) {
            var index = 0
            while index + 1 < parts.count {
                if parts[index] == merge[0], parts[index + 1] == merge[1] {
                    parts.replaceSubrange(index...index + 1, with: [merge[0] + merge[1]])
                }
                index += 1
            }
        }
        #expect(tokenizer.encode(word) == parts.compactMap { tokenizer.token(for: $0) })
    }

    @Test("added tokens take white space, stand alone and are normalized as they say")
    func findsAddedTokens() throws {
        func token(_ content: String, _ id: Int, _ flags: String...) -> JSONValue {
            var members: JSONObject = ["id": .integer(id), "content": .string(content), "special": true]
            for flag in ["lstrip", "rstrip", "single_word", "normalized"] {
                members[flag] = .bool(flags.contains(flag))
            }
            return .object(members)
        }
        var json = try json()
        json["added_tokens"] = [
            token("<l>", 700, "lstrip"), token("<r>", 701, "rstrip"), token("wd", 702, "single_word"),
            token("Café", 703, "normalized"), token("<l>x", 704),
        ]
        let tokenizer = try Tokenizer(json: .object(json))
        func ids(_ text: String) -> [Int32] { tokenizer.encode(text).map { $0 >= 700 ? $0 : -1 } }
        #expect(ids(" \n<l> ") == [700, -1])
        #expect(ids(" <r> \t\n<r>") == [-1, 701, 701])
        #expect(ids("<l>x") == [704])
        #expect(ids("wd") == [702])
        #expect(!ids("wdx xwd wd_").contains(702))
        #expect(ids("Cafe\u{301}") == [703])
    }

    @Test("both spellings of merges are read, and whole words where merges are to be ignored")
    func readsMerges() throws {
        var json = try json()
        let expected = try fixture().encode("The sum of all")
        let merges = try #require(json["model"]?["merges"]?.array)
        guard case .object(var model) = json["model"] else { return }
        model["merges"] = .array(merges.map { .string("\($0[0]?.string ?? "") \($0[1]?.string ?? "")") })
        json["model"] = .object(model)
        #expect(try Tokenizer(json: .object(json)).encode("The sum of all") == expected)
        model["merges"] = []
        model["ignore_merges"] = true
        json["model"] = .object(model)
        #expect(try Tokenizer(json: .object(json)).encode("The") == [try #require(try fixture().token(for: "The"))])
    }

    @Test("the post-processor's tokens come where they are asked for")
    func addsSpecialTokens() throws {
        var json = try json()
        json["post_processor"] = [
            "type": "Sequence",
            "processors": [
                ["type": "ByteLevel"],
                [
                    "type": "TemplateProcessing",
                    "single": [
                        ["SpecialToken": ["id": "<s>"]], ["Sequence": ["id": "A"]], ["SpecialToken": ["id": "</s>"]],
                    ],
                    "special_tokens": ["<s>": ["ids": [626]], "</s>": ["ids": [624, 625]]],
                ],
            ],
        ]
        let tokenizer = try Tokenizer(json: .object(json))
        #expect(tokenizer.encode("a") == tokenizer.encode("a", addSpecialTokens: true).dropFirst().dropLast(2))
        #expect(tokenizer.encode("", addSpecialTokens: true) == [626, 624, 625])
    }

    @Test(
        "an unknown part is refused with its kind and file",
        arguments: [
            ("normalizer", ["type": "Lowercase"], "normalizer: the normalizer \"Lowercase\""),
            (
                "normalizer", ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "Strip"]]], "normalizer[1]"
            ),
            ("pre_tokenizer", ["type": "Metaspace"], "pre_tokenizer: the pre-tokenizer \"Metaspace\""),
            ("pre_tokenizer", ["type": "Digits"], "not of the byte-level kind"),
            ("pre_tokenizer", nil, "no pre-tokenizer"),
            ("decoder", ["type": "WordPiece"], "the decoder \"WordPiece\""),
            ("model", ["type": "Unigram"], "the model \"Unigram\""), ("model", nil, "model"),
            ("post_processor", ["type": "Odd"], "the post-processor \"Odd\""),
            (
                "pre_tokenizer", ["type": "Split", "pattern": ["Regex": #"\p{Klingon}"#], "behavior": "Isolated"],
                #"\p{Klingon}"#
            ), ("pre_tokenizer", ["type": "Split", "pattern": ["Regex": "(?<=a)b"], "behavior": "Isolated"], "(?<"),
        ] as [(String, JSONValue, String)])
    func refusesUnknownParts(key: String, part: JSONValue, words: String) throws {
        var json = try json()
        json[key] = part
        #expect { try Tokenizer(json: .object(json), at: "here.json") } throws: {
            "\($0)".contains(words) && "\($0)".contains("here.json")
        }
    }

    @Test("a directory without a tokenizer says so")
    func missesTokenizer() throws {
        let directory = try Scratch()
        #expect { try Tokenizer(directory: directory.url) } throws: { "\($0)".contains("there is no tokenizer") }
        try directory.write("{", to: "tokenizer.json")
        #expect { try Tokenizer(directory: directory.url) } throws: {
            "\($0)".contains("tokenizer.json: this is not JSON")
        }
    }
}
