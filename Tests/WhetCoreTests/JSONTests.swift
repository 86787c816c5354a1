import Foundation
import Testing
import WhetCore

@Suite("JSON")
struct JSONTests {
    @Test("reads and writes every kind of value", arguments: [
        "null", "true", "false", "0", "-7", "9223372036854775807", "0.5", "1e+300", #""""#, #""ünïcode \"quoted\" \\ \n""#,
        "[]", "{}", #"{"b":1,"a":[1,2,{"c":null}],"":"x"}"#,
    ])
    func roundTrips(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.text()) == value)
    }

    @Test("keeps the order of keys")
    func keepsOrder() throws {
        #expect(try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#).text() == #"{"z":1,"a":2,"m":3}"#)
    }

    @Test("escapes control characters so that they read back", arguments: 0..<0x20)
    func escapesControls(code: Int) throws {
        let text = "a" + String(UnicodeScalar(UInt8(code))) + "b"
        #expect(try JSONValue(parsing: JSONValue.string(text).text()) == .string(text))
    }

    @Test("any number reads back as itself", arguments: 0..<200)
    func numbersRoundTrip(seed: UInt64) throws {
        var random = RandomStream(key: seed)
        let number = Double(bitPattern: random.next())
        guard number.isFinite else { return }
        let value = JSONValue.number(number)
        #expect(try JSONValue(parsing: value.text()).double == number)
    }

    @Test("refuses what is not JSON", arguments: [
        "", "{", "[1,]", "nul", "'a'", "{\"a\" 1}", "1 2", "\"\u{1}\"", "[1", String(repeating: "[", count: 5_000),
    ])
    func refusesGarbage(text: String) {
        #expect(throws: WhetError.self) { try JSONValue(parsing: text) }
    }

    @Test("views read fields in place")
    func viewsRead() throws {
        let document = try JSONDocument(parsing: #"{"skip":[[1,2],{"x":3}],"ids":[5,6,7],"name":"n","rate":0.25,"on":true}"#)
        #expect(document.root["ids"]?.tokens == [5, 6, 7])
        #expect(document.root["skip"]?.tokens == nil)
        #expect(document.root["skip"]?.elements?[1]["x"]?.integer == 3)
        #expect(document.root["name"]?.string == "n")
        #expect(document.root["rate"]?.double == 0.25)
        #expect(document.root["on"]?.bool == true)
        #expect(document.root["missing"] == nil)
    }

    @Test("elements of a list are had one by one, without the list")
    func elementsInPlace() throws {
        let root = try JSONDocument(parsing: #"{"a":[[1,[2],{"b":3}],"x",7],"ké":5}"#).root
        let list = try #require(root["a"])
        #expect(list.elementCount == 3)
        #expect(list[0]?[2]?["b"]?.integer == 3)
        #expect(list[1]?.string == "x")
        #expect(list[3] == nil && list[-1] == nil && root[0] == nil && list["a"] == nil)
        #expect(root["ké"]?.integer == 5)
        #expect(root["k"] == nil && root[""] == nil && root.elementCount == nil)
        var found: [JSONValue] = []
        list.forEachElement { found.append($0.value) }
        #expect(found == list.value.array)
        root.forEachElement { _ in Issue.record("an object has no elements") }
    }

    @Test("whole numbers are written by their digits", arguments: [0, 1, -1, 9, 10, -10, 1234567890, Int.max, Int.min])
    func wholeNumbers(number: Int) {
        var text = JSONText()
        text.append(integer: number)
        #expect(text.string == String(number))
    }

    @Test("a parser that read a large text, or nonsense, reads the next as before")
    func parsesAgain() throws {
        let large = "[" + Array(repeating: "123456", count: 300_000).joined(separator: ",") + "]"
        for text in [large, "[1", #"{"a":"b"}"#, large, "[]"] {
            let value = try? JSONValue(parsing: text)
            #expect((value == nil) == (text == "[1"))
            if let value { #expect(value.text() == text) }
        }
    }

    @Test("tokens that do not fit are no tokens")
    func refusesLargeTokens() throws {
        #expect(try JSONDocument(parsing: "[1, 4294967296]").root.tokens == nil)
        #expect(try JSONDocument(parsing: "[1, 2.5]").root.tokens == nil)
    }
}
