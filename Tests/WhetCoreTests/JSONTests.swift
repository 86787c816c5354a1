import Foundation
import Testing
import WhetCore

@Suite("JSON")
struct JSONTests {
    @Test("reads and writes every kind of value", arguments: [
        "null", "true", "false", "0", "-7", "9223372036854775807", "0.5", "1e+300", #""""#,
        #""ünïcode \"quoted\" \\ \n""#, "[]", "{}", #"{"b":1,"a":[1,2,{"c":null}],"":"x"}"#,
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
        let document = try JSONDocument(
            parsing: #"{"skip":[[1,2],{"x":3}],"ids":[5,6,7],"name":"n","rate":0.25,"on":true}"#)
        #expect(document.root.isObject && document.root["skip"]?.isObject == false)
        #expect(document.root["ids"]?.tokens == [5, 6, 7])
        #expect(document.root["skip"]?.tokens == nil)
        #expect(document.root["skip"]?.elements?[1]["x"]?.integer == 3)
        #expect(document.root["name"]?.string == "n")
        #expect(document.root["rate"]?.double == 0.25)
        #expect(document.root["on"]?.bool == true)
        #expect(document.root["missing"] == nil)
    }

    @Test("tokens that do not fit are no tokens")
    func refusesLargeTokens() throws {
        #expect(try JSONDocument(parsing: "[1, 4294967296]").root.tokens == nil)
        #expect(try JSONDocument(parsing: "[1, 2.5]").root.tokens == nil)
    }
}
