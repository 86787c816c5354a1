import Foundation
import Testing

@Suite("docs/architecture.md")
struct ArchitectureTests {
    private let manifest: ModuleGraph
    private let sources: ModuleGraph
    private let tests: ModuleGraph
    private let drawing: ModuleGraph

    init() throws {
        manifest = ModuleGraph(
            manifest: try String(contentsOf: repository.appending(path: "Package.swift"), encoding: .utf8))
        sources = try ModuleGraph(folder: repository.appending(path: "Sources"))
        tests = try ModuleGraph(folder: repository.appending(path: "Tests"))
        let page = try String(contentsOf: repository.appending(path: "docs/architecture.md"), encoding: .utf8)
        let block = page.components(separatedBy: "```").first { $0.contains("─►") && $0.contains("│") }
        drawing = ModuleGraph(drawing: try #require(block, "the page has a drawing"), modules: sources.order)
    }

    /// The targets of Swift; those of C import nothing.
    private var modules: [String] { sources.order.filter { !$0.hasPrefix("C") } }

    @Test("the drawing has every module and every import, and no other")
    func drawn() {
        #expect(Set(drawing.order) == Set(modules), "a row for each module of Sources, and for nothing else")
        for difference in drawing.differences(
            from: sources, targets: modules,
            missing: { "the drawing lacks \($0) ─► \($1), which a file in Sources/\($0) imports" },
            superfluous: { "the drawing has \($0) ─► \($1), which no file in Sources/\($0) imports" })
        { Issue.record("\(difference)") }
    }

    @Test("in the drawing all imports point downward")
    func layers() { #expect(drawing.upwardImports == []) }

    /// Modules that come with a product, in whose own interface they stand.
    private static let companions: [String: Set<String>] = [
        "Hummingbird": ["NIOCore", "HTTPTypes", "Logging", "ServiceLifecycle", "UnixSignals"]
    ]

    @Test("Package.swift declares what is imported, and nothing in vain", arguments: ["Sources", "Tests"])
    func declared(folder: String) {
        var real = folder == "Sources" ? sources : tests
        let targets = real.order.filter { manifest.imports[$0] != nil }
        #expect(targets.count > 10)
        for target in targets {
            for (product, companions) in Self.companions where manifest.imports[target]?.contains(product) == true {
                real.imports[target]?.subtract(companions)
            }
        }
        let differences = Set(
            manifest.differences(
                from: real, targets: targets,
                missing: { "\(folder)/\($0) imports \($1), which Package.swift does not declare for it" },
                superfluous: { "Package.swift declares \($1) for \($0), which no file in \(folder)/\($0) imports" }))
        for difference in differences.subtracting(Self.owed[folder] ?? []).sorted() { Issue.record("\(difference)") }
        for mended in (Self.owed[folder] ?? []).subtracting(differences).sorted() {
            Issue.record("\"\(mended)\" holds no longer: take it out of what is owed")
        }
    }

    /// What is wrong in Package.swift and known.
    private static let owed: [String: Set<String>] = [
        "Sources": [
            "Sources/WhetStore imports GRDBSQLite, which Package.swift does not declare for it",
            "Package.swift declares WhetText for WhetTraining, which no file in Sources/WhetTraining imports",
        ],
        "Tests": [
            "Package.swift declares ArgumentParser for WhetCommandTests, which no file in Tests/WhetCommandTests imports",
            "Package.swift declares WhetText for WhetEnvironmentsTests, which no file in Tests/WhetEnvironmentsTests imports",
            "Package.swift declares WhetGym for WhetRolloutsTests, which no file in Tests/WhetRolloutsTests imports",
            "Package.swift declares Hummingbird for WhetServerTests, which no file in Tests/WhetServerTests imports",
            "Package.swift declares WhetTestSupport for WhetServerTests, which no file in Tests/WhetServerTests imports",
            "Tests/WhetTrainingTests imports WhetHTTP, which Package.swift does not declare for it",
        ],
    ]
}

@Suite("Who imports whom")
struct ModuleGraphTests {
    @Test("is read from a manifest")
    func manifest() {
        let graph = ModuleGraph(
            manifest: """
                let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
                .target(name: "CKernels"),
                library("WhetStore", ["WhetCore", sqlite]),  // library("Old", ["X"])
                library(
                    "WhetCore",
                    []),
                .executableTarget(
                    name: "whet",
                    dependencies: ["WhetStore"],
                tests(of: "WhetStore", ["WhetCore"], exclude: ["folder"]),
                tests(of: "WhetCore", exclude: ["folder"]),
                """)
        #expect(
            graph.imports == [
                "WhetStore": ["WhetCore", "GRDBSQLite"], "WhetCore": [], "whet": ["WhetStore"], "CKernels": [],
                "WhetStoreTests": ["WhetStore", "WhetCore"], "WhetCoreTests": ["WhetCore"],
            ])
    }

    @Test("is read from a file, text left alone")
    func file() {
        let quotes = "\"\"\""
        let source = [
            "import Foundation", "@testable import WhetCore", "private import struct WhetText.Tokenizer",
            "#if canImport(Glibc)", "    import Glibc", "#endif", "let text = \(quotes)", "    import NoSuchModule",
            "    \(quotes)", "let important = 1",
        ].joined(separator: "\n")
        #expect(ModuleGraph.imports(of: source) == ["Foundation", "WhetCore", "WhetText", "Glibc"])
    }

    private static let drawing = """
        program │ whet  ─► Text
                │          Store · ArgumentParser
        ────────┼──────────
        base    │ Text  ─►
                │ Store ─► · GRDB
                │ Core  ─► CSimdjson
        """
    private static let modules = ["whet", "WhetText", "WhetStore", "WhetCore"]

    @Test("is read from a drawing, and what differs is said in words")
    func drawing() {
        let drawn = ModuleGraph(drawing: Self.drawing, modules: Self.modules)
        var real = ModuleGraph()
        real.imports = [
            "whet": ["WhetCore", "WhetText", "WhetStore", "ArgumentParser"], "WhetText": ["WhetCore"],
            "WhetStore": ["WhetCore", "GRDB"], "WhetCore": ["CSimdjson"],
        ]
        func differences() -> [String] {
            drawn.differences(
                from: real, targets: Self.modules, missing: { "lacks \($0) \($1)" }, superfluous: { "has \($0) \($1)" })
        }
        #expect(drawn.order == Self.modules && differences() == [])
        real.imports["WhetStore"] = ["WhetCore", "WhetText"]
        #expect(differences() == ["lacks WhetStore WhetText", "has WhetStore GRDB"])
    }

    @Test("an arrow that points upward is found")
    func layers() {
        #expect(ModuleGraph(drawing: Self.drawing, modules: Self.modules).upwardImports == [])
        let turned = Self.drawing.replacing("Store ─► ·", with: "Store ─► Text ·")
        #expect(ModuleGraph(drawing: turned, modules: Self.modules).upwardImports.count == 1)
    }
}
