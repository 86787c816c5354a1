// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "whet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "WhetCore",
            dependencies: ["CSimdjson", .product(name: "OrderedCollections", package: "swift-collections")],
            swiftSettings: settings),
        .target(name: "WhetAlgorithms", dependencies: ["WhetCore"], swiftSettings: settings),
        .target(name: "WhetBackends", dependencies: ["WhetCore", "WhetAlgorithms"], swiftSettings: settings),
        .target(name: "WhetEnvironments", dependencies: ["WhetCore"], swiftSettings: settings),
    ],
    cxxLanguageStandard: .cxx17
)
