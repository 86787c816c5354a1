import Foundation
import WhetCore
import WhetYAML

/// Where problems come from, and their levels.
extension DeclarationReader {
    /// A level with what it draws otherwise, before the variables are known.
    struct DeclaredLevel {
        var level: Declaration.Level
        var variables: YAMLTree?
        var path: String
    }

    static let mostLevels = 1_000

    func levels() -> [DeclaredLevel] {
        func plain(_ tree: YAMLTree, _ index: Int) -> DeclaredLevel {
            let path = "levels.\(index)"
            return DeclaredLevel(level: Declaration.Level(origin: origin(path, tree.place)), path: path)
        }
        guard let tree = section["levels"] else { return [plain(section.tree, 0)] }
        if let count = tree.value.integer, 1...Self.mostLevels ~= count { return (0..<count).map { plain(tree, $0) } }
        guard let elements = tree.elements, 1...Self.mostLevels ~= elements.count else {
            let _: Int? = section.wrong(
                tree, "levels", expected: "how many there are (1 to \(Self.mostLevels)), or a list of names or mappings"
            )
            return [plain(tree, 0)]
        }
        let levels = elements.enumerated().map { index, tree in
            var level = plain(tree, index)
            if case .string(let name) = tree.value {
                level.level.name = name
            } else if !tree.isNull,
                let inner = YAMLSection(tree, level.path, keys: DeclarationSchema.level, mistakes)
            {
                level.level.name = inner.text("name")
                level.level.filter = inner["where"].flatMap {
                    DeclaredExpression($0, inner.path(of: "where"), mistakes)
                }
                level.variables = inner["variables"]
            }
            return level
        }
        var names: Set<String> = []
        for level in levels {
            guard let name = level.level.name, !names.insert(name).inserted else { continue }
            mistakes.note("two levels are called \"\(name)\"", level.path, at: level.level.origin.place)
        }
        return levels
    }

    /// nil where a mistake was noted.
    func problems(_ levels: [DeclaredLevel]) -> Declaration.Source? {
        switch (section["dataset"], section["variables"]) {
        case (let dataset?, nil):
            for level in levels where level.variables != nil {
                mistakes.note("a dataset has no variables", level.path, at: level.level.origin.place, expected: "where")
            }
            if let require = section["require"] {
                mistakes.note(
                    "a dataset has no draws to require something of", "require", at: require.place,
                    expected: "dataset.where")
            }
            return self.dataset(dataset, levels).map(Declaration.Source.dataset)
        case (nil, let variables?): return generator(variables, levels).map(Declaration.Source.generator)
        case (nil, nil): section.missing("dataset", expected: "dataset, or variables to draw problems from")
        case (_, let variables?):
            mistakes.note(
                "dataset and variables are both given", "variables", at: variables.place, expected: "one of the two")
        }
        return nil
    }

    // MARK: Generator

    private func generator(_ tree: YAMLTree, _ levels: [DeclaredLevel]) -> DeclaredGenerator? {
        guard let members = tree.members, !members.isEmpty else {
            return section.wrong(tree, "variables", expected: "a mapping of names, such as a: {integer: [1, 9]}")
        }
        var names = Declaration.alwaysKnown
        let variables = members.compactMap { member in
            let variable = DeclaredVariable(member, "variables", mistakes)
            mistakes.check(variable?.names ?? [], known: names, are: "variable above this one")
            names.append(member.name)
            return variable
        }
        for level in levels where level.level.filter != nil {
            mistakes.note(
                "variables have no rows to choose from", level.path, at: level.level.origin.place, expected: "variables"
            )
        }
        let overrides = levels.map { self.overrides(of: $0, members.map(\.name)) }
        let isList = section["require"]?.elements != nil
        let requirements = (section.list("require") ?? []).enumerated().compactMap { index, tree in
            DeclaredExpression(tree, isList ? "require.\(index)" : "require", mistakes)
        }
        mistakes.check(requirements.flatMap(\.names), known: names, are: "variable")
        return DeclaredGenerator(variables: variables, overrides: overrides, requirements: requirements)
    }

    private func overrides(of level: DeclaredLevel, _ names: [String]) -> [String: DeclaredVariable] {
        guard let tree = level.variables else { return [:] }
        let path = level.path.dotted("variables")
        guard let members = tree.members else {
            mistakes.note("this is \(tree.value.inWords)", path, at: tree.place, expected: "a mapping of names")
            return [:]
        }
        var overrides: [String: DeclaredVariable] = [:]
        for member in members {
            guard let index = names.firstIndex(of: member.name) else {
                mistakes.note(
                    "there is no variable \"\(member.name)\" to draw otherwise", path, at: member.place,
                    expected: "one of \(names.joined(separator: ", "))", suggestion: member.name.nearest(among: names))
                continue
            }
            let variable = DeclaredVariable(member, path, mistakes)
            mistakes.check(
                variable?.names ?? [], known: Declaration.alwaysKnown + names[..<index], are: "variable above this one")
            overrides[member.name] = variable
        }
        return overrides
    }

    // MARK: Dataset

    private func dataset(_ tree: YAMLTree, _ levels: [DeclaredLevel]) -> DatasetDeclaration? {
        guard let inner = YAMLSection(tree, "dataset", keys: DeclarationSchema.dataset, mistakes) else {
            return nil
        }
        let types = types(inner)
        let fields = fields(inner)
        let optional = Set(inner.texts("optional") ?? [])
        let filter = inner["where"].flatMap { DeclaredExpression($0, "dataset.where", mistakes) }
        let column = inner.text("level")
        if column != nil, section["levels"] == nil {
            mistakes.note(
                "rows have levels, but there is no telling how many", "dataset.level",
                at: inner["level"]?.place ?? tree.place,
                expected: "levels: a number, or a list of the levels' names")
        }
        if levels.count > 1, column == nil, levels.contains(where: { $0.level.filter == nil }) {
            mistakes.note(
                "nothing says which rows belong to which level", "levels", at: section["levels"]?.place ?? tree.place,
                expected: "dataset.level, or where for each level")
        }
        if column != nil, let level = levels.first(where: { $0.level.filter != nil }) {
            mistakes.note(
                "dataset.level says already which rows belong here", level.path, at: level.level.origin.place,
                expected: "one of the two")
        }
        guard let path = inner.text("file") else {
            if inner["file"] == nil { inner.missing("file", expected: "a path, such as data/rows.jsonl") }
            return nil
        }
        let url = URL(filePath: path, relativeTo: file.deletingLastPathComponent())
        let format = inner.choice("format", DatasetFormat.self) ?? DatasetFormat(pathExtension: url.pathExtension)
        let place = inner["file"]?.place ?? tree.place
        guard let format else {
            if inner["format"] == nil {
                mistakes.note(
                    "its ending does not say how the file is written", "dataset.file", at: place,
                    expected: "format: one of \(DatasetFormat.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return nil
        }
        let query = inner.text("query")
        if format == .sqlite, inner["query"] == nil {
            inner.missing("query", expected: "a SELECT, such as SELECT question, answer FROM problems ORDER BY id")
        }
        if format != .sqlite, let tree = inner["query"] {
            mistakes.note("only a database has a query", "dataset.query", at: tree.place, expected: "where")
        }
        return DatasetDeclaration(
            file: url, shownPath: shown(path), format: format, query: query, fields: fields, types: types,
            optional: optional, level: column.map { FieldPath($0) }, filter: filter, place: place)
    }

    /// The dataset's path as a person would follow it from where the YAML file's is shown.
    private func shown(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = mistakes.file.lastIndex(of: "/") else { return path }
        return mistakes.file[...slash] + path
    }

    private func fields(_ inner: YAMLSection) -> [(name: String, column: FieldPath)] {
        guard let tree = inner["fields"] else { return [] }
        if tree.elements != nil { return (inner.texts("fields") ?? []).map { ($0, FieldPath($0)) } }
        guard let members = tree.members else {
            let _: Int? = inner.wrong(tree, "fields", expected: "a mapping of names to columns, or a list of columns")
            return []
        }
        return members.compactMap { member in
            guard let column = member.value.value.string, !column.isEmpty else {
                return inner.wrong(member.value, "fields.\(member.name)", expected: "a column")
            }
            return (member.name, FieldPath(column))
        }
    }

    private func types(_ inner: YAMLSection) -> [String: DatasetColumnType] {
        guard let tree = inner["types"] else { return [:] }
        guard
            let types = YAMLSection(
                tree, "dataset.types", keys: (tree.members ?? []).map { DeclaredKey($0.name, "", "") }, mistakes)
        else { return [:] }
        var result: [String: DatasetColumnType] = [:]
        for member in tree.members ?? [] { result[member.name] = types.choice(member.name, DatasetColumnType.self) }
        return result
    }
}
