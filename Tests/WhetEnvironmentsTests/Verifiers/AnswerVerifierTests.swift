import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Verifiers that compare answers")
struct AnswerVerifierTests {
    @Test(
        "exact: character for character",
        arguments: [
            ("Paris", "Paris", true), ("Paris", " Paris\n", true), ("Paris", "paris", false), ("Paris", "", false),
        ])
    func exact(gold: String, answer: String, passed: Bool) async throws {
        #expect(try await passes("exact", ["expected": .string(gold)], answer: answer) == passed)
    }

    @Test("the expected answer comes from settings or problem")
    func expected() async throws {
        #expect(try await passes("exact", ["expected": ["a", "b"]], answer: "b"))
        #expect(try await passes("exact", ["expected": 7], answer: "7"))
        #expect(try await passes("exact", ["expected": true], answer: "true"))
        #expect(try await passes("exact", ["expected": "a", "ignoring_case": true], answer: "A"))
        #expect(try await verdict("exact", answer: "x", problem: ["answer": "x"]).value == 1)
        #expect(
            try await verdict("exact", ["expected": ["field": "a.b"]], answer: "x", problem: ["a.b": "x"]).value == 1)
        #expect(
            try await verdict("exact", ["expected": ["field": "a.1"]], answer: "x", problem: ["a": ["y", ["x"]]]).value
                == 1)
        for problem: JSONValue in [[:], ["answer": nil], ["answer": [:]], ["answer": []], nil, "x"] {
            await #expect(throws: WhetError.self) { try await verdict("exact", answer: "x", problem: problem) }
        }
        await #expect(throws: WhetError.self) {
            try await verdict(
                "exact", ["expected": ["field": "answer", "after": "####"]], answer: "x", problem: ["answer": "x"])
        }
    }

    @Test(
        "normalized_text: small differences do not count",
        arguments: [
            ("The Eiffel Tower", "eiffel  tower.", true), ("cafe\u{301}", "CAFÉ", true), ("ﬁre", "fire", true),
            ("ＡＢＣ", "abc", true), ("New York", "York New", false), ("resume", "résumé", false), ("1.5", "15", false),
            ("-5", "5", false), ("1,000", "1000", true), ("3/4", "34", false), ("The", "the", true),
            ("The", "a", false),
            ("?", "!", false), ("?", "?", true), ("it's", "its", true), ("Paris", "London", false), ("x", "", false),
            ("\u{2212}5", "-5", true),
        ])
    func normalized(gold: String, answer: String, passed: Bool) async throws {
        #expect(try await passes("normalized_text", ["expected": .string(gold)], answer: answer) == passed)
    }

    @Test("normalized_text: contains, f1 and accents")
    func normalizedOptions() async throws {
        let contains: JSONObject = ["expected": "New York", "measure": "contains"]
        #expect(try await passes("normalized_text", contains, answer: "It is New York City."))
        #expect(try await !passes("normalized_text", contains, answer: "It is Newer York"))
        let f1: JSONObject = ["expected": "big red dog", "measure": "f1"]
        #expect(abs(try await verdict("normalized_text", f1, answer: "red red cat").value - 1.0 / 3) < 1e-12)
        #expect(try await verdict("normalized_text", f1, answer: "the Big red dog").value == 1)
        #expect(
            try await passes("normalized_text", ["expected": "resume", "ignoring_accents": true], answer: "résumé"))
        await #expect(throws: WhetError.self) { try await verdict("normalized_text", ["expected": ""], answer: "x") }
    }

    @Test(
        "numeric: numbers as people write them",
        arguments: [
            ("1000", "1,000", true), ("1000", "1 000", false), ("1000", "1\u{A0}000", true), ("1000", "10,00", false),
            ("0.75", "3/4", true), ("0.5", "50%", true), ("0.5", "50 %", true), ("0.5", #"50\%"#, true),
            ("50", "50%", false),
            ("1500", "1.5e3", true), ("1500", "1.5 × 10^3", true), ("0.0015", "1.5*10^{-3}", true),
            ("1500", "1.5E+3", true),
            ("7", "+7", true), ("-7", "−7", true), ("7", "07.00", true), ("7", "7.", true), ("0.5", ".5", true),
            ("1.75", "1 3/4", true), ("-1.75", "-1 3/4", true), ("1/3", "2/6", true),
            ("1/3", "0.3333333333333333", false),
            ("42", "٤٢", true), ("42", "４２", true), ("42", "4٢", false), ("0.1", "0,1", false), ("0", "-0", true),
            ("9007199254740993", "9007199254740992", false), ("7", "7 apples", false), ("7", "", false),
            ("7", ".", false),
            ("7", "1/0", false), ("1e400", "1e401", false), ("1e400", "10e399", true), ("0", "0e5", true),
            ("7", "７.０", true),
            ("½", "½", nil), ("seven", "7", nil), ("0.1", "1/10", true), ("1/7", "1/7%", false), ("1", "1 1", false),
            ("7", "7,", false), ("1", "1//1", false), ("2", "1/.5", true), ("8", "10^3", false),
            ("1234567", "1,234,567", true),
        ] as [(String, String, Bool?)])
    func numeric(gold: String, answer: String, passed: Bool?) async throws {
        guard let passed else {
            await #expect(throws: WhetError.self) {
                try await verdict("numeric", ["expected": .string(gold)], answer: answer)
            }
            return
        }
        #expect(try await passes("numeric", ["expected": .string(gold)], answer: answer) == passed)
    }

    @Test("numeric: tolerances, percent and units")
    func numericOptions() async throws {
        #expect(try await passes("numeric", ["expected": 1, "tolerance": 0.1], answer: "1.1"))
        #expect(try await !passes("numeric", ["expected": 1, "tolerance": 0.1], answer: "1.11"))
        #expect(try await passes("numeric", ["expected": -200, "relative_tolerance": 0.01], answer: "-202"))
        #expect(try await !passes("numeric", ["expected": -200, "relative_tolerance": 0.01], answer: "202"))
        #expect(try await passes("numeric", ["expected": 50, "percent": "ignored"], answer: "50%"))
        let units: JSONObject = ["expected": "$5", "ignoring": ["m", "km", "$"]]
        #expect(try await passes("numeric", units, answer: "5 km"))
        #expect(try await !passes("numeric", units, answer: "5 kg"))
        #expect(try await !passes("numeric", ["expected": 1, "tolerance": 5], answer: "1e999"))
    }

    static let colors: JSONObject = ["expected": "B", "choices": ["Red", "Dark blue", "Green", "Dark"]]

    @Test(
        "multiple_choice: a letter in many writings, or the text",
        arguments: [
            "B", "b", "(B)", "(b)", "B)", "B.", "B:", "[B]", "**B**", "**B.**", #"\boxed{B}"#, #"\text{B}"#, "$B$", "Ｂ",
            #"$\boxed{\textbf{(B)}}$"#, "Answer: B", "The answer is B", "The correct answer is (B).", "Option B",
            "choice b",
            "B. Dark blue", "B) dark blue.", "(B) Dark blue", "Dark blue", "dark blue!", "The answer is Dark blue.",
            "So, the best answer is: **B**", "B - Dark blue", "B. Dark blue, because it is dark", "answer is option B",
            "\"B\"",
        ])
    func choice(answer: String) async throws {
        #expect(try await passes("multiple_choice", Self.colors, answer: answer), "\(answer)")
    }

    @Test(
        "multiple_choice: not what names another, two or none",
        arguments: [
            "A", "E", "A or B", "A, B", "A and B", "B) Red", "B. Green", "Red", "", "AB", "Blue", "B. Dark", "not B",
            "BB", "B A",
            "(A) (B)", "Be", "b'", "B or C", "B/C", "all of them", "I think",
        ])
    func noChoice(answer: String) async throws {
        #expect(try await !passes("multiple_choice", Self.colors, answer: answer), "\(answer)")
    }

    @Test("multiple_choice: gold as letter, text, index and position; choices from the problem")
    func choiceGold() async throws {
        let row: JSONValue = ["gold": 1, "options": ["3", "4", "1"], "text": "4", "letter": "(B)", "one": 2]
        func passes(_ settings: JSONObject, _ answer: String) async throws -> Bool {
            var settings = settings
            settings["choices"] = ["field": "options"]
            return try await verdict("multiple_choice", settings, answer: answer, problem: row).value == 1
        }
        #expect(try await passes(["expected": ["field": "gold"], "expected_is": "index"], "B"))
        #expect(try await passes(["expected": ["field": "one"], "expected_is": "position"], "4"))
        #expect(try await passes(["expected": ["field": "text"]], "b"))
        #expect(try await passes(["expected": ["field": "letter"]], "B) 4"))
        #expect(try await !passes(["expected": ["field": "gold"]], "B"))
        await #expect(throws: WhetError.self) { try await passes(["expected": "D"], "B") }
        await #expect(throws: WhetError.self) { try await passes(["expected": 3, "expected_is": "index"], "B") }
        #expect(
            try await WhetEnvironmentsTests.passes(
                "multiple_choice", ["expected": "C", "count": 4], answer: "C. Because."))
        #expect(
            try await !WhetEnvironmentsTests.passes("multiple_choice", ["expected": "C", "count": 4], answer: "C, D"))
        #expect(
            try await WhetEnvironmentsTests.passes(
                "multiple_choice", ["expected": "B", "choices": ["A": "x", "B": "y"]], answer: "y"))
    }

    @Test("regular_expression: part or all, of answer or reply, wanted or forbidden")
    func regularExpression() async throws {
        #expect(try await passes("regular_expression", ["pattern": "b+"], answer: "abbc"))
        #expect(try await !passes("regular_expression", ["pattern": "b+", "match": "full"], answer: "abbc"))
        #expect(try await passes("regular_expression", ["pattern": "a|abb", "match": "full"], answer: "abb"))
        #expect(try await !passes("regular_expression", ["pattern": "a", "match": "full"], answer: "a\n"))
        #expect(try await passes("regular_expression", ["pattern": "ABB", "ignoring_case": true], answer: "abb"))
        #expect(try await !passes("regular_expression", ["pattern": "b", "forbidden": true], answer: "abb"))
        let field = try VerifierCatalog.standard.verifier(
            kind: "regular_expression", settings: ["pattern": ["field": "p"], "on": "reply"], at: "test")
        #expect(try await field.verify(response(answer: "xyz", problem: ["p": "y"])).value == 1)
        await #expect(throws: WhetError.self) { try await field.verify(response(answer: "x", problem: ["p": "("])) }
        await #expect(throws: WhetError.self) { try await field.verify(response(answer: "x", problem: ["p": 1])) }
    }

    static let formats: [(JSONObject, String, Double)] = [
        ([:], "<think>a</think>\n<answer>b</answer>", 1), ([:], "<answer>b</answer><think>a</think>", 0),
        ([:], "<think>a</think><answer>b</answer> bye", 0), ([:], "<think> </think><answer>b</answer>", 0),
        ([:], "<think>a<answer>b</answer></think>", 0),
        ([:], "<think>a</think><answer>b</answer><answer>c</answer>", 0),
        ([:], "<think>a<think></think><answer>b</answer>", 0), ([:], "", 0),
        (["text_outside": true], "hi <think>a</think> so <answer>b</answer> bye", 1),
        (["empty": true], "<think></think><answer>b</answer>", 1),
        (["first_is_open": true], "a</think><answer>b</answer>", 1),
        (["first_is_open": true], "<think>a</think><answer>b</answer>", 0),
        (["graded": true], "<think>a</think>b", 1.0 / 3),
        (["graded": true], "x<think>a</think><answer>b</answer>", 2.0 / 3),
        (["graded": true, "text_outside": true], "a <answer>b</answer>", 0.5),
    ]

    @Test("format: tags in order", arguments: formats)
    func format(settings: JSONObject, reply: String, value: Double) async throws {
        var settings = settings
        settings["tags"] = ["think", "answer"]
        #expect(try await verdict("format", settings, answer: reply).value == value)
    }

    @Test("length_penalty: full, falling, nothing")
    func length() async throws {
        let words: JSONObject = ["full_until": 2, "zero_from": 4]
        #expect(try await verdict("length_penalty", words, answer: "a b").value == 1)
        #expect(try await verdict("length_penalty", words, answer: "a b\nc").value == 0.5)
        #expect(try await verdict("length_penalty", words, answer: "a b c d e").value == 0)
        #expect(try await verdict("length_penalty", ["full_until": 2], answer: "a b c").value == 0)
        #expect(try await verdict("length_penalty", ["full_until": 2, "at_least": 1], answer: "").value == 0)
        #expect(try await verdict("length_penalty", ["full_until": 2, "unit": "characters"], answer: "🇩🇪").value == 1)
        #expect(
            try await verdict("length_penalty", ["full_until": 2, "unit": "lines"], answer: "a\r\n\r\nb").value == 1)
    }
}
