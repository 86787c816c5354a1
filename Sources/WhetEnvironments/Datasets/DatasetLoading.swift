import Foundation
import WhetCore
import WhetYAML

/// Reads a declared dataset and checks every row; what is wrong is noted with file and line.
struct DatasetLoading {
    let declaration: DatasetDeclaration
    let levels: [Declaration.Level]
    /// The fields that templates and verifiers read.
    let needed: [DeclaredName]
    let environment: String
    let mistakes: YAMLMistakes
    /// `needed`, each name once, without those that a row may lack.
    private let required: [DeclaredName]
    private var rowMistakes: RowMistakes

    /// How deep a value may nest: what is deeper cannot be a template's variable.
    static let maximumDepth = 64

    init(
        _ declaration: DatasetDeclaration, levels: [Declaration.Level], needed: [DeclaredName], environment: String,
        mistakes: YAMLMistakes
    ) {
        self.declaration = declaration
        self.levels = levels
        self.needed = needed
        self.environment = environment
        self.mistakes = mistakes
        var seen = Set(Declaration.alwaysKnown)
        required = needed.filter { !declaration.optional.contains($0.name) && seen.insert($0.path ?? $0.name).inserted }
        rowMistakes = RowMistakes(file: declaration.shownPath)
    }

    /// nil where a mistake was noted.
    mutating func dataset() -> Dataset? {
        let before = mistakes.count
        guard var rows = read() else { return nil }
        if rows.isEmpty, rowMistakes.isEmpty {
            mistakes.note("the dataset \(declaration.shownPath) has no rows", "dataset.file", at: declaration.place)
        } else if !rows.isEmpty {
            checkColumns(of: rows)
            guard mistakes.count == before else { return nil }
            // The level may stand in a column that `fields` leaves out.
            let levelValues = declaration.level.map { level in rows.map { level.value(in: .object($0.fields)) } }
            for index in rows.indices { prepare(&rows[index]) }
            let isUsed = rows.map { self.isUsed($0) }
            let members = self.members(rows, isUsed, levelValues)
            if rowMistakes.isEmpty, checkLevels(members, isUsed) {
                return Dataset(rows: rows, levels: members, environment: environment)
            }
        }
        for error in rowMistakes.all { mistakes.note(elsewhere: error) }
        return nil
    }

    // MARK: Reading

    private mutating func read() -> [DatasetRow]? {
        do {
            if declaration.format == .sqlite {
                try checkExists()
                return try SQLiteReading.rows(
                    of: declaration.file, shownPath: declaration.shownPath, query: declaration.query ?? "", &rowMistakes
                )
            }
            try checkExists()
            let data = try Data(contentsOf: declaration.file, options: .mappedIfSafe)
            return declaration.format == .jsonLines
                ? JSONLinesReading.rows(of: data, &rowMistakes)
                : CSVReading.rows(
                    of: data, separator: declaration.format == .csv ? UInt8(ascii: ",") : UInt8(ascii: "\t"),
                    &rowMistakes)
        } catch let error as WhetError {
            mistakes.note(
                error, declaration.format == .sqlite && error.place != nil ? "dataset.query" : "dataset.file",
                at: declaration.place)
        } catch {
            mistakes.note(
                "the dataset cannot be read: \(error.systemWords)", "dataset.file", at: declaration.place)
        }
        return nil
    }

    private func checkExists() throws {
        var isFolder: ObjCBool = false
        let files = FileManager.default
        guard files.fileExists(atPath: declaration.file.path, isDirectory: &isFolder) else {
            let neighbors =
                (try? files.contentsOfDirectory(atPath: declaration.file.deletingLastPathComponent().path)) ?? []
            throw WhetError(
                "there is no file \(declaration.shownPath)", expected: "a path from the YAML file's folder",
                suggestion: declaration.file.lastPathComponent.nearest(among: neighbors.sorted()))
        }
        if isFolder.boolValue { throw WhetError("\(declaration.shownPath) is a folder", expected: "a file") }
    }

    // MARK: Columns

    /// Names that no row has are mistakes of the YAML file, not of the rows.
    private func checkColumns(of rows: [DatasetRow]) {
        var columns: Set<String> = []
        for row in rows { columns.formUnion(row.fields.keys) }
        let names = columns.sorted()
        func check(_ path: FieldPath, _ key: String) {
            guard !rows.contains(where: { path.value(in: .object($0.fields)) != nil }) else { return }
            mistakes.note(
                "no row has a column \"\(path)\"", key, at: declaration.place,
                expected: "one of \(names.joined(separator: ", "))",
                suggestion: path.description.nearest(among: names))
        }
        for field in declaration.fields where !declaration.optional.contains(field.name) {
            check(field.column, "dataset.fields.\(field.name)")
        }
        if let level = declaration.level { check(level, "dataset.level") }
        let known = (declaration.fields.isEmpty ? columns : Set(declaration.fields.map(\.name)))
            .union(declaration.optional).sorted()
        for name in declaration.types.keys.sorted() where !known.contains(name) {
            mistakes.note(
                "there is no field \"\(name)\"", "dataset.types.\(name)", at: declaration.place,
                expected: "one of \(known.joined(separator: ", "))", suggestion: name.nearest(among: known))
        }
        mistakes.check(needed, known: known + Declaration.alwaysKnown, are: "field")
        mistakes.check(declaration.filter?.names ?? [], known: known, are: "field")
        for level in levels { mistakes.check(level.filter?.names ?? [], known: known, are: "field") }
    }

    // MARK: Rows

    /// Takes the fields that are wanted, in their types.
    private mutating func prepare(_ row: inout DatasetRow) {
        if !declaration.fields.isEmpty {
            let whole = JSONValue.object(row.fields)
            row.fields = [:]
            for field in declaration.fields { row.fields[field.name] = field.column.value(in: whole) }
        }
        for name in declaration.optional.sorted() where row.fields[name] == nil { row.fields[name] = .null }
        for (name, type) in declaration.types {
            guard let value = row.fields[name], !value.isNull else { continue }
            if let read = type.read(value) {
                row.fields[name] = read
            } else {
                rowMistakes.note("\(name): this is \(value.inWords)", line: row.line, expected: type.expectation)
            }
        }
        for name in required {
            let path = name.path ?? name.name
            guard FieldPath(path).value(in: .object(row.fields))?.isNull ?? true else { continue }
            rowMistakes.note(
                "the row has no \"\(path)\"", line: row.line,
                expected: "a value, because \(name.origin.key) reads it; else dataset.optional: [\(name.name)]",
                suggestion: path.nearest(among: row.fields.keys.filter { $0 != path }))
        }
        if row.fields.values.contains(where: { $0.isDeeper(than: Self.maximumDepth) }) {
            rowMistakes.note(
                "the row is nested too deep", line: row.line, expected: "at most \(Self.maximumDepth) levels")
        }
    }

    private mutating func isUsed(_ row: DatasetRow) -> Bool {
        guard let filter = declaration.filter else { return true }
        return holds(filter, for: row)
    }

    private mutating func holds(_ expression: DeclaredExpression, for row: DatasetRow) -> Bool {
        do { return try expression.flag(row.fields) } catch {
            rowMistakes.note((error as? WhetError)?.problem ?? "\(error)", line: row.line)
            return false
        }
    }

    // MARK: Levels

    /// The rows of each level.
    private mutating func members(
        _ rows: [DatasetRow], _ isUsed: [Bool], _ levelValues: [JSONValue?]?
    ) -> [[Int32]] {
        var members = [[Int32]](repeating: [], count: levels.count)
        for (index, row) in rows.enumerated() where isUsed[index] {
            if let value = levelValues?[index] {
                if let level = level(value) {
                    members[level].append(Int32(index))
                } else {
                    let names = levels.compactMap(\.name)
                    let orNames = names.isEmpty ? "" : " or one of \(names.joined(separator: ", "))"
                    rowMistakes.note(
                        "there is no level \(value.inWords)", line: row.line,
                        expected: "0 to \(levels.count - 1)\(orNames)", suggestion: value.string?.nearest(among: names))
                }
            } else if declaration.level != nil {
                rowMistakes.note(
                    "the row has no level", line: row.line,
                    expected: "a value of \(declaration.level?.description ?? "")")
            } else {
                for (level, declared) in levels.enumerated()
                where declared.filter.map({ holds($0, for: row) }) ?? true { members[level].append(Int32(index)) }
            }
        }
        return members
    }

    private func level(_ value: JSONValue) -> Int? {
        if let name = value.string, let index = levels.firstIndex(where: { $0.name == name }) { return index }
        guard let number = value.integer ?? value.string.flatMap({ Int($0) }), levels.indices.contains(number) else {
            return nil
        }
        return number
    }

    private func checkLevels(_ members: [[Int32]], _ isUsed: [Bool]) -> Bool {
        guard isUsed.contains(true) else {
            mistakes.note(
                "no row of \(declaration.shownPath) fulfils dataset.where", "dataset.where", at: declaration.place)
            return false
        }
        for (level, rows) in members.enumerated() where rows.isEmpty {
            let origin = levels[level].origin
            let name = levels[level].name.map { " (\($0))" } ?? ""
            mistakes.note("no row belongs to level \(level)\(name)", origin.key, at: origin.place)
        }
        return !members.contains(where: \.isEmpty)
    }
}

extension JSONValue {
    func isDeeper(than depth: Int) -> Bool {
        switch self {
        case .array(let elements): depth == 0 || elements.contains { $0.isDeeper(than: depth - 1) }
        case .object(let members): depth == 0 || members.values.contains { $0.isDeeper(than: depth - 1) }
        default: false
        }
    }
}
