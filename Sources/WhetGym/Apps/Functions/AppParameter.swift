import WhetCore

/// A parameter of a function.
struct AppParameter: Sendable {
    let name: String
    let schema: JSONValue
    let isRequired: Bool

    /// How many entries of a list a function gives at a time unless it is asked for more, and at most.
    static let pageSize = 5
    static let largestPage = 20

    private init(_ name: String, _ about: String, _ members: JSONObject, isOptional: Bool) {
        var schema = members
        schema["description"] = .string(about)
        self.name = name
        self.schema = .object(schema)
        isRequired = !isOptional
    }

    static func text(_ name: String, _ about: String, length: Int = 500, isOptional: Bool = false) -> AppParameter {
        AppParameter(name, about, ["type": "string", "maxLength": .integer(length)], isOptional: isOptional)
    }

    static func choice(
        _ name: String, _ about: String, of choices: [String], isOptional: Bool = false
    ) -> AppParameter {
        let list = JSONValue.array(choices.map(JSONValue.string))
        return AppParameter(name, about, ["type": "string", "enum": list], isOptional: isOptional)
    }

    static func integer(
        _ name: String, _ about: String, in range: ClosedRange<Int>? = nil, isOptional: Bool = false
    ) -> AppParameter {
        var members: JSONObject = ["type": "integer"]
        if let range {
            members["minimum"] = .integer(range.lowerBound)
            members["maximum"] = .integer(range.upperBound)
        }
        return AppParameter(name, about, members, isOptional: isOptional)
    }

    static func number(_ name: String, _ about: String, isOptional: Bool = false) -> AppParameter {
        AppParameter(name, about, ["type": "number"], isOptional: isOptional)
    }

    static func bool(_ name: String, _ about: String, isOptional: Bool = false) -> AppParameter {
        AppParameter(name, about, ["type": "boolean"], isOptional: isOptional)
    }

    /// A list of texts.
    static func texts(
        _ name: String, _ about: String, count: ClosedRange<Int> = 0...30, isOptional: Bool = false
    ) -> AppParameter {
        AppParameter(
            name, about,
            [
                "type": "array", "items": ["type": "string", "maxLength": 200],
                "minItems": .integer(count.lowerBound), "maxItems": .integer(count.upperBound),
            ], isOptional: isOptional)
    }

    /// Of every function that gives a list.
    static let paging: [AppParameter] = [
        .integer("page_index", "which page, from 0", in: 0...1_000_000, isOptional: true),
        .integer(
            "page_limit", "entries on a page; \(pageSize) unless given", in: 1...largestPage, isOptional: true),
    ]
}

extension [AppParameter] {
    /// A JSON schema of an object.
    var schema: JSONValue {
        [
            "type": "object",
            "properties": .object(JSONObject(uniqueKeysWithValues: map { ($0.name, $0.schema) })),
            "required": .array(filter(\.isRequired).map { .string($0.name) }), "additionalProperties": false,
        ]
    }
}
