import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetChecklists

@Suite("CM2's JSON")
struct ChecklistRecordTests {
    private func read(_ text: String, file: String = "d.json") throws -> [ChecklistRecord] {
        try ChecklistRecord.records(json: Data(text.utf8), file: file)
    }

    private func mistakes(_ text: String, file: String = "d.json") -> [WhetError] {
        do {
            _ = try ChecklistRecord.records(json: Data(text.utf8), file: file)
            return []
        } catch {
            return error.mistakes
        }
    }

    @Test("is read with its dialogue")
    func reading() throws {
        let record = try #require(try read(LibraryDialogue.json).first)
        #expect(record.id == "11111111-2222-3333-4444-555555555555")
        #expect(record.others == ["data_source": "made up"])
        let checklist = try #require(record.checklists.first)
        #expect(checklist.turns.map { $0.items.map(\.id).joined() } == ["ABCD", "EFG"])
        #expect(checklist.turns[0].items.map(\.weight) == [0.2, 0.3, 0.3, 0.2])
        #expect(checklist.turns[0].items.map(\.focus) == [.toolCalls, .toolContent, .reply, .thinking])
        #expect(checklist.turns[0].items[2].dependences == ["B"] && checklist.turns[0].items[2].isRequiredForNextTurn)
        #expect(checklist.turns[0].items[0].evidence.first?.snippet == #""due": "5 May""#)
        let dialogue = try record.dialogue()
        #expect(dialogue.turns.map(\.steps.count) == [2, 1])
        #expect(dialogue.turns[0].steps[0].assistant.reasoning == "I look it up.")
        #expect(dialogue.turns[0].steps[0].assistant.content == "")
        #expect(dialogue.turns[0].steps[0].assistant.toolCalls.first?.arguments == ["reader": 7])
        #expect(dialogue.turns[0].steps[1].assistant.content == "It is due on 5 May.")
    }

    @Test("is written as it was read")
    func roundTrip() throws {
        let records = try read(LibraryDialogue.json)
        #expect(try JSONValue(parsing: LibraryDialogue.json) == JSONValue.array(records.map(\.json)))
        #expect(try read(JSONValue.array(records.map(\.json)).text()) == records)
    }

    @Test("comes as a list, an object with data, one record or lines")
    func shapes() throws {
        let records = try read(LibraryDialogue.json)
        let one = try #require(records.first).json.text()
        #expect(try read("{\"data\": [\(one), \(one)]}") == records + records)
        #expect(try read(one) == records)
        #expect(try read("\(one)\n\n\(one)\n", file: "d.jsonl") == records + records)
        let single = one.replacingOccurrences(of: "\"checklists\":[[[", with: "\"checklist\":[[")
            .replacingOccurrences(of: "]]],\"data_source\"", with: "]],\"data_source\"")
        #expect(try read(single) == records)
        let toolsAsText = one.replacingOccurrences(
            of: #""tools":[{"type":"function","function":{"name":"find_loan","parameters":{"type":"object"}}}]"#,
            with: #""tools":"[{\"type\":\"function\",\"function\":{\"name\":\"find_loan\"}}]""#)
        #expect(try read(toolsAsText).first?.tools.string != nil)
    }

    @Test("goes through YAML and back")
    func throughYAML() throws {
        let checklist = try #require(try read(LibraryDialogue.json).first?.checklists.first)
        #expect(try Checklist(yaml: Data(checklist.yaml.utf8), file: "c.yaml") == checklist)
    }

    @Test("comes as a task's private data")
    func privateData() throws {
        let record = try #require(try read(LibraryDialogue.json).first)
        let json = record.json["checklists"] ?? .null
        #expect(try Checklist.list(json: json, at: "problem.checklists") == record.checklists)
        #expect(throws: ChecklistError.self) { try Checklist.list(json: [], at: "problem.checklists") }
        #expect(throws: ChecklistError.self) { try Checklist.list(json: [[]], at: "problem.checklists") }
        #expect(throws: ChecklistError.self) { try Checklist.list(json: [[[["id": "x"]]]], at: "problem.checklists") }
    }

    @Test(
        "is refused with file, line and key",
        arguments: [
            (
                "\"weight\": 0.3", "\"weight\": 0.4",
                "d.json:17:9: 0.checklists.0.0: the weights of this turn's items sum to 1.2"
            ),
            ("[\"B\"]", "[\"Z\"]", "d.json:50:24: 0.checklists.0.0.2.dependence: there is no item \"Z\""),
            ("\"focus_on\": \"tool.content\"", "\"focus_on\": \"tools\"", "d.json:33:21: 0.checklists.0.0.1.focus_on"),
            ("\"uuid\"", "\"id\"", "d.json:2:3: 0.uuid: the key is missing"),
            (
                "{\"role\": \"user\", \"content\": \"Let", "{\"role\": \"assistant\", \"content\": \"Let",
                "d.json:16:7: 0.checklists.0: there are checklists for 2 turns, and 1 messages of the user"
            ),
            ("\"role\": \"tool\"", "\"role\": \"toll\"", "d.json:9:7: 0.messages.2: there is no role \"toll\""),
            ("\"tools\": [", "\"tools\": [3, ", "0.tools: this declares no tools"),
            (
                "\"required_for_next_turn\": true", "\"required_for_next_turn\": \"yes\"",
                "required_for_next_turn: this is the text"
            ),
            ("\"question\"", "\"Question\"", "there is no such key (did you mean \"question\"?)"),
        ] as [(String, String, String)])
    func mistakes(written: String, wrong: String, words: String) {
        let text = LibraryDialogue.json.replacingOccurrences(of: written, with: wrong)
        #expect(text != LibraryDialogue.json)
        let found = mistakes(text).map(\.description).joined(separator: "\n")
        #expect(found.contains(words), "\(found)")
    }

    @Test("a line that is no JSON is named")
    func brokenLine() {
        #expect(mistakes("{}\n{\"a\": \n", file: "d.jsonl").first?.place == "d.jsonl:2")
    }

    @Test(
        "is refused, whatever the bytes are",
        arguments: [
            "", "[", "{}", "[]", "[1]", "null", "\u{0}", "[{\"uuid\": 3}]",
            "{\"data\": []}", String(repeating: "[", count: 3000),
            String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
        ])
    func badInput(text: String) {
        #expect(!mistakes(text).isEmpty)
    }

    @Test("places count lines of the file, and bytes of the line")
    func places() throws {
        let tree = try LocatedJSON.tree(
            of: Array("{\"a\" : [1,\n \"\\u00e9\\\"\" , {\"b\":null}],\"ü\":true}".utf8), file: "f")
        #expect(tree.value == ["a": [1, "é\"", ["b": nil]], "ü": true])
        #expect(tree.place(of: "a.1").description == "f:2:2")
        #expect(tree.place(of: "a.2.b").description == "f:2:20")
        #expect(tree["ü"]?.place.description == "f:2:32")
    }
}
