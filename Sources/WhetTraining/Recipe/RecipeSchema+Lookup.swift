import WhetCore
import WhetYAML

extension RecipeSchema {
    /// A key with its dotted path, as `explain` and docs/recipes.md name it; elements of lists are a `*`.
    public struct Entry: Sendable {
        public let path: String
        public let key: RecipeKey
    }

    /// Every key in the schema's order, sections before what they hold.
    public static var entries: [Entry] { entries(of: keys, below: "") }

    private static func entries(of keys: [RecipeKey], below path: String) -> [Entry] {
        keys.flatMap { key -> [Entry] in
            let inner = path.dotted(key.name)
            let below = if case .sections = key.kind { inner.dotted("*") } else { inner }
            return [Entry(path: inner, key: key)] + entries(of: key.kind.keys ?? [], below: below)
        }
    }

    /// The entry of a dotted key; a number, a star or nothing may stand for a list's element.
    ///
    /// - Throws: `WhetError` with the nearest key.
    public static func entry(at path: String) throws -> Entry {
        func plain(_ path: String) -> String {
            path.split(separator: ".").filter { Int($0) == nil && $0 != "*" }.joined(separator: ".")
        }
        let wanted = plain(path)
        let entries = entries
        if let entry = entries.first(where: { plain($0.path) == wanted }) { return entry }
        let sameName = entries.filter { $0.key.name == wanted || $0.key.aliases.contains(wanted) }
        if sameName.count == 1 { return sameName[0] }
        var error = WhetError.unknownName(path, kind: "recipe key", among: entries.map(\.path))
        error.expected = nil
        error.suggestion =
            sameName.first?.path ?? error.suggestion
            ?? key(named: wanted.split(separator: ".").last.map(String.init) ?? "")
        error.remedy = "whet recipe explain"
        throw error
    }

    /// The dotted path of the first key that has, or nearly has, this name: for a key in the wrong section.
    static func key(named name: String) -> String? {
        let entries = entries
        let nearest = entries.contains { $0.key.name == name } ? name : name.nearest(among: entries.map(\.key.name))
        return entries.first { $0.key.name == nearest }?.path
    }

    /// What a section is when nothing of it is given.
    static func defaults(of keys: [RecipeKey]) -> JSONObject {
        var checker = RecipeChecker()
        return checker.section(YAMLTree(.mapping([]), at: .override("")), keys: keys)
    }
}

extension YAMLTree {
    /// Where a recipe's key was written, by whichever of its names, or the nearest thing around it that was written.
    func place(ofKey key: String) -> YAMLPlace {
        var keys = RecipeSchema.keys
        var tree: YAMLTree? = self
        var path: [String] = []
        for part in key.split(separator: ".").map(String.init) {
            var written = part
            if let index = Int(part) {
                tree = tree?.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            } else {
                let known = keys.first { $0.name == part }
                let names = [part] + (known?.aliases ?? [])
                let members = (tree?.members ?? []).filter { names.contains($0.name) }
                // What --set gives counts before what the file says under another name.
                let member = members.first { $0.place.line == nil } ?? members.first
                written = member?.name ?? part
                tree = member?.value
                keys = known?.kind.keys ?? []
            }
            path.append(written)
        }
        return place(of: path.joined(separator: "."))
    }
}
