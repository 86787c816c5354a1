import Foundation

/// Who imports whom, read from one of three places: Package.swift, the `import` lines of a folder, a drawing.
struct ModuleGraph: Equatable {
    /// By target: the modules that it imports or declares.
    var imports: [String: Set<String>] = [:]
    /// The targets in the order in which they were found.
    var order: [String] = []

    private mutating func add(_ target: String, _ modules: some Sequence<String>) {
        if imports[target] == nil { order.append(target) }
        imports[target, default: []].formUnion(modules)
    }
}

extension ModuleGraph {
    /// What the targets of a package declare: those made by `library`, `tests(of:)`, `.executableTarget`, `.testTarget`,
    /// and those of C without dependencies.
    init(manifest text: String) {
        let text = text.replacing(#/(?m)//.*$/#, with: "")
        var products: [String: String] = [:]
        for match in text.matches(of: #/let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/#) {
            products[String(match.1)] = String(match.2)
        }
        func modules(_ list: Substring?) -> [String] {
            (list ?? "").split { ", \n".contains($0) }.map { item in
                item.hasPrefix("\"") ? item.trimmingCharacters(in: ["\""]) : products[String(item)] ?? String(item)
            }
        }
        for match in text.matches(of: #/library\(\s*"(\w+)",\s*\[([^\]]*)\]/#) {
            add(String(match.1), modules(match.2))
        }
        for match in text.matches(
            of: #/\.(?:executableTarget|testTarget)\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/#)
        {
            add(String(match.1), modules(match.2))
        }
        for match in text.matches(of: #/tests\(\s*of: "(\w+)"(?:,\s*\[([^\]]*)\])?/#) {
            add("\(match.1)Tests", modules(match.2) + [String(match.1)])
        }
        for match in text.matches(of: #/\.(?:target|systemLibrary)\(name: "(\w+)"/#) { add(String(match.1), []) }
    }

    /// What the Swift files below a folder import, a target a folder; what comes with the toolchain is left out.
    init(folder: URL) throws {
        for target in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            var modules: Set<String> = []
            for file in try swiftFiles(below: folder.appending(path: target)) {
                modules.formUnion(Self.imports(of: try String(contentsOf: file, encoding: .utf8)))
            }
            add(target, modules.subtracting(Self.toolchain))
        }
    }

    static let toolchain: Set<String> = [
        "Foundation", "FoundationXML", "Synchronization", "Dispatch", "Glibc", "Darwin", "Testing",
    ]

    /// The modules that a file imports; text between triple quotes is nobody's import.
    static func imports(of source: String) -> Set<String> {
        var modules: Set<String> = []
        var isText = false
        for line in source.split(separator: "\n") {
            if !isText,
                let match = line.firstMatch(of: #/^\s*(?:@\w+ )?(?:public |internal |private )?import (?:\w+ )?(\w+)/#)
            {
                modules.insert(String(match.1))
            }
            if line.ranges(of: "\"\"\"").count % 2 == 1 { isText.toggle() }
        }
        return modules
    }

    /// A drawing: a row a module, `name ─► its imports · those of other packages`, whet's modules without "Whet", Core
    /// only in its own row because all others import it; a row without an arrow goes on with the one above it.
    ///
    /// - Parameter modules: the real names.
    init(drawing: String, modules: some Sequence<String>) {
        let names = Dictionary(modules.map { ($0.replacing(#/^Whet/#, with: ""), $0) }, uniquingKeysWith: { $1 })
        var current: String?
        for line in drawing.split(separator: "\n") {
            let row = line.split(separator: "│").last ?? line
            let parts = row.split(separator: "─►", maxSplits: 1, omittingEmptySubsequences: false)
            let words = (parts.last ?? "").split { " ·─┼".contains($0) }.map(String.init)
            if parts.count == 2 {
                let name = parts[0].trimmingCharacters(in: .whitespaces)
                current = names[name] ?? name
            }
            guard let current else { continue }
            add(current, words.map { names[$0] ?? $0 } + (current == "WhetCore" ? [] : ["WhetCore"]))
        }
    }
}

extension ModuleGraph {
    /// Where two graphs differ, in sentences.
    ///
    /// - Parameters:
    ///   - missing: says of a module and one that it imports in `other` alone what is to be done.
    ///   - superfluous: the same for one that it imports here alone.
    func differences(
        from other: ModuleGraph, targets: some Sequence<String>, missing: (String, String) -> String,
        superfluous: (String, String) -> String
    ) -> [String] {
        targets.flatMap { target in
            let (mine, theirs) = (imports[target] ?? [], other.imports[target] ?? [])
            return theirs.subtracting(mine).sorted().map { missing(target, $0) }
                + mine.subtracting(theirs).sorted().map { superfluous(target, $0) }
        }
    }

    /// The rows that stand below something that they are imported by the wrong way round: sentences.
    var upwardImports: [String] {
        let places = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
        return order.flatMap { target in
            (imports[target] ?? []).sorted().compactMap { module in
                guard let above = places[module], let here = places[target], above <= here else { return nil }
                return "\(target) imports \(module), whose row stands above it: move the row down, or break the circle"
            }
        }
    }
}

/// Every Swift file below a folder, in the order of their paths.
func swiftFiles(below folder: URL) throws -> [URL] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return paths.filter { $0.hasSuffix(".swift") }.sorted().map { folder.appending(path: $0) }
}
