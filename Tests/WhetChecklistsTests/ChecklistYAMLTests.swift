import Foundation
import Testing
import WhetCore

@testable import WhetChecklists

@Suite("A checklist in YAML")
struct ChecklistYAMLTests {
    private static let hours = """
        name: opening hours
        tools: [opening_hours, weather]
        turns:
          - items:
              - id: looks
                question: Did the assistant look the hours up?
                focus_on: assistant.tool_calls
                check:
                  tool_called: {name: opening_hours, arguments: {day: Sunday}}
                required_for_next_turn: true
                weight: 0.5
              - id: found
                question: Did the tool say when it opens?
                focus_on: tool.content
                pass_condition: The tool's answer holds a time.
                failure_examples: [An error, Another day]
                evidence:
                  - {turn: 0, step: 2, from: tool.content, snippet: "10:00"}
                weight: 0.25
              - id: tells
                question: Does the reply say when it opens?
                focus_on: assistant.content.user_visible_reply
                pass_condition: It names the time of the tool.
                dependence: [found]
                weight: 0.25
          - items:
              - id: thanks
                question: Does it accept the thanks?
                focus_on: assistant.content.user_visible_reply
                check: {text_contains: welcome, ignoring_case: true}
              - id: number
                question: Is the number there?
                focus_on: assistant.content.user_visible_reply
                check: {number_equals: 10, tolerance: 0.5, place: anywhere}
        """

    private func read(_ text: String) throws -> Checklist { try Checklist(yaml: Data(text.utf8), file: "c.yaml") }

    private func mistakes(_ text: String) -> [WhetError] {
        do {
            _ = try Checklist(yaml: Data(text.utf8), file: "c.yaml")
            return []
        } catch {
            return error.mistakes
        }
    }

    @Test("is read whole")
    func reading() throws {
        let checklist = try read(Self.hours)
        #expect(checklist.name == "opening hours")
        #expect(checklist.turns.map { $0.items.map(\.id) } == [["looks", "found", "tells"], ["thanks", "number"]])
        let items = checklist.turns[0].items
        #expect(items[0].check == .toolCalled(name: "opening_hours", arguments: .exactly(["day": "Sunday"])))
        #expect(items[0].isRequiredForNextTurn && !items[1].isRequiredForNextTurn)
        #expect(items[1].evidence == [.init(turn: 0, step: 2, source: .toolContent, snippet: "10:00")])
        #expect(items[1].failureExamples == ["An error", "Another day"])
        #expect(items[2].dependences == ["found"] && items[2].focus == .reply)
        // Where no weight is given, all are alike.
        #expect(checklist.turns[1].items.map(\.weight) == [0.5, 0.5])
        #expect(checklist.turns[1].items[0].check == .textContains(["welcome"], ignoresCase: true))
        #expect(checklist.turns[1].items[1].check == .numberEquals(10, tolerance: 0.5, place: .anywhere))
    }

    @Test("is written so that the same is read back")
    func roundTrip() throws {
        var checklist = try read(Self.hours)
        #expect(try read(checklist.yaml) == checklist)
        checklist.name = nil
        checklist.turns[0].items[0].question = "\"quoted\": #no {comment} \\ \u{85}\u{2028}\u{1}\u{7F}\n\tgrüezi 🙂 - x"
        checklist.turns[0].items[0].check = .textMatches(#"^\d+ "x"$"#)
        checklist.turns[0].items[0].focus = .thinking
        checklist.turns[0].items[0].extraInformation = ["price": 0.1, "tags": ["a: b", nil, true]]
        checklist.turns[0].items[1].check = nil
        checklist.turns[1].items[0].check = .toolCalled(
            name: "x", arguments: .including(["deep": ["list": [1, 2.5, "three"]]]))
        checklist.turns[1].items[0].focus = .toolCalls
        #expect(try read(checklist.yaml) == checklist)
    }

    @Test(
        "is refused with the place of what is wrong and what to do",
        arguments: [
            (
                "weight: 0.5\n", "weight: 0.4\n",
                "c.yaml:5:7: turns.0.items: the weights of this turn's items sum to 0.9"
            ),
            ("weight: 0.5\n", "weight: -1\n", "c.yaml:11:17: turns.0.items.0.weight: this is the number -1"),
            ("id: found", "id: looks", "c.yaml:12:13: turns.0.items.1.id: a second item has the id \"looks\""),
            ("[found]", "[fuond]", "c.yaml:24:22: turns.0.items.2.dependence: there is no item \"fuond\" in this turn"),
            ("[found]", "[tells]", "c.yaml:24:21: turns.0.items.2.dependence: items depend on each other in a circle"),
            (
                "[found]", "[thanks]",
                "c.yaml:24:22: turns.0.items.2.dependence: there is no item \"thanks\" in this turn"
            ),
            (
                "name: opening_hours,", "name: opening_hour,",
                "c.yaml:9:31: turns.0.items.0.check.tool_called.name: there is no tool"
            ),
            (
                "focus_on: tool.content", "focus_on: tool",
                "c.yaml:14:19: turns.0.items.1.focus_on: this is the text \"tool\""
            ),
            ("question: Is the", "qestion: Is the", "c.yaml:32:9: turns.1.items.1.qestion: there is no such key"),
            (
                "number_equals: 10", "number_equal: 10",
                "c.yaml:34:16: turns.1.items.1.check: this names no kind of check"
            ),
            ("number_equals: 10", "text_matches: (", "turns.1.items.1.check"),
            (
                "text_contains: welcome", "text_contains: ''",
                "turns.1.items.0.check.text_contains: every text contains this"
            ),
            (
                "pass_condition: The tool's answer holds a time.", "",
                "turns.0.items.1.pass_condition: the key is missing"
            ),
            ("from: tool.content", "from: tool.contents", "turns.0.items.1.evidence.0.from: this is the text"),
            ("step: 2", "step: -2", "turns.0.items.1.evidence.0.step: this is the number -2"),
            ("turns:\n", "turns: []\nx:\n", "c.yaml:4:1: x: there is no such key"),
        ] as [(String, String, String)])
    func mistakes(written: String, wrong: String, words: String) {
        let text = Self.hours.replacingOccurrences(of: written, with: wrong)
        #expect(text != Self.hours)
        let found = mistakes(text).map(\.description).joined(separator: "\n")
        #expect(found.contains(words), "\(found)")
    }

    @Test("tells what the weights would be, and the nearest name")
    func remedies() {
        let weights = mistakes(Self.hours.replacingOccurrences(of: "weight: 0.25", with: "weight: 0.75"))
        #expect(weights.first?.remedy == "divide each by 2: looks 0.25, found 0.375, tells 0.375")
        let name = mistakes(Self.hours.replacingOccurrences(of: "[found]", with: "[fuond]"))
        #expect(name.first?.suggestion == "found" && name.count == 1)
    }

    @Test("finds circles once each, and what waits for them")
    func circles() {
        func text(_ dependences: [(String, [String])]) -> String {
            "turns:\n  - items:\n"
                + dependences.map {
                    "      - {id: \($0.0), question: q, focus_on: tool.content, pass_condition: p, dependence: [\($0.1.joined(separator: ", "))]}\n"
                }.joined()
        }
        #expect(mistakes(text([("a", []), ("b", ["a"]), ("c", ["a", "b"])])).isEmpty)
        let found = mistakes(text([("a", ["c"]), ("b", ["a"]), ("c", ["b"]), ("d", ["c"]), ("e", [])]))
        #expect(
            found.map(\.problem) == [
                "turns.0.items.0.dependence: items depend on each other in a circle: a → c → b → a",
                "turns.0.items.3.dependence: \"d\" can never be met: it waits for items that depend on each other in a circle",
            ])
        #expect(found.map(\.place) == ["c.yaml:3:85", "c.yaml:6:85"])
    }

    @Test("finds what waits for the reply that ends the turn")
    func unreachable() {
        let found = mistakes(
            Self.hours.replacingOccurrences(
                of: "id: found\n", with: "id: found\n        dependence: [tells]\n"
            ).replacingOccurrences(of: "        dependence: [found]\n", with: ""))
        #expect(found.count == 1)
        #expect(found.first?.problem.contains("\"found\" can never be met: \"tells\" is met by the reply") == true)
    }

    @Test(
        "is refused in bounded time, whatever the bytes are",
        arguments: [
            "", "\u{0}", "turns", "- 1", "turns: {a: 1}",
            "turns: [[]]", "turns: [{items: []}]", "turns: [{items: [1]}]", "turns: [{items: {}}]", "{{{{{",
            "turns: [{}]",
            "turns:\n  - items:\n      - {id: '', question: ' ', focus_on: 3, weight: x, check: 1, evidence: [1], dependence: 4}",
        ])
    func badInput(text: String) {
        #expect(!mistakes(text).isEmpty)
    }

    @Test("a file is read by what its name ends in")
    func files() throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "whet-checklists-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "hours.yaml")
        try Self.hours.write(to: file, atomically: true, encoding: .utf8)
        #expect(try ChecklistFile(file).checklists.count == 1)
        #expect(throws: ChecklistError.self) { try ChecklistFile(folder.appending(path: "none.yaml")) }
        try "x".write(to: folder.appending(path: "hours.txt"), atomically: true, encoding: .utf8)
        #expect(throws: ChecklistError.self) { try ChecklistFile(folder.appending(path: "hours.txt")) }
    }
}
