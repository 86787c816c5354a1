import Foundation
import WhetCore
import Yams

// Keeps: whatever the bytes are, reading ends with a tree or a `RecipeError`, in bounded time, memory and stack.

/// Reads YAML 1.2's core schema into a `RecipeTree`: `yes`, `on` and `0o7` are text, as they look.
enum RecipeParsing {
    /// No recipe is near these; a file that is was named by mistake.
    static let maximumBytes = 1 << 20
    static let maximumDepth = 32
    static let maximumValues = 20_000

    static func tree(of data: Data, file: String) throws(RecipeError) -> RecipeTree {
        func mistake(_ problem: String, line: Int = 1, column: Int = 1, expected: String? = nil) -> RecipeError {
            RecipeError([
                RecipeMistake(problem, key: "", at: .file(line: line, column: column), in: file, expected: expected)
            ])
        }
        guard data.count <= maximumBytes else {
            throw mistake("the file has \(data.count) bytes", expected: "a recipe of at most \(maximumBytes) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            let line = 1 + (lines(of: data).firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
            throw mistake("the file is not UTF-8 text", line: line, expected: "a recipe in YAML, saved as UTF-8")
        }
        if let line = text.firstLineNested(deeperThan: maximumDepth) {
            throw mistake("the recipe is nested too deep", line: line, expected: "at most \(maximumDepth) levels")
        }
        let root: Node?
        do {
            root = try compose(yaml: text, .default, .default, .utf8)
        } catch {
            throw RecipeError([RecipeMistake(yaml: error, text: text, file: file)])
        }
        guard let root, !root.isEmptyDocument else {
            throw mistake("the recipe is empty", expected: "at least environments: [{name: Sorting}]")
        }
        var reader = NodeReader(file: file)
        return try reader.tree(of: root, key: "", depth: 0, place: nil)
    }

    private static func lines(of data: Data) -> [Data] {
        data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    /// Reads the value of a `--set key=value`, all of whose parts count as written there.
    static func override(_ text: String, key: String) throws(RecipeError) -> RecipeTree {
        let place = RecipePlace.override(key)
        do {
            var reader = NodeReader(file: "")
            guard text.utf8.count <= maximumBytes, text.firstLineNested(deeperThan: maximumDepth) == nil else {
                throw RecipeError([
                    RecipeMistake("the value is too long or nested too deep", key: key, at: place, in: "")
                ])
            }
            guard let node = try compose(yaml: text, .default, .default, .utf8) else {
                return RecipeTree(content: .scalar(.null), place: place)
            }
            return try reader.tree(of: node, key: key, depth: 0, place: place)
        } catch let error as RecipeError {
            throw error
        } catch {
            let words = RecipeMistake(yaml: error, text: text, file: "").problem
            throw RecipeError([RecipeMistake(words, key: key, at: place, in: "", expected: "a value in YAML")])
        }
    }
}

/// Turns Yams' nodes into a tree; `place` is given where it is not the file's.
private struct NodeReader {
    /// What Yams gives values that have no tag of their own.
    private static let impliedTags = Set(
        ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge", "value"].map {
            "tag:yaml.org,2002:\($0)"
        })

    let file: String
    private var values = 0

    init(file: String) { self.file = file }

    mutating func tree(of node: Node, key: String, depth: Int, place: RecipePlace?) throws(RecipeError) -> RecipeTree {
        let here = place ?? .file(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        values += 1
        guard values <= RecipeParsing.maximumValues, depth <= RecipeParsing.maximumDepth else {
            throw mistake(
                "the recipe grows beyond \(RecipeParsing.maximumValues) values or too deep through its aliases", key,
                here)
        }
        if !Self.impliedTags.contains(node.tag.description) {
            throw mistake(
                "the tag \(node.tag.description) is not read", key, here, expected: "a plain value without a tag")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return RecipeTree(
                content: .scalar(isPlain ? .plainYAML(scalar.string) : .string(scalar.string)), place: here)
        case .sequence(let sequence):
            var elements: [RecipeTree] = []
            for (index, element) in sequence.enumerated() {
                elements.append(try tree(of: element, key: key.dotted("\(index)"), depth: depth + 1, place: place))
            }
            return RecipeTree(content: .list(elements), place: here)
        case .mapping(let mapping):
            var members: [RecipeTree.Member] = []
            for (name, value) in mapping {
                let keyPlace = place ?? .file(line: name.mark?.line ?? 1, column: name.mark?.column ?? 1)
                guard case .scalar(let scalar) = name else {
                    throw mistake("a key is a list or a mapping", key, keyPlace, expected: "a name")
                }
                if scalar.string == "<<" {
                    throw mistake(
                        "merge keys (<<) are not read", key, keyPlace,
                        expected: "the keys written out, or an alias for a whole value")
                }
                let inner = try tree(of: value, key: key.dotted(scalar.string), depth: depth + 1, place: place)
                members.append(RecipeTree.Member(name: scalar.string, place: keyPlace, value: inner))
            }
            return RecipeTree(content: .mapping(members), place: here)
        case .alias:
            throw mistake("an alias points at nothing", key, here)
        }
    }

    private func mistake(_ problem: String, _ key: String, _ place: RecipePlace, expected: String? = nil) -> RecipeError
    {
        RecipeError([RecipeMistake(problem, key: key, at: place, in: file, expected: expected)])
    }
}

extension JSONValue {
    /// An unquoted scalar, by YAML 1.2's core schema.
    static func plainYAML(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        default: break
        }
        guard text.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }),
            text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || "+-.eE".utf8.contains($0) })
        else { return .string(text) }
        if let number = Int(text) { return .integer(number) }
        return Double(text).map(JSONValue.number) ?? .string(text)
    }
}

extension String {
    /// A dotted key with one more part.
    func dotted(_ part: String) -> String { isEmpty ? part : "\(self).\(part)" }

    /// The first line whose brackets or indentation go deeper than `depth`, by a count that needs no parser: it keeps
    /// the parser's recursion off the end of the stack. (Brackets in quotes count too; no recipe has so many.)
    fileprivate func firstLineNested(deeperThan depth: Int) -> Int? {
        var line = 1
        var brackets = 0
        var markers = 0
        var isIndentation = true
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                (markers, isIndentation) = (0, true)
            case UInt8(ascii: " ") where isIndentation: markers += 1
            case UInt8(ascii: "-") where isIndentation, UInt8(ascii: "?") where isIndentation: markers += 2
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isIndentation = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = Swift.max(0, brackets - 1)
                isIndentation = false
            default: isIndentation = false
            }
            if brackets > depth || markers > depth * 8 { return line }
        }
        return nil
    }
}

extension Node {
    fileprivate var isEmptyDocument: Bool {
        if case .scalar(let scalar) = self {
            scalar.style == .plain && JSONValue.plainYAML(scalar.string) == .null
        } else {
            false
        }
    }
}

extension RecipeMistake {
    /// What the YAML parser says, with its line, and in our words where its own help nobody.
    init(yaml error: any Error, text: String, file: String) {
        func make(_ problem: String, _ line: Int, _ column: Int, expected: String? = nil, key: String = "")
            -> RecipeMistake
        {
            RecipeMistake(problem, key: key, at: .file(line: line, column: column), in: file, expected: expected)
        }
        guard let error = error as? YamlError else {
            self = make("this is not YAML: \(error)", 1, 1)
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let line = lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""
            if line.prefix(while: \.isWhitespace).contains("\t") {
                self = make("a tab indents this line", mark.line, 1, expected: "spaces, as YAML asks for")
                return
            }
            let around = context.map { "\($0.text) from line \($0.mark.line): " } ?? ""
            // The end of the text may be reported beyond its last line.
            self = make("this is not YAML: \(around)\(problem)", min(mark.line, lines.count), mark.column)
        case .composer(_, let problem, let mark, _):
            self = make(
                problem.contains("another document")
                    ? "the file holds a second YAML document" : "this is not YAML: \(problem)",
                mark.line, mark.column, expected: problem.contains("another document") ? "one recipe a file" : nil)
        case .duplicatedKeysInMapping(let names, let context):
            let name = names.first ?? ""
            let line = text.nextLine(ofKey: name, after: context.mark) ?? context.mark.line
            self = make(
                "the key is there twice in one mapping", line, context.mark.column, expected: "each key once", key: name
            )
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            self = make("the file is not text: \(problem)", 1 + before.count { $0 == "\n" }, 1)
        default:
            self = make("this is not YAML: \(error)", 1, 1)
        }
    }
}

extension String {
    /// The next line that has `key:` in the same column.
    fileprivate func nextLine(ofKey key: String, after mark: Mark) -> Int? {
        let lines = split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.dropFirst(mark.line)
            .first { lines[$0].dropFirst(mark.column - 1).hasPrefix("\(key):") }
            .map { $0 + 1 }
    }
}
