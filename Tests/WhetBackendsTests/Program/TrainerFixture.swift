import Foundation
import Synchronization
import Testing
import WhetCore
import WhetProcess
import WhetTestSupport

@testable import WhetBackends

/// A trainer of Programs/trainer.py in a temporary folder, and what it noted.
struct TrainerFixture: Sendable {
    static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs/trainer.py").path

    let folder: URL
    let fault: String
    let notices = Notices()

    /// Sentences that were told.
    final class Notices: Sendable {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func hear(_ sentence: String) { state.withLock { $0.append(sentence) } }
    }

    var exchange: URL { folder.appending(path: "exchange") }
    var log: URL { folder.appending(path: "trainer.log") }

    func settings(startLimit: Duration = .seconds(60), endLimit: Duration = .seconds(20)) -> TrainerProcess.Settings {
        TrainerProcess.Settings(
            command: ProcessCommand("/usr/bin/python3", ["-S", Self.script, fault, folder.path]), log: log,
            startLimit: startLimit, endLimit: endLimit, maximumLineBytes: 1 << 20)
    }

    func trainer(
        weights: String = "full", startLimit: Duration = .seconds(60), endLimit: Duration = .seconds(20)
    ) throws -> ProgramTrainer {
        try ProgramTrainer(
            ProgramTrainer.Settings(
                process: settings(startLimit: startLimit, endLimit: endLimit),
                load: ["model": "/model", "weights": ["kind": .string(weights)]], exchange: exchange)
        ) { notices.hear($0) }
    }

    /// Lines that it noted under a name.
    func noted(_ name: String) -> [String] {
        let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Waits until it noted something under a name.
    func untilNoted(_ name: String) async throws {
        while noted(name).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Runs `body` with a trainer that misbehaves so.
    static func with<Value>(
        _ fault: String, _ body: (TrainerFixture) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryDirectory { folder in try await body(TrainerFixture(folder: folder, fault: fault)) }
    }
}

extension ProgramTrainer {
    /// A batch whose gradient is `credit`.
    func add(_ id: String, _ credit: Float) async throws -> JSONValue {
        let directory = try await exchange.directory { directory in
            let sequence = TrainingSequence(
                tokens: [1, 2], mask: [false, true], advantages: [0, credit], weights: [1, 1],
                behaviorLogProbabilities: [0, 0])
            try BatchFile.write([sequence], to: directory.appending(path: BatchFile.name))
        }
        return try await forwardBackward(id, ["loss": ["objective": "policy_gradient"]], directory: directory)
    }

    /// The number that its policy is.
    func number() async throws -> Float {
        let directory = try await exchange.directory { directory in
            let sequence = TrainingSequence(
                tokens: [1, 2], mask: [false, false], advantages: [0, 0], weights: [1, 1],
                behaviorLogProbabilities: [0, 0])
            try BatchFile.write([sequence], to: directory.appending(path: BatchFile.name))
        }
        _ = try await ask("log_probabilities", ["directory": .string(directory.path), "of": "policy"])
        let file = try Safetensors(file: directory.appending(path: "found.safetensors"))
        exchange.remove([directory])
        return file.elements(try #require(file.entries["log_probabilities"]), as: Float.self)[1]
    }
}

/// What `body` throws, which has to be a `WhetError`.
func failure(_ body: () async throws -> Void, _ location: SourceLocation = #_sourceLocation) async -> WhetError {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as WhetError {
        return error
    } catch {
        Issue.record("\(error) is no WhetError", sourceLocation: location)
    }
    return WhetError("")
}
