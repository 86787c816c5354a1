import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

/// A file that is right; each case spoils one thing.
private let right = """
    name: sums
    variables:
      a: {integer: [1, 9]}
      answer: a + 1
    levels:
      - name: easy
      - variables: {a: {integer: [10, 99]}}
    prompt: What is {{ a }} + 1?
    verifiers:
      - {kind: numeric, tolerance: 0}
    demonstration: "<answer>{{ answer }}</answer>"
    """

/// What is replaced in `right`, by what, and where and how the mistake is told.
struct Spoilt: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let line: Int
    let words: String
    let suggestion: String?

    init(_ old: String, _ new: String, _ line: Int, _ words: String, _ suggestion: String? = nil) {
        (self.old, self.new, self.line, self.words, self.suggestion) = (old, new, line, words, suggestion)
    }

    var testDescription: String { "\(new.prefix(40)): \(words)" }
}

@Suite("Mistakes in environments in YAML")
struct DeclarationMistakeTests {
    @Test("the file that the others spoil is right")
    func isRight() { #expect(mistakes(right).isEmpty) }

    @Test(
        "are told with file, line, key and the nearest name",
        arguments: [
            Spoilt("prompt:", "promt:", 8, "promt: there is no such key", "prompt"),
            Spoilt("name: sums", "name: [sums]", 1, "name: this is a list"),
            Spoilt("name: sums", "name: ' sums'", 1, "no line breaks"),
            Spoilt("{integer: [1, 9]}", "{integr: [1, 9]}", 3, "variables.a: no kind of variable", "integer"),
            Spoilt("{integer: [1, 9]}", "{integer: [9, 1]}", 3, "range from 9 to 1 is empty"),
            Spoilt("{integer: [1, 9]}", "{integer: 9}", 3, "variables.a.integer: this is the number 9"),
            Spoilt("{integer: [1, 9]}", "{integer: [1, 2.5]}", 3, "this is the number 2.5"),
            Spoilt("{integer: [1, 9]}", "{integer: [1, 9], choice: [1]}", 3, "integer and choice are both given"),
            Spoilt("{integer: [1, 9]}", "{integer: [1, 9], lenght: 3}", 3, "variables.a.lenght: there is no such key"),
            Spoilt("{integer: [1, 9]}", "{choice: []}", 3, "the list is empty"),
            Spoilt("{integer: [1, 9]}", "{text: abc}", 3, "variables.a.length: the key is missing"),
            Spoilt("{integer: [1, 9]}", "{list: {integer: [1, 2]}}", 3, "variables.a.count: the key is missing"),
            Spoilt("{integer: [1, 9]}", "{number: [0.11, 0.12], decimals: 1}", 3, "no number of 1 decimals"),
            Spoilt("{integer: [1, 9]}", "{integer: [1, answer]}", 3, "no variable above this one \"answer\""),
            Spoilt("{integer: [1, 9]}", "{integer: [1, 'level / 2 + 9']}", 3, "gives the number 9"),
            Spoilt("{integer: [1, 9]}", "null", 3, "variables.a: this is null"),
            Spoilt("      a: {", "      for: {", 3, "cannot have this name"),
            Spoilt("a + 1\n", "a +\n", 4, "variables.answer:"),
            Spoilt("a + 1\n", "a + 'x'\n", 4, "variables.answer: \"+\" does not work"),
            Spoilt("a + 1\n", "b + 1\n", 4, "no variable above this one \"b\"", "a"),
            Spoilt("levels:", "require: a > 100\nlevels:", 5, "fulfils \"a > 100\""),
            Spoilt("levels:", "require: a\nlevels:", 5, "gives the number"),
            Spoilt(
                "{a: {integer: [10, 99]}}", "{aa: {integer: [10, 99]}}", 7, "variable \"aa\" to draw otherwise", "a"),
            Spoilt("- name: easy", "- where: a > 1", 6, "no rows to choose from"),
            Spoilt("- name: easy", "- nam: easy", 6, "levels.0.nam: there is no such key", "name"),
            Spoilt("{{ a }}", "{{ b }}", 8, "prompt: there is no variable \"b\"", "a"),
            Spoilt("{{ a }}", "{{ a", 8, "prompt:"),
            Spoilt("{{ a }}", "{{ a | upprcase }}", 8, "prompt:"),
            Spoilt("What is {{ a }} + 1?", "|\n  What\n  is\n  {{ aa }}?", 11, "no variable \"aa\"", "a"),
            Spoilt("What is {{ a }} + 1?", "[a]", 8, "prompt: this is a list"),
            Spoilt("kind: numeric", "kind: numerc", 10, "\"numerc\"", "numeric"),
            Spoilt("tolerance: 0", "tolerence: 0", 10, "verifiers.0.tolerence: there is no setting", "tolerance"),
            Spoilt("tolerance: 0", "tolerance: -1", 10, "verifiers.0.tolerance: -1 is not possible"),
            Spoilt("tolerance: 0", "expected: {field: anser}", 10, "no variable \"anser\"", "answer"),
            Spoilt("tolerance: 0", "weight: heavy", 10, "verifiers.0.weight"),
            Spoilt("verifiers:", "reward: {range: [1, 0]}\nverifiers:", 9, "reward.range: "),
            Spoilt("verifiers:", "reward: {rang: [0, 1]}\nverifiers:", 9, "reward.rang: there is no such key", "range"),
            Spoilt("verifiers:", "answer: boxd\nverifiers:", 9, "answer: ", "boxed"),
            Spoilt(
                "verifiers:", "answer: {read: tag, patern: x}\nverifiers:", 9, "answer.patern: there is no setting",
                "pattern"),
            Spoilt("verifiers:", "turns: [a]\nverifiers:", 12, "demonstration: 1 replies are given"),
            Spoilt(
                "verifiers:", "feedback: {attempts: 1, message: no}\nverifiers:", 9,
                "feedback.attempts: this is the number 1"),
            Spoilt("verifiers:", "feedback: {attempts: 2}\nverifiers:", 9, "feedback.message: the key is missing"),
            Spoilt("verifiers:", "dataset: {file: x.csv}\nverifiers:", 3, "dataset and variables are both given"),
            Spoilt("\"<answer>{{ answer }}</answer>\"", "{field: anser}", 11, "no variable \"anser\"", "answer"),
            Spoilt("\"<answer>{{ answer }}</answer>\"", "{{ answer }}", 11, "a key is a list or a mapping"),
            Spoilt("verifiers:", "\tverifiers:", 9, "a tab indents this line"),
            Spoilt("verifiers:", "prompt: again\nverifiers:", 9, "prompt: the key is there twice"),
            Spoilt("name: sums", "name: !!python/object sums", 1, "the tag"),
            Spoilt("name: sums", "<<: {a: 1}", 1, "merge keys"),
            Spoilt("verifiers:", "---\nverifiers:", 9, "second YAML document"),
        ])
    func spoilt(_ spoilt: Spoilt) throws {
        let yaml = right.replacing(
            spoilt.old.trimmingPrefix("      "), with: spoilt.new.trimmingPrefix("      "), maxReplacements: 1)
        #expect(yaml != right)
        let found = mistakes(yaml)
        let first = try #require(found.first { $0.problem.contains(spoilt.words) }, "\(found)")
        #expect(first.place?.hasPrefix("test.yaml:\(spoilt.line):") == true, "\(first)")
        if let suggestion = spoilt.suggestion { #expect(first.suggestion == suggestion) }
    }

    @Test("are all told at once, in the order of the file")
    func several() {
        let yaml = """
            name: 3
            variables: {a: {integr: [1, 2]}}
            promt: x
            verifiers: [{kind: exat, expected: x}]
            levels: 0
            """
        let found = mistakes(yaml).map { "\($0.place ?? "") \($0.problem)" }
        #expect(found.count >= 5, "\(found)")
        let lines = mistakes(yaml).compactMap { $0.place?.split(separator: ":").dropFirst().first.flatMap { Int($0) } }
        #expect(lines == lines.sorted())
        #expect(!found.contains { $0.contains("missing") })
    }

    @Test(
        "of whole files are told",
        arguments: [
            ("", "empty"), ("[]", "this is a list"), ("just text", "this is the text"), ("a: [", "not YAML"),
            ("prompt: x", "the key is missing"),
            ("verifiers: []\nprompt: x\nvariables: {a: 1}", "verifiers: the key is missing"),
            (String(repeating: "[", count: 1_000), "nested too deep"),
            (String(repeating: "#", count: 1 << 21), "bytes"),
            ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: *d", "not YAML"),
            (
                "a: &a [x,x,x,x,x,x,x,x,x]\n"
                    + (0..<8).map {
                        "\(Unicode.Scalar(UInt8(98 + $0))): &\(Unicode.Scalar(UInt8(98 + $0))) ["
                            + Array(repeating: "*\(Unicode.Scalar(UInt8(97 + $0)))", count: 9).joined(separator: ",")
                            + "]\n"
                    }.joined(), "grows beyond"
            ),
        ])
    func wholeFiles(text: String, words: String) {
        let found = mistakes(text)
        #expect(found.contains { $0.problem.contains(words) }, "\(found)")
        #expect(found.allSatisfy { $0.place?.hasPrefix("test.yaml:") == true })
    }

    @Test("of files that are no text, or not there, are told")
    func files() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data([0x61, 0x3A, 0x20, 0x0A, 0xFF, 0xFE]), to: "test.yaml")
        let file = folder.url.appending(path: "test.yaml")
        #expect(throws: DeclarationError.self) { try DeclaredEnvironment(file: file) }
        #expect(throws: DeclarationError.self) {
            try DeclaredEnvironment(file: folder.url.appending(path: "none.yaml"))
        }
        #expect(throws: DeclarationError.self) { try DeclaredEnvironment(file: folder.url) }
    }
}

@Suite("Folders of environments in YAML")
struct DeclaredEnvironmentsTests {
    private let small =
        "variables: {a: {integer: [1, 9]}}\nprompt: Say {{ a }}\nverifiers: [{kind: exact, expected: {field: a}}]"

    @Test("give an entry a file, whatever their names; hidden files and other kinds are no environments")
    func entries() async throws {
        let folder = try TemporaryFolder(
            [
                "größe.yaml": small, "b.yml": "name: 漢字 and spaces\n" + small, ".b.yaml": "x", "c.txt": "x",
                "d/e.yaml": "x",
            ],
            name: "my environments é")
        let entries = try DeclaredEnvironments.catalogEntries(in: folder.url)
        #expect(Set(entries.map(\.name)) == ["größe", "漢字 and spaces"])
        for entry in entries {
            #expect(try await entry.environment().task(level: 0, seed: 1).environment == entry.name)
        }
        #expect(throws: WhetError.self) { try entries[0].environment(options: ["x": 1]) }
    }

    @Test("keep a file with mistakes from no other")
    func broken() throws {
        let folder = try TemporaryFolder(["bad.yaml": "promt: x", "good.yaml": small])
        let files = try DeclaredEnvironments.files(in: folder.url)
        #expect(files.map(\.name) == ["bad", "good"] && files.map { $0.error == nil } == [false, true])
        #expect(throws: DeclarationError.self) { try files[0].entry().environment() }
        #expect(try files[1].entry().environment().name == "good")
    }

    @Test("refuse two of a name, and a file in a folder's place; a folder that is not there has none")
    func folders() throws {
        let folder = try TemporaryFolder(["a.yaml": "name: same\n" + small, "b.yaml": "name: same\n" + small])
        #expect(throws: WhetError.self) { try DeclaredEnvironments.catalogEntries(in: folder.url) }
        #expect(throws: WhetError.self) {
            try DeclaredEnvironments.catalogEntries(in: folder.url.appending(path: "a.yaml"))
        }
        #expect(try DeclaredEnvironments.catalogEntries(in: folder.url.appending(path: "none")).isEmpty)
    }
}
