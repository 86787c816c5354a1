import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("The catalog of verifiers")
struct CatalogTests {
    /// The least that each kind needs, with a problem that fits.
    static let least: [String: JSONObject] = [
        "exact": ["expected": "7"], "normalized_text": ["expected": "7"], "numeric": ["expected": 7],
        "mathematics": ["expected": "7"], "multiple_choice": ["expected": "B", "choices": ["1", "7", "x"]],
        "regular_expression": ["pattern": "(?:a|b)c|7$"],
        "json_schema": [
            "schema": [
                "$ref": "#/$defs/tree",
                "$defs": [
                    "tree": [
                        "type": ["array", "object"], "items": ["$ref": "#/$defs/tree"],
                        "additionalProperties": ["$ref": "#/$defs/tree"],
                    ]
                ],
            ]
        ],
        "format": ["tags": ["think", "answer"]], "length_penalty": ["full_until": 10, "zero_from": 20],
        "instructions": [
            "mode": "loose",
            "instructions": [
                ["id": "keywords:existence", "keywords": ["ab"]],
                ["id": "keywords:forbidden_words", "forbidden_words": ["a"]],
                ["id": "keywords:frequency", "keyword": "a", "frequency": 2, "relation": "at least"],
                ["id": "keywords:letter_frequency", "letter": "a", "let_frequency": 2, "let_relation": "at least"],
                ["id": "language:response_language", "language": "en"],
                ["id": "length_constraints:number_words", "num_words": 2, "relation": "at least"],
                ["id": "length_constraints:number_sentences", "num_sentences": 2, "relation": "at least"],
                ["id": "length_constraints:number_paragraphs", "num_paragraphs": 2],
                [
                    "id": "length_constraints:nth_paragraph_first_word", "num_paragraphs": 2, "nth_paragraph": 1,
                    "first_word": "a",
                ],
                ["id": "detectable_content:number_placeholders", "num_placeholders": 2],
                ["id": "detectable_content:postscript", "postscript_marker": "P.S."],
                ["id": "detectable_format:number_bullet_lists", "num_bullets": 2],
                ["id": "detectable_format:constrained_response"],
                ["id": "detectable_format:number_highlighted_sections", "num_highlights": 2],
                ["id": "detectable_format:multiple_sections", "section_spliter": "Section", "num_sections": 2],
                ["id": "detectable_format:json_format"], ["id": "detectable_format:title"],
                ["id": "combination:repeat_prompt", "prompt_to_repeat": "a"], ["id": "combination:two_responses"],
                ["id": "startend:end_checker", "end_phrase": "a"], ["id": "startend:quotation"],
                [
                    "id": "change_case:capital_word_frequency", "capital_frequency": 2, "capital_relation": "at least",
                ],
                ["id": "change_case:english_capital"], ["id": "change_case:english_lowercase"],
                ["id": "punctuation:no_comma"],
            ],
        ],
    ]

    @Test("has the kinds that the guide names")
    func kinds() {
        #expect(Set(VerifierCatalog.standard.kinds) == Set(Self.least.keys))
        #expect(Set(InstructionKind.all.map(\.id)).count == 25)
    }

    @Test("makes every kind judge whatever a policy writes", arguments: least.keys.sorted())
    func survivesAnything(kind: String) async throws {
        let verifier = try VerifierCatalog.standard.verifier(
            kind: kind, settings: #require(Self.least[kind]), at: "test")
        for reply in hostileReplies {
            let verdict = try await verifier.verify(response(answer: reply))
            #expect(0...1 ~= verdict.value && verdict.reason.utf8.count < 1500, "\(reply.prefix(40))")
        }
    }

    @Test("suggests the nearest kind and the nearest key")
    func suggests() {
        #expect(complaint("numerical", [:])?.suggestion == "numeric")
        #expect(complaint("exact", ["expect": "x"])?.suggestion == "expected")
        #expect(complaint("exact", ["expected": "x", "ignoring_cases": true])?.suggestion == "ignoring_case")
        #expect(complaint("exact", ["expected": "x"]) == nil)
        #expect(complaint("exact", ["x": 1])?.place == "test.yaml, rubric")
    }

    static let impossible: [(String, JSONObject)] = [
        ("exact", ["expected": [:]]), ("exact", ["expected": []]), ("exact", ["expected": [["a"]]]),
        ("exact", ["expected": ["fields": "x"]]), ("exact", ["expected": "x", "ignoring_case": "yes"]),
        ("exact", ["expected": ["after": "####"]]),
        ("normalized_text", ["measure": "f2"]), ("normalized_text", ["ignoring_articles": 1]),
        ("numeric", ["tolerance": -1]), ("numeric", ["tolerance": "0.1"]), ("numeric", ["percent": "half"]),
        ("numeric", ["ignoring": [1]]), ("numeric", ["ignoring": ""]), ("numeric", ["relative_tolerance": -0.1]),
        ("multiple_choice", ["count": 1]), ("multiple_choice", ["count": 27]),
        ("multiple_choice", ["choices": ["one"]]),
        ("multiple_choice", ["choices": ["A": "x", "C": "y"]]),
        ("multiple_choice", ["choices": ["x", "y"], "count": 2]),
        ("multiple_choice", ["choices": ["x", ["y"]]]), ("multiple_choice", ["expected_is": "letters"]),
        ("regular_expression", [:]), ("regular_expression", ["pattern": "("]), ("regular_expression", ["pattern": 1]),
        ("regular_expression", ["pattern": "x", "match": "whole"]),
        ("regular_expression", ["pattern": "x", "on": "prompt"]),
        ("json_schema", [:]), ("json_schema", ["schema": 1]), ("json_schema", ["schema": true, "schema_field": "x"]),
        ("format", [:]), ("format", ["tags": []]), ("format", ["tags": ["a", "a"]]), ("format", ["tags": ["<a>"]]),
        ("format", ["tags": ["a"], "graded": 1]),
        ("length_penalty", [:]), ("length_penalty", ["full_until": 5, "zero_from": 5]),
        ("length_penalty", ["full_until": -1]), ("length_penalty", ["full_until": 5, "unit": "tokens"]),
        ("length_penalty", ["full_until": 5, "at_least": 6]),
        ("instructions", ["instructions": []]), ("instructions", ["instructions": [["num_words": 1]]]),
        ("instructions", ["instructions": [["id": "punctuation:no_comma"]], "row": "x"]),
        ("instructions", ["mode": "slack"]),
    ]

    @Test("refuses settings that cannot be", arguments: impossible)
    func refuses(kind: String, settings: JSONObject) {
        #expect(complaint(kind, settings) != nil)
    }

    @Test("can be added to")
    func adds() async throws {
        var catalog = VerifierCatalog.standard
        catalog.add(
            VerifierCatalog.Entry("same_length", summary: "as long as the gold", settings: [ExpectedAnswer.setting]) {
                SameLength(expected: try ExpectedAnswer($0))
            })
        let rubric = try Rubric(settings: [["kind": "same_length", "expected": "abc"]], at: "test", catalog: catalog)
        #expect(try await rubric.score([Message(.assistant, "<answer>xyz</answer>")], problem: [:]).isSolved)
        #expect(try await !rubric.score([Message(.assistant, "<answer>x</answer>")], problem: [:]).isSolved)
    }

    @Test("no setting is declared twice", arguments: VerifierCatalog.standard.entries.map(\.kind))
    func namesAreUnique(kind: String) throws {
        let entry = try #require(VerifierCatalog.standard.entries.first { $0.kind == kind })
        let own = Set(Rubric.criterionSettings.map(\.name))
        #expect(Set(entry.settings.map(\.name)).count == entry.settings.count)
        #expect(own.isDisjoint(with: entry.settings.map(\.name)))
    }
}

/// A kind of somebody else's.
private struct SameLength: Verifier {
    let expected: ExpectedAnswer
    var needsAnswer: Bool { true }

    func verify(_ response: Response) throws -> Verdict {
        let golds = try expected.answers(in: response.problem)
        return Verdict(passed: golds.contains { $0.count == response.answer?.count }, "lengths were compared")
    }
}
