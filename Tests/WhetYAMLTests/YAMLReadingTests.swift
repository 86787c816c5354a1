import Foundation
import Testing
import WhetCore

@testable import WhetYAML

extension YAMLFormat {
    /// Of notes; small, so that its ends are near.
    fileprivate static func notes(hasNonFiniteNumbers: Bool = false, namesKeys: Bool = true) -> YAMLFormat {
        YAMLFormat(
            maximumValues: 50, maximumBrackets: 4, hasNonFiniteNumbers: hasNonFiniteNumbers, namesKeys: namesKeys,
            words: Words(
                kind: "note", whole: "the note", size: (expected: "a short one", remedy: "tear it"), text: "words",
                emptiness: (problem: "the note is empty", expected: "a word"), indentation: "spaces"))
    }

    fileprivate func tree(_ text: String) throws -> YAMLTree { try tree(of: Data(text.utf8), file: "n.yaml") }

    /// What is wrong with a text; nil if nothing is.
    fileprivate func mistake(_ text: String) -> YAMLMistake? {
        do {
            _ = try tree(of: Data(text.utf8), file: "n.yaml")
            return nil
        } catch {
            return error
        }
    }
}

@Suite("A YAML file")
struct YAMLReadingTests {
    private let notes = YAMLFormat.notes()

    @Test("is read with the place of every key and value")
    func places() throws {
        let tree = try notes.tree("a: 1\nb:\n  - x\n  - c: yes\n")
        #expect(tree.value == ["a": 1, "b": ["x", ["c": "yes"]]])
        #expect(tree.members?.map(\.place.description) == ["n.yaml:1:1", "n.yaml:2:1"])
        #expect(tree.place(of: "b.1.c").description == "n.yaml:4:8")
        #expect(tree.place(of: "b.1.d").description == "n.yaml:4:5")
        #expect(tree.place(of: "b.7").description == "n.yaml:3:3")
        #expect(tree["b"]?.elements?.count == 2 && tree["z"] == nil)
    }

    @Test("gives the lines of its texts, below | and beside the key")
    func textLines() throws {
        let tree = try notes.tree("a: |\n  one\n  two\nb: \"one\\ntwo\"\n")
        #expect(tree["a"]?.place(ofTextLine: 1).description == "n.yaml:2:1")
        #expect(tree["a"]?.place(ofTextLine: 2).description == "n.yaml:3:1")
        #expect(tree["b"]?.place(ofTextLine: 1).description == "n.yaml:4:4")
        #expect(tree["b"]?.place(ofTextLine: 2).description == "n.yaml:5:1")
    }

    @Test(
        "has YAML 1.2's plain scalars",
        arguments: [
            ("~", JSONValue.null), ("True", true), ("no", "no"), ("on", "on"), ("0o7", "0o7"), ("-3", -3), ("+3", 3),
            ("1e3", 1000.0), ("1_000", "1_000"), (".", "."), ("2026-11-21", "2026-11-21"),
            ("99999999999999999999", 1e20), (".inf", ".inf"), (".nan", ".nan"), ("1e999", "1e999"),
        ] as [(String, JSONValue)])
    func scalars(_ text: String, _ value: JSONValue) throws {
        #expect(try notes.tree("a: \(text)")["a"]?.value == value)
        #expect(try notes.tree("a: \"\(text)\"")["a"]?.value == .string(text))
    }

    @Test("has numbers without end only where its format has")
    func nonFinite() throws {
        let format = YAMLFormat.notes(hasNonFiniteNumbers: true)
        let numbers = try format.tree("[.inf, -.inf, 1e999]").elements?.compactMap(\.value.double)
        #expect(numbers == [.infinity, -.infinity, .infinity])
        #expect(try format.tree("a: .NaN")["a"]?.value.double?.isNaN == true)
    }

    @Test(
        "that is wrong says where and what",
        arguments: [
            ("", "n.yaml:1:1: the note is empty\n  expected: a word"),
            ("a: 1\n\tb: 2", "n.yaml:2:1: a tab indents this line\n  expected: spaces"),
            ("a: 1\nb: 2\na: 3", "n.yaml:3:1: a: the key is there twice in one mapping\n  expected: each key once"),
            ("a: 1\n---\nb: 2", "n.yaml:2:1: the file holds a second YAML document\n  expected: one note a file"),
            ("a: {b: !x 1}", "n.yaml:1:8: a.b: the tag !x is not read\n  expected: a plain value without a tag"),
            (
                "a: &a {b: 1}\nc:\n  <<: *a",
                "n.yaml:3:3: c: merge keys (<<) are not read\n"
                    + "  expected: the keys written out, or an alias for a whole value"
            ),
            ("a: [[[[[1]]]]]", "n.yaml:1:1: the note is nested too deep\n  expected: at most 32 levels"),
        ])
    func mistakes(_ text: String, _ words: String) {
        #expect(notes.mistake(text)?.error.description == words)
    }

    @Test("that is wrong within a value is told without the key, where its format says so")
    func keyless() {
        let mistake = YAMLFormat.notes(namesKeys: false).mistake("a: {b: !x 1}")
        #expect(mistake?.error.problem == "the tag !x is not read")
    }

    @Test("ends at its size, and at what its aliases make of it")
    func size() {
        let huge = String(repeating: "a", count: YAMLFormat.maximumBytes + 1)
        #expect(notes.mistake(huge)?.problem == "the file has 1048577 bytes")
        #expect(notes.mistake(huge)?.remedy == "tear it")
        let doubling = (1...6).reduce("a0: &a0 [1, 1]\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1)]\n" }
        #expect(notes.mistake(doubling)?.problem.hasPrefix("the note grows beyond 50 values") == true)
    }

    @Test("may be a value given apart, all of it at one place")
    func value() throws {
        let place = YAMLPlace(outsideFile: "--note a.b")
        let tree = try notes.value(of: "[1, {c: x}]", key: "a.b", at: place)
        #expect(tree.value == [1, ["c": "x"]])
        #expect(tree.place(of: "1.c") == place && place.description == "--note a.b" && place.line == nil)
        #expect(try notes.value(of: "", key: "a", at: place).isNull)
        #expect(throws: YAMLMistake.self) { try notes.value(of: "[1", key: "a", at: place) }
        #expect(throws: YAMLMistake.self) { try notes.value(of: "[[[[[1]]]]]", key: "a", at: place) }
    }

    @Test("comes before what was given apart from it")
    func order() {
        let places = [
            YAMLPlace(outsideFile: "x"), YAMLPlace(file: "f", line: 2), YAMLPlace(file: "f", line: 1, column: 9),
        ]
        #expect(places.sorted { $0.isBefore($1) } == Array(places.reversed()))
    }
}
