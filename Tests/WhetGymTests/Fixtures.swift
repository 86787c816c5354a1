import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// A problem that RLVE-Gym generated, with policies' outputs and what RLVE-Gym makes of them.
struct PeerProblem: Sendable, CustomTestStringConvertible {
    struct Output: Sendable { let text: String; let reward: Double; let isSolved: Bool }

    let environment: String
    let seed: Int
    let problem: JSONValue
    let outputs: [Output]

    var testDescription: String { "\(environment) \(seed)" }

    init(line: Substring) throws {
        let json = try JSONValue(parsing: String(line))
        environment = try #require(json["environment"]?.string)
        seed = try #require(json["seed"]?.integer)
        problem = try #require(json["problem"])
        outputs = try #require(json["cases"]?.array).map { sample in
            Output(
                text: try #require(sample["output"]?.string), reward: try #require(sample["reward"]?.double),
                isSolved: sample["accuracy"]?.integer == 1)
        }
    }

    static func all() throws -> [PeerProblem] {
        try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { try PeerProblem(line: $0) }
        }
    }

    /// The package's own cases, and those of the folder named in WHET_FIXTURES if there is one.
    static let files: [URL] = [
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures"),
        ProcessInfo.processInfo.environment["WHET_FIXTURES"].map { URL(filePath: $0) },
    ].compactMap { $0?.appending(path: "environments") }.flatMap { folder in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { folder.appending(path: $0) }
    }
}

/// The type of every environment in the catalog, for tests that hold for all of them.
struct GymType: Sendable, CustomTestStringConvertible {
    let type: any ProceduralEnvironment.Type
    var testDescription: String { type.name }

    static let all = EnvironmentCatalog.gym.entries.compactMap { $0.procedural.map(GymType.init) }
}
