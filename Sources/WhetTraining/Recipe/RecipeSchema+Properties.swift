import WhetCore

/// Between a recipe's keys, as people write them, and the properties of `Recipe`, as `Codable` names them.
extension RecipeSchema {
    /// What `Recipe` is encoded as, under the keys' names and in the schema's order; what `Codable` leaves out is null.
    static func keyed(_ value: JSONValue, by keys: [RecipeKey] = keys) -> JSONValue {
        converted(value, by: keys) { object, key in (key.name, object[key.property] ?? .null) }
    }

    /// The other way round.
    ///
    /// - Throws: `WhetError` that names a key which is missing, as in a recipe that an older whet has stored.
    static func properties(_ value: JSONValue, by keys: [RecipeKey] = keys) throws -> JSONValue {
        try converted(value, by: keys) { object, key in
            if let member = object[key.name] { return (key.property, member) }
            if case .optional = key.kind { return (key.property, .null) }
            throw WhetError("the key \"\(key.name)\" is missing")
        }
    }

    private static func converted<Failure: Error>(
        _ value: JSONValue, by keys: [RecipeKey],
        member: (JSONObject, RecipeKey) throws(Failure) -> (name: String, value: JSONValue)
    ) throws(Failure) -> JSONValue {
        guard let object = value.object else { return value }
        var result: JSONObject = [:]
        for key in keys {
            let (name, value) = try member(object, key)
            guard let inner = key.kind.keys else {
                result[name] = value
                continue
            }
            if let elements = value.array {
                var converted: [JSONValue] = []
                for element in elements { converted.append(try self.converted(element, by: inner, member: member)) }
                result[name] = .array(converted)
            } else {
                result[name] = try converted(value, by: inner, member: member)
            }
        }
        return .object(result)
    }
}
