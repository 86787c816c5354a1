import Foundation
import Synchronization
import WhetCore
import WhetProcess

/// Puts a bridge into whet's home: `whet env install`.
///
/// Keeps: the marker goes first and comes back last, so an installation that was interrupted is not taken for a whole
/// one.
public struct BridgeInstaller: Sendable {
    public let installation: BridgeInstallation
    private let progress: @Sendable (String) -> Void

    /// - Parameter progress: hears what is about to be done, a line each.
    public init(_ installation: BridgeInstallation, progress: @escaping @Sendable (String) -> Void) {
        self.installation = installation
        self.progress = progress
    }

    /// Makes the virtual environment and installs what the bridge needs. What was there before is gone.
    ///
    /// - Throws: `WhetError` with the last words of the step that failed; `CancellationError`.
    public func makePackages(python: String) async throws {
        let folder = URL(filePath: installation.folder, directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            if FileManager.default.fileExists(atPath: installation.marker) {
                try FileManager.default.removeItem(atPath: installation.marker)
            }
        } catch {
            throw WhetError("the folder cannot be made", at: folder.path, because: error)
        }
        for step in installation.steps(python: python) {
            progress(step.purpose)
            try await Self.run(step)
        }
    }

    /// Starts a worker and hears what it has.
    ///
    /// - Throws: `WhetError` where it does not start or has no environment.
    public func worker(
        names: [String] = [], paths: [String] = [], isSandboxed: Bool
    ) async throws -> BridgeRecord.Worker {
        let program = try installation.program(names: names, paths: paths, isSandboxed: isSandboxed)
        let words = names.isEmpty ? "" : " with \(names.joined(separator: ", "))"
        progress("starting a worker\(words)\(isSandboxed ? " in the sandbox" : "")")
        let hello = try await EnvironmentResources.use { try await $0.pool(for: program).hello() }
        let worker = try BridgeRecord.Worker(names: names, paths: paths, hello: hello)
        guard !worker.environments.isEmpty else {
            throw WhetError("the worker has no environment", at: "bridge \(installation.bridge.name)")
        }
        return worker
    }

    /// Says that all of it is there.
    ///
    /// - Throws: `WhetError` where that cannot be written.
    public func finish(_ record: BridgeRecord) throws {
        let files = [
            (installation.recordFile, record.json.text() + "\n"), (installation.marker, installation.markerText),
        ]
        for (file, text) in files {
            do { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
                throw WhetError("the file cannot be written", at: file, because: error)
            }
        }
    }

    /// Runs a step to its end.
    private static func run(_ step: BridgeInstallation.Command) async throws {
        let command = ProcessCommand(
            step.executable, step.arguments,
            environment: ProcessInfo.processInfo.environment.merging(step.variables) { $1 })
        let words = Mutex(OutputTail())
        let running = Mutex<Subprocess?>(nil)
        let ending = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let process = Subprocess(command) { event in
                    switch event {
                    case .output(let bytes), .complaint(let bytes): words.withLock { $0.append(bytes) }
                    case .deadlinePassed: break
                    case .ended(let ending): continuation.resume(returning: ending)
                    }
                }
                process.endInput()
                running.withLock { $0 = process }
                // Who cancelled earlier has found nothing to kill.
                if Task.isCancelled { process.kill() }
            }
        } onCancel: {
            running.withLock { $0 }?.kill()
        }
        try Task.checkCancellation()
        switch ending {
        case .exited(0): return
        case .failedToStart(let error): throw error
        default:
            throw WhetError(
                "a step failed with \(ending.words): \(step.purpose)",
                at: ([step.executable] + step.arguments).joined(separator: " "),
                remedy: words.withLock { $0.lastLines() }.map { "see its last words:\n\($0)" }
                    ?? "see that \(step.executable) is what is asked for; it said nothing")
        }
    }
}
