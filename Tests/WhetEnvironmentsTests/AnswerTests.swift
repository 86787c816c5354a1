import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Answers")
struct AnswerTests {
    @Test(
        "are what stands in the last pair of tags",
        arguments: [
            ("<answer>1</answer>", "1"), ("<answer>1</answer> <answer> 2\n</answer> ok", "2"),
            ("<answer></answer>", ""),
            ("<answer>1</answer><answer>2", "1"), ("<answer><answer>3</answer>", "<answer>3"),
            ("<answer>a</answer></answer>", "a"),
            ("<answer>\u{3000}4\u{A0}</answer>", "4"), ("<answer>é\u{2028}</answer>", "é"),
            ("é<answer>è</answer>", "è"),
            ("<<answer>5</answer>", "5"), ("<answer>5<</answer>", "5<"),
        ])
    func readsLast(output: String, answer: String) {
        #expect(Answer(lastIn: output)?.text == answer)
    }

    @Test(
        "may be missing",
        arguments: ["", "1", "<answer>", "</answer>", "</answer>1<answer>", "<answer>1</answe", "<answer >1</answer>"])
    func findsNone(output: String) {
        #expect(Answer(lastIn: output) == nil)
    }

    @Test(
        "hold numbers as Python reads them",
        arguments: [
            ("7", 7), ("+7", 7), ("-0", 0), ("007", 7), ("1_000", 1000), (" 7 ", 7), ("٤٢", 42), ("１２", 12),
            ("-\u{FF11}", -1),
            ("9223372036854775807", Int.max), ("99999999999999999999", Int.max), ("-99999999999999999999", Int.min),
        ])
    func readsInteger(text: String, number: Int) {
        #expect(Answer(text).integer == number)
    }

    @Test(
        "may be no number",
        arguments: ["", "-", "+-1", "1 2", "1.0", "1e3", "_1", "1_", "1__0", "x", "½", "²", "1\u{0}", "0x10"])
    func refusesInteger(text: String) {
        #expect(Answer(text).integer == nil)
    }

    @Test("hold rows of numbers")
    func readsRows() {
        #expect(Answer("1 2\n3\r\n\n4\u{2028}5").integerRows(skippingEmptyLines: true) == [[1, 2], [3], [4], [5]])
        #expect(Answer("1 2\n\n3").integerRows(skippingEmptyLines: false) == [[1, 2], [], [3]])
        #expect(Answer("1 2\nx").integerRows(skippingEmptyLines: false) == nil)
        #expect(Answer("").integerRows(skippingEmptyLines: false) == [])
    }

    @Test("of thousands of digits are refused as Python does")
    func limitsDigits() {
        #expect(Answer(String(repeating: "9", count: 4300)).integer == .max)
        #expect(Answer(String(repeating: "9", count: 4301)).integer == nil)
    }
}
