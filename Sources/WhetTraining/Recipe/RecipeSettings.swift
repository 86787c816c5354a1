import WhetCore

/// Settings whose keys somebody else knows: an environment's options, an algorithm's settings.
///
/// Keeps: keys are sorted at every level, so that equal settings are equal values whatever order they were written in.
public struct RecipeSettings: Hashable, Sendable, Codable {
    public let values: JSONObject

    public init(_ values: JSONObject) { self.values = values.sortedByKey }

    public init() { self.init([:]) }

    public init(from decoder: any Decoder) throws {
        guard let object = try AnyJSON(from: decoder).value.object else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "settings are not an object"))
        }
        self.init(object)
    }

    public func encode(to encoder: any Encoder) throws { try AnyJSON(value: .object(values)).encode(to: encoder) }
}

extension JSONObject {
    fileprivate var sortedByKey: JSONObject {
        JSONObject(uniqueKeysWithValues: sorted { $0.key < $1.key }.map { ($0.key, $0.value.sortedByKey) })
    }
}

extension JSONValue {
    fileprivate var sortedByKey: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sortedByKey))
        case .object(let object): .object(object.sortedByKey)
        // JSON has one kind of number: 1.0 comes back from the store as 1.
        case .number(let number): Int(exactly: number).map(JSONValue.integer) ?? self
        default: self
        }
    }
}

/// Any JSON through `Codable`.
private struct AnyJSON: Codable {
    let value: JSONValue

    init(value: JSONValue) { self.value = value }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: Key.self) {
            value = .object(
                JSONObject(
                    uniqueKeysWithValues: try keyed.allKeys.map {
                        ($0.stringValue, try keyed.decode(AnyJSON.self, forKey: $0).value)
                    }))
            return
        }
        if var unkeyed = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !unkeyed.isAtEnd { elements.append(try unkeyed.decode(AnyJSON.self).value) }
            value = .array(elements)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let flag = try? single.decode(Bool.self) {
            value = .bool(flag)
        } else if let number = try? single.decode(Int.self) {
            value = .integer(number)
        } else if let number = try? single.decode(Double.self) {
            value = .number(number)
        } else {
            value = .string(try single.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let object):
            var container = encoder.container(keyedBy: Key.self)
            for (key, member) in object { try container.encode(AnyJSON(value: member), forKey: Key(stringValue: key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(AnyJSON(value: element)) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let flag): try single(flag, encoder)
        case .integer(let number): try single(number, encoder)
        case .number(let number): try single(number, encoder)
        case .string(let text): try single(text, encoder)
        }
    }

    private func single(_ value: some Encodable, _ encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
