import WhetCore
import WhetText
import WhetYAML

/// Jinja of an environment's file, and where it was written.
private struct LocatedJinja: Sendable {
    let origin: DeclaredOrigin
    private let template: JinjaTemplate
    private let tree: YAMLTree

    /// - Parameter source: the text of `tree`, or something of as many lines round it.
    init?(_ source: String, _ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes) {
        origin = DeclaredOrigin(key: key, place: tree.place)
        self.tree = tree
        do { template = try JinjaTemplate(source: source) } catch {
            let error = error as? WhetError ?? WhetError("\(error)")
            mistakes.note(error, key, at: tree.place(ofTextLine: Self.line(of: error)))
            return nil
        }
    }

    func render(_ context: JSONObject) throws -> String {
        do { return try template.render(context) } catch let error as WhetError {
            throw origin.error(error, at: tree.place(ofTextLine: Self.line(of: error)))
        }
    }

    /// The line within the text that Jinja's own error tells.
    private static func line(of error: WhetError) -> Int {
        error.place?.split(separator: " ").last.flatMap { Int($0) } ?? 1
    }
}

/// A name that a template or expression reads, or that a verifier finds what it needs below.
struct DeclaredName: Sendable {
    let name: String
    /// For a path with dots: a field may be called so as a whole.
    var path: String?
    let origin: DeclaredOrigin

    func isOne(of names: some Collection<String>) -> Bool {
        names.contains(name) || path.map { names.contains($0) } ?? false
    }
}

/// A Jinja template of an environment's file.
struct DeclaredTemplate: Sendable {
    /// The variables that it reads, each with the place where it does.
    let names: [DeclaredName]
    private let jinja: LocatedJinja

    /// nil, with a mistake noted, where the tree is no text or the text no Jinja.
    init?(_ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes) {
        guard case .string(let source) = tree.value, !source.isEmpty else {
            mistakes.note("this is \(tree.value.inWords)", key, at: tree.place, expected: "a Jinja template")
            return nil
        }
        guard let jinja = LocatedJinja(source, tree, key, mistakes) else { return nil }
        self.jinja = jinja
        names = tree.names(TemplateNames.read(inTemplate: source), jinja.origin)
    }

    var origin: DeclaredOrigin { jinja.origin }

    /// - Throws: `WhetError` with the file and line that failed.
    func render(_ context: JSONObject) throws -> String { try jinja.render(context) }
}

/// A Jinja expression that gives a value: a number, a text, a list.
struct DeclaredExpression: Sendable {
    let source: String
    let names: [DeclaredName]
    private let jinja: LocatedJinja

    var origin: DeclaredOrigin { jinja.origin }

    /// nil, with a mistake noted, where the tree is no text or the text no expression.
    init?(_ tree: YAMLTree, _ key: String, _ mistakes: YAMLMistakes) {
        guard case .string(let source) = tree.value, !source.isEmpty else {
            mistakes.note("this is \(tree.value.inWords)", key, at: tree.place, expected: "a Jinja expression")
            return nil
        }
        // JSON carries the value, with its type, out of the template.
        guard let jinja = LocatedJinja("{{ (\(source)) | tojson }}", tree, key, mistakes) else { return nil }
        self.jinja = jinja
        self.source = source
        names = tree.names(TemplateNames.read(inExpression: source), jinja.origin)
    }

    /// - Throws: `WhetError` with the file and line, where it fails or gives what JSON cannot hold.
    func value(_ context: JSONObject) throws -> JSONValue {
        let text = try jinja.render(context)
        do { return try JSONValue(parsing: text) } catch {
            throw jinja.origin.error("\"\(source)\" gives \(text), which JSON cannot hold")
        }
    }

    /// - Throws: `WhetError` as `value` does, and where the value is neither true nor false.
    func flag(_ context: JSONObject) throws -> Bool {
        let value = try value(context)
        guard let flag = value.bool else {
            throw jinja.origin.error("\"\(source)\" gives \(value.inWords)", expected: "true or false, such as a > b")
        }
        return flag
    }
}

extension YAMLTree {
    fileprivate func names(_ uses: [TemplateNames.Use], _ origin: DeclaredOrigin) -> [DeclaredName] {
        uses.map { use in
            DeclaredName(name: use.name, origin: DeclaredOrigin(key: origin.key, place: place(ofTextLine: use.line)))
        }
    }
}

extension YAMLMistakes {
    /// Notes each of the names that is not one of `known`.
    func check(_ names: [DeclaredName], known: [String], are kind: String) {
        for name in names where !name.isOne(of: known) {
            note(
                "there is no \(kind) \"\(name.name)\"", name.origin.key, at: name.origin.place,
                expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))",
                suggestion: name.name.nearest(among: known))
        }
    }
}
