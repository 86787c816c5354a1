import Foundation
import Testing
import WhetCore

@Suite("Decodable types out of JSON values")
struct JSONDecodingTests {
    private struct Everything: Codable, Equatable {
        enum Color: String, Codable { case red, green }
        struct Inner: Codable, Equatable { var name: String; var numbers: [Int] }

        var whole: Int
        var small: UInt8
        var large: UInt64
        var number: Double
        var float: Float
        var flag: Bool
        var text: String
        var color: Color
        var nothing: Int?
        var missing: String?
        var grid: [[Int]]
        var floats: [Double?]
        var inner: Inner
        var inners: [Inner]
        var named: [String: Inner]
        var numbered: [Int: String]
    }

    private static let everything = """
        {"whole": -3, "small": 255, "large": 18446744073709551615, "number": 2, "float": 0.1, "flag": true,
         "text": "é \\" \\u0000", "color": "green", "nothing": null, "grid": [[1, 2], [], [3]],
         "floats": [1, null, 0.30000000000000004], "inner": {"name": "", "numbers": []},
         "inners": [{"name": "a", "numbers": [1, 2]}], "named": {"x": {"name": "b", "numbers": [9]}},
         "numbered": {"7": "seven"}, "unknown": [{}]}
        """

    @Test("come out as Foundation reads them from the text")
    func agrees() throws {
        let value = try JSONValue(parsing: Self.everything)
        // 64 bits do not fit a JSON value's integer; a double holds those that are doubles.
        let text = value.text()
        let expected = try? JSONDecoder().decode(Everything.self, from: Data(text.utf8))
        let found = try? value.decoded(as: Everything.self)
        #expect(found == expected)
        var fitting = value.object ?? [:]
        fitting["large"] = .number(9_007_199_254_740_992)
        let other = JSONValue.object(fitting)
        let read = try other.decoded(as: Everything.self)
        let ofText = try JSONDecoder().decode(Everything.self, from: Data(other.text().utf8))
        #expect(read == ofText)
        #expect(read.large == 1 << 53)
        // Its text has not all of its digits: the shortest that tell the double.
        #expect(try JSONValue.number(9_223_372_036_854_775_808).decoded(as: UInt64.self) == 1 << 63)
        #expect(read.missing == nil && read.nothing == nil && read.inners[0].numbers == [1, 2])
        #expect(try JSONValue(encoding: read).decoded(as: Everything.self) == read)
    }

    @Test("numbers come out as Foundation reads them, whole ones however they are written", arguments: [
        "0", "-1", "1.0", "1e2", "1.5", "255", "256", "-129", "3000000000", "9223372036854775807", "1e19", "1e300",
        "0.1", "16777217", "3.4028236e38", "null", "true", "\"1\"", "[]", "{}",
    ])
    func numbers(text: String) {
        func check<Value: Decodable & Equatable>(_ type: Value.Type) {
            let list = "[\(text)]"
            let expected = try? JSONDecoder().decode([Value].self, from: Data(list.utf8))
            let found = try? JSONValue(parsing: list).decoded(as: [Value].self)
            #expect(found == expected, "\(type) of \(text)")
        }
        check(Int.self)
        check(Int8.self)
        check(Int32.self)
        check(UInt8.self)
        check(UInt64.self)
        check(Double.self)
        check(Float.self)
        check(Bool.self)
        check(String.self)
        check(Int?.self)
    }

    @Test("say which key is missing, or of the wrong type, as before", arguments: [
        (#"{"name": "a"}"#, "numbers"), (#"{"name": 1, "numbers": []}"#, "name"),
        (#"{"name": null, "numbers": []}"#, "name"), (#"{"name": "a", "numbers": [1, "2"]}"#, "numbers.Index 1"),
        (#"{"name": "a", "numbers": {}}"#, "numbers"), ("[]", ""), ("null", ""),
    ])
    func errors(text: String, place: String) throws {
        let expected = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Everything.Inner.self, from: Data(text.utf8))
        }
        let found = #expect(throws: WhetError.self) { try JSONValue(parsing: text).decoded(as: Everything.Inner.self) }
        let error = try #require(found)
        #expect(error.problem == WhetError(decoding: try #require(expected)).problem)
        if !place.isEmpty { #expect("\(error)".contains(place), "\(error)") }
    }
}
