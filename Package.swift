// swift-tools-version: 6.2
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// fp32 products are whet's own kernels; bf16 ones are oneDNN's, where it is installed when this is built.
/// `whet doctor` says whether a build has them.
func installed(_ header: String) -> Bool {
    ["/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu"]
        .contains { FileManager.default.fileExists(atPath: "\($0)/\(header)") }
}
let products: (defines: [CSetting], libraries: [LinkerSetting]) =
    if installed("dnnl.h") {
        ([.define("WHET_ONEDNN")], [.linkedLibrary("dnnl"), .linkedLibrary("gomp")])
    } else {
        ([], [])
    }

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: settings)
}

let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "whet",
    products: [.executable(name: "whet", targets: ["whet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: simdjson, libcurl, child processes and the kernels, each behind a small face of its own.
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CWhetProcess"),
        .target(name: "CWhetKernels", cSettings: products.defines, linkerSettings: products.libraries),

        library("WhetCore", ["CSimdjson", collections]),
        library("WhetHTTP", ["WhetCore", "CCurl", deque]),
        library("WhetProcess", ["WhetCore", "CWhetProcess"]),
        library("WhetText", ["WhetCore", collections]),
        library("WhetAlgorithms", ["WhetCore"]),
        library("WhetYAML", ["WhetCore", "Yams"]),
        library(
            "WhetEnvironments",
            ["WhetCore", "WhetChecklists", "WhetHTTP", "WhetProcess", "WhetText", "WhetYAML", sqlite]),
        library("WhetGym", ["WhetCore", "WhetEnvironments", "WhetText"]),
        library("WhetChecklists", ["WhetCore", "WhetHTTP", "WhetYAML"]),
        library("WhetTinker", ["WhetCore", "WhetHTTP"]),
        library("WhetInference", ["WhetCore", "WhetHTTP", "WhetTinker"]),
        library("WhetStore", ["WhetCore", grdb, sqlite]),
        library("WhetRollouts", ["WhetCore", "WhetEnvironments", "WhetInference", "WhetText", deque, heap]),
        library(
            "WhetBackends", ["WhetCore", "WhetAlgorithms", "WhetHTTP", "WhetProcess", "WhetTinker", "CWhetKernels"]),
        library(
            "WhetTraining",
            ["WhetCore", "WhetAlgorithms", "WhetBackends", "WhetInference", "WhetRollouts", "WhetStore", "WhetYAML"]),
        library("WhetEngine", ["WhetCore", "WhetAlgorithms", "WhetBackends", "CWhetKernels"]),
        library("WhetServing", ["WhetCore", "WhetText", hummingbird]),
        library("WhetServer", ["WhetCore", "WhetText", "WhetEngine", "WhetServing", hummingbird]),
        library(
            "WhetAgents",
            [
                "WhetCore", "WhetEnvironments", "WhetInference", "WhetProcess", "WhetRollouts", "WhetServing",
                "WhetText", hummingbird,
            ]),
        library("WhetTestSupport", ["WhetCore", "WhetHTTP", "WhetInference", "WhetProcess"]),
        .executableTarget(
            name: "whet",
            dependencies: [
                "WhetCore", "WhetAgents", "WhetAlgorithms", "WhetBackends", "WhetChecklists", "WhetEngine",
                "WhetEnvironments", "WhetGym", "WhetHTTP", "WhetInference", "WhetRollouts", "WhetServer", "WhetStore", "WhetText", "WhetTraining", "WhetTestSupport",
                argumentParser,
            ],
            swiftSettings: settings),

        tests(of: "WhetCore"),
        tests(of: "WhetHTTP", ["WhetCore", "WhetTestSupport"]),
        tests(of: "WhetProcess", ["CWhetProcess", "WhetCore", "WhetTestSupport"]),
        tests(of: "WhetText", ["WhetCore", "WhetTestSupport"], exclude: ["jinja.jsonl"]),
        tests(of: "WhetAlgorithms", ["WhetCore", "WhetTestSupport"]),
        tests(of: "WhetYAML", ["WhetCore"]),
        tests(
            of: "WhetEnvironments",
            [
                "WhetChecklists", "WhetCore", "WhetHTTP", "WhetProcess", "WhetTestSupport", "WhetText", "WhetYAML",
                sqlite,
            ],
            exclude: ["OpenEnv/Servers", "Processes/Workers"]),
        tests(of: "WhetGym", ["WhetCore", "WhetEnvironments"]),
        tests(of: "WhetChecklists", ["WhetAlgorithms", "WhetCore", "WhetHTTP", "WhetTestSupport"]),
        tests(of: "WhetInference", ["WhetCore", "WhetHTTP", "WhetTestSupport"]),
        tests(of: "WhetStore", ["WhetCore", "WhetTestSupport", grdb]),
        tests(of: "WhetRollouts", ["WhetCore", "WhetEnvironments", "WhetInference", "WhetTestSupport", "WhetText"]),
        tests(
            of: "WhetBackends",
            [
                "WhetAlgorithms", "WhetCore", "WhetEngine", "WhetHTTP", "WhetInference", "WhetProcess", "WhetTestSupport",
                "WhetTinker",
            ],
            exclude: ["Program/Programs"]),
        tests(of: "WhetEngine", ["WhetCore", "WhetAlgorithms", "WhetBackends", "WhetTestSupport", "CWhetKernels"]),
        tests(
            of: "WhetServer",
            [
                "WhetAlgorithms", "WhetBackends", "WhetCore", "WhetEngine", "WhetHTTP", "WhetInference", "WhetText",
                "WhetTestSupport",
            ]),
        tests(
            of: "WhetAgents",
            [
                "WhetCore", "WhetEngine", "WhetEnvironments", "WhetHTTP", "WhetInference", "WhetRollouts", "WhetServer",
                "WhetText", "WhetTestSupport",
            ]),
        tests(
            of: "WhetTraining",
            [
                "WhetCore", "WhetAlgorithms", "WhetBackends", "WhetChecklists", "WhetEngine", "WhetEnvironments", "WhetGym", "WhetHTTP",
                "WhetInference", "WhetRollouts", "WhetServer", "WhetStore", "WhetText", "WhetTestSupport", "WhetYAML",
            ]),
        .testTarget(
            name: "WhetCommandTests",
            dependencies: [
                "whet", "WhetChecklists", "WhetCore", "WhetEnvironments", "WhetGym", "WhetServer", "WhetTraining",
                "WhetStore", "WhetTestSupport",
            ], swiftSettings: settings),
    ],
    cxxLanguageStandard: .cxx17
)
