import Foundation
import Testing
import WhetCore
import WhetTestSupport

/// The `whet` that was built with these tests, run as a user runs it.
struct BuiltCommand: Sendable {
    struct Outcome: Sendable {
        let code: Int32
        let output: String
        let complaints: String

        /// Standard output, a JSON value a line.
        func lines() throws -> [JSONValue] {
            try output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        }
    }

    let executable: URL
    let folder: URL

    /// - Parameter folder: where it is run; nothing of the machine's own environment but PATH reaches it.
    init(in folder: URL) throws {
        // The test program lies beside the products of the same build.
        var place = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [Bundle.main.bundleURL, place].flatMap { start -> [URL] in
            place = start
            return (0..<6).map { _ in
                defer { place = place.deletingLastPathComponent() }
                return place.appending(path: "whet")
            }
        }
        executable = try #require(
            candidates.first {
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && !isFolder.boolValue
                    && FileManager.default.isExecutableFile(atPath: $0.path)
            }, "whet is built beside its tests")
        self.folder = folder
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
        try run(arguments, environment: environment)
    }

    /// On a thread of its own, so that a server of this test process can answer it.
    func runApart(_ arguments: String...) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try run(arguments) }) }.start()
        }
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let outcome = try ChildProcess.run(
            executable.path, arguments, in: folder,
            environment: ["PATH": path, "HOME": folder.path].merging(environment) { _, new in new })
        return Outcome(code: outcome.code, output: outcome.output, complaints: outcome.complaints)
    }
}

/// Runs `body` in a folder that is gone afterwards.
func inTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "whet-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// The repository's own folder.
let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
