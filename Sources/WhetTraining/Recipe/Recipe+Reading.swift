import Foundation
import WhetCore
import WhetYAML

extension Recipe {
    /// Reads and checks a recipe file.
    ///
    /// - Parameters:
    ///   - overrides: what follows `--set`: `a.b=value`, applied in order.
    ///   - catalog: the names that the recipe may use.
    /// - Throws: `RecipeError` with every mistake; `WhetError` when the file cannot be read.
    public static func load(from path: String, overrides: [String] = [], catalog: RecipeCatalog) throws -> Recipe {
        let file = URL(filePath: path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory) else {
            let folder = file.deletingLastPathComponent()
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            throw WhetError(
                "there is no such recipe", at: path, expected: "a YAML file, such as recipes/quickstart.yaml",
                suggestion: file.lastPathComponent.nearest(among: names))
        }
        guard !isDirectory.boolValue else {
            throw WhetError("this is a folder, not a recipe", at: path, expected: "a YAML file")
        }
        let data: Data
        do { data = try YAMLFormat.data(of: file) } catch {
            throw WhetError("the recipe cannot be read", at: path, because: error)
        }
        var recipe = try Recipe(yaml: data, file: path, overrides: overrides, catalog: catalog)
        if recipe.run.name == nil { recipe.run.name = file.deletingPathExtension().lastPathComponent }
        return recipe
    }

    /// Reads and checks a recipe's text.
    ///
    /// - Parameter file: what mistakes call it.
    /// - Throws: `RecipeError` with every mistake.
    public init(yaml text: String, file: String = "recipe", overrides: [String] = [], catalog: RecipeCatalog) throws {
        try self.init(yaml: Data(text.utf8), file: file, overrides: overrides, catalog: catalog)
    }

    init(yaml data: Data, file: String, overrides: [String], catalog: RecipeCatalog) throws {
        var tree: YAMLTree
        do { tree = try YAMLFormat.recipe.tree(of: data, file: file) } catch {
            throw RecipeError([RecipeMistake(error)])
        }
        tree.expandNames()
        for override in overrides {
            try tree.apply(override: override)
            tree.expandNames()
        }
        var checker = RecipeChecker()
        var resolved = checker.section(tree, keys: RecipeSchema.keys)
        resolved.fillArchitecture()
        resolved.fillCollection(catalog)
        let recipe = try Recipe(json: .object(resolved))
        let mistakes =
            checker.mistakes
            + recipe.impossibleCombinations(
                catalog: catalog, wrongKeys: checker.mistakes.map(\.key), tree: tree)
        guard mistakes.isEmpty else {
            throw RecipeError(mistakes.sorted { $0.place.isBefore($1.place) })
        }
        self = recipe
    }

    private func impossibleCombinations(
        catalog: RecipeCatalog, wrongKeys: [String], tree: YAMLTree
    ) -> [RecipeMistake] {
        RecipeCombination.all
            .filter { combination in
                !combination.keys.contains { key in wrongKeys.contains { $0.isWithin(key) || key.isWithin($0) } }
            }
            .flatMap { combination in
                combination.findings(self, catalog).map { finding in
                    let key = finding.key ?? combination.keys[0]
                    return RecipeMistake(
                        finding.problem, key: key, at: tree.place(ofKey: key), expected: finding.expected,
                        suggestion: finding.suggestion)
                }
            }
    }
}

extension Recipe {
    /// The recipe with every key, in the schema's order: what the store keeps.
    public var json: JSONValue {
        get throws { RecipeSchema.keyed(try JSONValue(encoding: self)) }
    }

    /// Reads a recipe back that `json` wrote, without checking it again: the run has started from it.
    ///
    /// - Throws: `WhetError` that names a key which is missing or of the wrong type.
    public init(json: JSONValue) throws { self = try RecipeSchema.properties(json).decoded(as: Recipe.self) }
}

extension JSONObject {
    /// A new model has an architecture, whether or not one was given.
    fileprivate mutating func fillArchitecture() {
        guard case .object(var policy)? = self["policy"], policy["model"] == "new", policy["architecture"] == .null
        else { return }
        policy["architecture"] = .object(RecipeSchema.defaults(of: RecipeSchema.architecture))
        self["policy"] = .object(policy)
    }
}

extension JSONObject {
    /// Groups and prompts that the recipe left to its algorithm.
    fileprivate mutating func fillCollection(_ catalog: RecipeCatalog) {
        guard case .object(var rollout)? = self["rollout"] else { return }
        let defaults = catalog.collection(self["algorithm"]?["name"]?.string ?? "")
        let filled: [(String, Int?)] = [
            ("groups_per_step", defaults.groupsPerStep), ("group_size", defaults.groupSize),
            ("prompts", defaults.prompts),
        ]
        for (name, value) in filled where rollout[name] == .null {
            rollout[name] = value.map(JSONValue.integer) ?? .null
        }
        self["rollout"] = .object(rollout)
    }
}

extension String {
    /// Whether this dotted key is `other` or below it; every key is below the empty one.
    fileprivate func isWithin(_ other: String) -> Bool { other.isEmpty || self == other || hasPrefix("\(other).") }
}
