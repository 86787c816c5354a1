import Foundation
import Testing
import WhetCore
import WhetYAML

@testable import WhetEnvironments

@Suite("What a tool is")
struct ToolDefinitionTests {
    private let weather: JSONValue = [
        "type": "object",
        "properties": [
            "city": ["type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[A-Z]"],
            "unit": ["enum": ["C", "F"]],
            "days": ["type": "integer", "minimum": 1, "maximum": 7],
            "note": ["type": "string", "nullable": true],
            "places": ["type": "array", "items": ["$ref": "#/$defs/place"]],
            "key": ["oneOf": [["type": "string"], ["type": "integer"]]],
            "mode": ["const": "fast"],
        ],
        "required": ["city"], "additionalProperties": false,
        "$defs": ["place": ["type": "object", "required": ["x"], "properties": ["x": ["type": "number"]]]],
    ]

    @Test(
        "arguments that fit are taken",
        arguments: [
            ["city": "Bern"], ["city": "Bern", "unit": "C", "days": 7.0], ["city": "Bern", "note": nil],
            ["city": "Bern", "note": "x", "key": 3, "mode": "fast"],
            ["city": "Bern", "places": [["x": 1.5], ["x": 2]]],
        ] as [JSONValue])
    func takes(arguments: JSONValue) throws {
        #expect(try ToolDefinition("weather", parameters: weather).mistake(in: arguments) == nil)
    }

    @Test(
        "a policy is told what is wrong with others",
        arguments: [
            ([:], "\"city\" is missing"), (["city": 3], "is not of type string"), (["city": ""], "fewer than 1"),
            (["city": "bern"], "does not match"), (["city": "Bern", "unit": "K"], "is none of"),
            (["city": "Bern", "days": 8], "above 7"), (["city": "Bern", "days": 1.5], "not of type integer"),
            (["city": "Bern", "places": [["y": 1]]], "\"x\" is missing"),
            (["city": "Bern", "key": true], "fit, not one"),
            (["city": "Bern", "note": 1], "none of the 2 schemas"), (["city": "Bern", "mode": "slow"], "is none of"),
            ([1], "not a JSON object"), (["city": "Bern", "unti": "C"], "did you mean \"unit\""),
        ] as [(JSONValue, String)])
    func explains(arguments: JSONValue, words: String) throws {
        let mistake = try #require(try ToolDefinition("weather", parameters: weather).mistake(in: arguments))
        #expect(mistake.contains(words), "\(mistake)")
    }

    @Test(
        "names and schemas that cannot be used are refused",
        arguments: [
            ("", .null), ("two words", .null), (String(repeating: "a", count: 129), .null), ("ok", "text"),
            ("ok", ["type": "string"]), ("ok", ["properties": ["a": ["typ": "string"]]]),
            ("ok", ["properties": ["a": ["type": "strnig"]]]), ("ok", ["properties": ["a": ["nullable": 3]]]),
            ("ok", ["properties": ["a": ["$ref": "#/$defs/none"]]]),
        ] as [(String, JSONValue)])
    func refuses(name: String, parameters: JSONValue) {
        #expect(throws: WhetError.self) { try ToolDefinition(name, parameters: parameters) }
    }

    @Test("what is not known in a server's schema counts as a remark")
    func readsForeignSchemas() throws {
        let schema: JSONValue = [
            "type": "object", "x-order": 3,
            "properties": [
                "at": ["type": "string", "format": "uri-reference", "pattern": "(", "markdownDescription": "x"],
                "list": ["type": "array", "items": [["type": "string"]]],
                "size": ["type": "number", "minimum": 0, "exclusiveMinimum": true],
                "other": ["$ref": "https://example.org/schema"],
            ],
        ]
        #expect(throws: WhetError.self) { try ToolDefinition("t", parameters: schema) }
        let definition = try ToolDefinition("t", parameters: schema, origin: .foreign)
        #expect(try definition.mistake(in: ["at": "x", "list": ["y"], "size": 1, "other": 5]) == nil)
        #expect(try definition.mistake(in: ["size": 0]) != nil)
        #expect(try definition.mistake(in: ["list": [1]]) != nil)
        #expect(definition.parameters == schema)
    }

    @Test("a schema is not looked into without end")
    func boundsDepth() {
        var schema: JSONValue = ["type": "string"]
        for _ in 0..<300 { schema = ["not": schema] }
        #expect(throws: WhetError.self) { try ToolDefinition("t", parameters: ["properties": ["a": schema]]) }
    }

    @Test("the same call is the same text, however it is written")
    func canonical() throws {
        func text(_ arguments: String) throws -> String {
            Message.ToolCall(name: "f", arguments: try JSONValue(parsing: arguments)).canonicalText
        }
        #expect(try text(#"{"b": 1.0, "a": [1e2, {"z": null, "y": -0.0}]}"#) == #"f{"a":[100,{"y":0,"z":null}],"b":1}"#)
        #expect(try text(#"{"a": 1}"#) == text(#"{ "a" : 1.00 }"#))
        #expect(try text(#"{"a": 1}"#) != text(#"{"a": "1"}"#))
        #expect(try text(#"{"a": [1, 2]}"#) != text(#"{"a": [2, 1]}"#))
    }

    // MARK: YAML

    private static let format = YAMLFormat.environment

    private func list(_ yaml: String) throws -> [ToolDefinition] {
        try ToolDefinition.list(yaml: Self.format.tree(of: Data(yaml.utf8), file: "tools.yaml"))
    }

    @Test("tools are read out of YAML")
    func readsYAML() throws {
        let tools = try list(
            """
            - name: convert
              description: Converts a length.
              parameters:
                properties:
                  meters: {type: number, minimum: 0}
                required: [meters]
            - name: now
            """)
        #expect(tools.map(\.name) == ["convert", "now"])
        #expect(try tools[0].mistake(in: ["meters": -1]) != nil)
        #expect(try tools[1].mistake(in: [:]) == nil)
        #expect(tools[0].json["function"]?["parameters"]?["type"] == "object")
    }

    @Test(
        "mistakes in YAML are told with their line",
        arguments: [
            ("name: x", "tools.yaml:1:1"), ("- x", "tools.yaml:1:3"), ("- description: x", "tools.yaml:1:3"),
            ("- name: x\n  parametres: {}", "tools.yaml:2:3"), ("- name: a b", "tools.yaml:1:9"),
            ("- name: x\n  parameters:\n    properties:\n      a:\n        type: strnig", "tools.yaml:5:15"),
            ("- name: x\n- name: x", "tools.yaml:2:9"), ("- name: x\n  description: 3", "tools.yaml:2:16"),
        ])
    func placesMistakes(yaml: String, place: String) throws {
        let error = try #require(throws: WhetError.self) { try list(yaml) }
        #expect(error.place == place, "\(error)")
    }
}
