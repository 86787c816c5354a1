import WhetCore

/// Makes JSON Schemas as tools have them into what `JSONSchema` reads.
///
/// OpenAPI's `nullable` becomes a type. In other people's schemas, what is not known counts as a remark, as the
/// standard has it (draft 2020-12, section 4.3.1), and what older drafts wrote otherwise is rewritten.
struct ToolSchemaPreparation {
    let origin: ToolDefinition.Origin
    private var nodes = 0
    private static let maximumNodes = 10_000
    private static let maximumDepth = 100

    private static let checked: Set<String> = [
        "type", "enum", "const", "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "minProperties",
        "maxProperties", "propertyNames", "dependentRequired", "properties", "patternProperties",
        "additionalProperties", "prefixItems", "items", "contains", "minContains", "maxContains", "$ref", "allOf",
        "anyOf", "oneOf", "not", "if", "then", "else", "$defs", "definitions",
    ]
    private static let single: Set<String> = [
        "additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else",
    ]
    private static let named: Set<String> = ["properties", "patternProperties", "$defs", "definitions"]
    private static let listed: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]

    init(origin: ToolDefinition.Origin) { self.origin = origin }

    /// - Throws: `WhetError` for a schema that is too large.
    mutating func prepared(_ schema: JSONValue, at place: String, depth: Int = 0) throws -> JSONValue {
        nodes += 1
        guard nodes <= Self.maximumNodes, depth <= Self.maximumDepth else {
            throw WhetError(
                "the schema is too large", at: place,
                expected: "at most \(Self.maximumNodes) parts, \(Self.maximumDepth) levels deep")
        }
        guard var members = schema.object else { return schema }
        if origin == .foreign { modernize(&members) }
        for (key, value) in members {
            let place = "\(place), \(key)"
            if Self.single.contains(key) {
                members[key] = try prepared(value, at: place, depth: depth + 1)
            } else if Self.listed.contains(key), let elements = value.array {
                members[key] = .array(try elements.map { try prepared($0, at: place, depth: depth + 1) })
            } else if Self.named.contains(key), let inner = value.object {
                var schemas: JSONObject = [:]
                for (name, schema) in inner {
                    schemas[name] = try prepared(schema, at: "\(place), \(name)", depth: depth + 1)
                }
                members[key] = .object(schemas)
            }
        }
        guard let nullable = members.removeValue(forKey: "nullable") else { return .object(members) }
        guard let isNullable = nullable.bool else {
            throw WhetError(
                "\(nullable.excerpt) is not possible here", at: "\(place), nullable", expected: "true or false")
        }
        return isNullable ? ["anyOf": [.object(members), ["type": "null"]]] : .object(members)
    }

    /// What other people's schemas say, as far as it is understood.
    private func modernize(_ members: inout JSONObject) {
        for key in members.keys where !Self.checked.contains(key) && key != "nullable" { members[key] = nil }
        if members["items"]?.array != nil { members["prefixItems"] = members.removeValue(forKey: "items") }
        for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            guard let isExclusive = members[flag]?.bool else { continue }
            members[flag] = isExclusive ? members.removeValue(forKey: bound) : nil
        }
        if let format = members["format"], format.string.flatMap(JSONSchemaFormat.init(rawValue:)) == nil {
            members["format"] = nil
        }
        if let pattern = members["pattern"], pattern.string.map({ (try? Pattern($0, at: "")) == nil }) ?? true {
            members["pattern"] = nil
        }
        if let reference = members["$ref"]?.string, reference != "#", !reference.hasPrefix("#/") {
            members["$ref"] = nil
        }
        if members["contains"] == nil { (members["minContains"], members["maxContains"]) = (nil, nil) }
        if members["if"] == nil { (members["then"], members["else"]) = (nil, nil) }
        for key in Self.listed where members[key]?.array?.isEmpty == true { members[key] = nil }
    }
}
