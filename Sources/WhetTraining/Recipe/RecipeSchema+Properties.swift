import WhetCore
import WhetYAML

/// Between a recipe's keys, as people write them, and the properties of `Recipe`, as `Codable` names them.
extension RecipeSchema {
    /// What `Recipe` is encoded as, under the keys' names and in the schema's order; what `Codable` leaves out is null.
    static func keyed(_ value: JSONValue, by keys: [RecipeKey] = keys) -> JSONValue {
        guard let object = value.object else { return value }
        var result: JSONObject = [:]
        for key in keys {
            let member = object[key.property] ?? .null
            result[key.name] = member.mapped(below: key) { inner, keys, _ in keyed(inner, by: keys) }
        }
        return .object(result)
    }

    /// The other way round.
    ///
    /// - Throws: `WhetError` that names a key which is missing, as in a recipe that an older whet has stored.
    static func properties(_ value: JSONValue, by keys: [RecipeKey] = keys, path: String = "") throws -> JSONValue {
        guard let object = value.object else { return value }
        var result: JSONObject = [:]
        for key in keys {
            guard let member = object[key.name] else {
                if case .optional = key.kind { continue }
                throw WhetError("the key \"\(key.name)\" is missing", at: path.isEmpty ? nil : path)
            }
            result[key.property] = try member.mapped(below: key) { inner, keys, index in
                let own = path.dotted(key.name)
                return try properties(inner, by: keys, path: index.map { own.dotted("\($0)") } ?? own)
            }
        }
        return .object(result)
    }

    /// The keys by which people know a path of properties: rollout.groupSize is rollout.group_size.
    static func path(ofProperties path: String) -> String {
        var keys = RecipeSchema.keys
        return path.split(separator: ".").map { part in
            guard Int(part) == nil, let key = keys.first(where: { $0.property == part }) else { return String(part) }
            keys = key.kind.keys ?? []
            return key.name
        }.joined(separator: ".")
    }
}

extension JSONValue {
    /// With what is below a key converted: a section, or each of a list of sections, whose index is told.
    fileprivate func mapped(
        below key: RecipeKey, _ convert: (JSONValue, [RecipeKey], Int?) throws -> JSONValue
    ) rethrows -> JSONValue {
        guard let keys = key.kind.keys else { return self }
        guard let elements = array else { return try convert(self, keys, nil) }
        return .array(try elements.enumerated().map { try convert($1, keys, $0) })
    }
}
