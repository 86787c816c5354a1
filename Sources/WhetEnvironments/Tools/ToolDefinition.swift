import WhetCore
import WhetYAML

/// What a policy is told of a tool: name, purpose, and a JSON schema of the arguments.
///
/// Keeps: the schema is an object's, and can be checked: what it says is either checked or was refused when it was
/// read, but for schemas of other people's servers, whose unknown keywords count as remarks.
public struct ToolDefinition: Sendable {
    public let name: String
    public let description: String
    /// JSON Schema, of type object, as it was given: the policy reads it.
    public let parameters: JSONValue
    private let schema: JSONSchema

    /// Who wrote the schema.
    public enum Origin: Sendable {
        /// The user of whet, who is told of every mistake.
        case ours
        /// Somebody else's server: what is not known is passed over.
        case foreign
    }

    /// - Parameters:
    ///   - parameters: null or empty for a tool without arguments.
    ///   - place: what errors call it; its name unless given.
    /// - Throws: `WhetError` for a name that models cannot write, and for a schema that is none.
    public init(
        _ name: String, _ description: String = "", parameters: JSONValue = .null, origin: Origin = .ours,
        at place: String? = nil
    ) throws {
        let place = place ?? "tool \(name.excerpt)"
        guard 1...128 ~= name.utf8.count, name.utf8.allSatisfy(\.isToolNameByte) else {
            throw WhetError(
                "\(name.excerpt) is no name for a tool", at: place,
                expected: "1 to 128 letters, digits, \"_\", \"-\", \".\" or \"/\"")
        }
        var members = parameters.object ?? [:]
        guard parameters.isNull || parameters.object != nil, ["object", nil].contains(members["type"]) else {
            throw WhetError(
                "the parameters of a tool are an object", at: "\(place), parameters",
                expected: #"{"type": "object", "properties": {…}}"#)
        }
        if members["type"] == nil { members.updateValue("object", forKey: "type", insertingAt: 0) }
        if members["properties"] == nil { members["properties"] = [:] }
        self.name = name
        self.description = description
        self.parameters = .object(members)
        var preparation = ToolSchemaPreparation(origin: origin)
        schema = try JSONSchema(
            try preparation.prepared(self.parameters, at: "\(place), parameters"), at: "\(place), parameters")
    }

    /// In OpenAI's form, which chat templates read.
    public var json: JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(name), "description": .string(description), "parameters": parameters,
            ],
        ]
    }

    /// Why arguments do not fit, in a sentence for the policy; nil: they do.
    ///
    /// - Throws: `WhetError` where the schema cannot be checked on them, such as one that goes round in circles.
    public func mistake(in arguments: JSONValue) throws -> String? {
        guard let members = arguments.object else { return "the arguments of \(name) are not a JSON object" }
        guard let mistake = try schema.mistake(in: arguments) else { return nil }
        let known = (parameters["properties"]?.object?.keys.elements ?? [])
        let isStrange = members.keys.first { !known.contains($0) }
        let nearest = isStrange.flatMap { $0.nearest(among: known.filter { members[$0] == nil }) }
        var sentence = "the arguments of \(name) are wrong: \(mistake)"
        if let isStrange, let nearest { sentence += "; did you mean \(nearest.excerpt) by \(isStrange.excerpt)?" }
        let required = (parameters["required"]?.array ?? []).compactMap(\.string)
        if !known.isEmpty {
            let list = known.map { required.contains($0) ? $0 : "\($0) (optional)" }
            sentence += ". It takes: \(list.joined(separator: ", "))"
        }
        return sentence
    }
}

extension ToolDefinition: Hashable {
    public static func == (one: ToolDefinition, other: ToolDefinition) -> Bool {
        one.name == other.name && one.description == other.description && one.parameters == other.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(description)
        hasher.combine(parameters)
    }
}

extension Message.ToolCall {
    /// The same text for calls that ask for the same: keys sorted, numbers written in one way (1 for 1.0 and 1e0).
    public var canonicalText: String { "\(name)\(arguments.canonical.text())" }
}

extension UInt8 {
    fileprivate var isToolNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./".utf8.contains(self)
        }
    }
}
