import WhetCore
import WhetYAML

extension ToolDefinition {
    /// Reads tools out of a YAML file: a list of `name`, `description` and `parameters`, the last a JSON schema.
    ///
    ///     - name: convert
    ///       description: Converts a length.
    ///       parameters:
    ///         properties:
    ///           meters: {type: number, minimum: 0}
    ///         required: [meters]
    ///
    /// - Parameter others: keys that a tool may have besides, which the caller reads.
    /// - Throws: `WhetError` with file, line and column of what is wrong.
    public static func list(yaml: YAMLTree, others: Set<String> = []) throws -> [ToolDefinition] {
        guard let elements = yaml.elements else {
            throw WhetError("the tools are no list", at: yaml.place.description, expected: "- name: …")
        }
        var names: Set<String> = []
        return try elements.map { element in
            let definition = try ToolDefinition(yaml: element, others: others)
            guard names.insert(definition.name).inserted else {
                throw WhetError(
                    "there are two tools \(definition.name.excerpt)", at: element.place(of: "name").description,
                    expected: "each name once")
            }
            return definition
        }
    }

    /// Reads one tool.
    public init(yaml: YAMLTree, others: Set<String> = []) throws {
        guard let members = yaml.members else {
            throw WhetError(
                "a tool is no mapping", at: yaml.place.description, expected: "name, description, parameters")
        }
        let keys = ["name", "description", "parameters"] + others.sorted()
        if let member = members.first(where: { !keys.contains($0.name) }) {
            throw WhetError.unknownName(
                member.name, kind: "key of a tool", among: keys, at: member.place.description)
        }
        guard let name = yaml["name"]?.value.string else {
            throw WhetError("a tool has no name", at: yaml.place(of: "name").description, expected: "name: …")
        }
        if let description = yaml["description"], description.value.string == nil {
            throw WhetError(
                "\(description.value.excerpt) is not possible here", at: description.place.description,
                expected: "a text")
        }
        let parameters = yaml["parameters"]
        do {
            try self.init(
                name, yaml["description"]?.value.string ?? "", parameters: parameters?.value ?? .null, at: "tool")
        } catch var error as WhetError {
            // "tool, parameters, properties, city": the way to what is wrong.
            let steps = (error.place ?? "").split(separator: ", ").dropFirst().map(String.init)
            error.place = yaml.place(at: steps.isEmpty ? ["name"] : steps).description
            throw error
        }
    }
}

extension YAMLTree {
    /// Where the value at the end of these steps stands, or the last of them that was written.
    fileprivate func place(at steps: [String]) -> YAMLPlace {
        var tree = self
        for step in steps {
            guard let next = tree[step] ?? Int(step).flatMap({ index in tree.elements?.dropFirst(index).first }) else {
                break
            }
            tree = next
        }
        return tree.place
    }
}
