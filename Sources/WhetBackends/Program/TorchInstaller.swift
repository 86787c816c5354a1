import Foundation
import Synchronization
import WhetCore
import WhetProcess

/// Installs trainers/torch.
package struct TorchInstaller: Sendable {
    /// Where pip finds PyTorch.
    package enum Index: Hashable, Sendable {
        /// Builds for NVIDIA's GPUs, some gigabytes.
        case standard
        /// Another index, such as that of builds for CPUs alone.
        case address(String)

        /// Of builds without a GPU's libraries.
        package static let processor = Index.address("https://download.pytorch.org/whl/cpu")

        var words: String {
            switch self {
            case .standard: "pip's usual index (builds for NVIDIA's GPUs, several GB)"
            case .address(let address): address
            }
        }
    }

    private let installation: TorchInstallation
    private let source: URL
    private let python: String
    private let index: Index
    private let progress: @Sendable (String) -> Void

    /// - Parameters:
    ///   - source: the folder trainers/torch.
    ///   - python: what makes the environment.
    ///   - index: nil takes that for this machine.
    ///   - progress: hears what is being done, a line each.
    package init(
        _ installation: TorchInstallation, source: URL, python: String = "python3", index: Index? = nil,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.installation = installation
        self.source = source
        self.python = python
        self.index = index ?? (Self.hasGPU ? .standard : .processor)
        self.progress = progress
    }

    /// Whether NVIDIA's driver is here.
    static var hasGPU: Bool {
        ["/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/nvidiactl"].contains {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    /// Installs what is missing: all, or the trainer alone where another version of it is there.
    ///
    /// - Parameter again: makes everything anew.
    /// - Returns: what the trainer says of itself, for a person; nil if it was there already.
    /// - Throws: `WhetError` that says what went wrong and what helps; `CancellationError`.
    package func install(again: Bool = false) async throws -> String? {
        guard FileManager.default.fileExists(atPath: source.appending(path: "whet_torch/__main__.py").path) else {
            throw WhetError(
                "there is no PyTorch trainer in this folder", at: source.path,
                expected: "whet's folder trainers/torch, with pyproject.toml and whet_torch in it",
                remedy: "run whet in its repository, or give --from FOLDER")
        }
        let state = again ? .missing : installation.state(source: source)
        if state == .whole { return nil }
        do {
            try FileManager.default.createDirectory(at: installation.folder, withIntermediateDirectories: true)
            if FileManager.default.fileExists(atPath: installation.marker.path) {
                try FileManager.default.removeItem(at: installation.marker)
            }
        } catch {
            throw WhetError("the folder cannot be made", at: installation.folder.path, because: error)
        }
        if state == .missing {
            try checkDisk()
            try await makeEnvironment()
        }
        try await installTrainer(isFresh: state == .missing)
        progress("starting it once")
        let found = try await introduction()
        do {
            try Data(TorchInstallation.mark(of: source).utf8).write(to: installation.marker, options: .atomic)
        } catch {
            throw WhetError("the file cannot be written", at: installation.marker.path, because: error)
        }
        return found
    }

    /// What the environment takes, with what pip needs beside it for a while.
    private var neededBytes: Int { index == .standard ? 12_000_000_000 : 3_000_000_000 }

    private func checkDisk() throws {
        var statistics = statvfs()
        guard statvfs(installation.folder.path, &statistics) == 0 else { return }
        let free = Int(statistics.f_bavail) * Int(statistics.f_frsize)
        guard free < neededBytes else { return }
        throw WhetError(
            "there is too little disk for PyTorch: \(free / 1_000_000_000) GB", at: installation.folder.path,
            expected: "\(neededBytes / 1_000_000_000) GB", remedy: "free some space, or set WHET_HOME to another disk")
    }

    private func makeEnvironment() async throws {
        progress("looking for Python 3.10 or later")
        let version = Step(python, ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"], "looking for Python")
        do { try await run(version) } catch var error as WhetError {
            if error.problem.contains("exit status 1") { error.problem = "\(python) is older than 3.10" }
            error.remedy = "apt-get install python3 python3-venv, or give --python PATH"
            throw error
        }
        progress("making a Python environment in \(installation.folder.path)")
        try await run(
            Step(python, ["-m", "venv", "--clear", installation.folder.path], "making a Python environment"))
        progress("installing PyTorch from \(index.words)")
        var arguments = ["torch>=2.6"]
        if case .address(let address) = index { arguments += ["--index-url", address] }
        try await run(pip(arguments, "installing PyTorch"))
    }

    private func installTrainer(isFresh: Bool) async throws {
        progress("installing trainers/torch and what it needs")
        // pip builds beside what it builds from, which is not to leave anything in the repository.
        let copy = installation.folder.appending(path: "source", directoryHint: .isDirectory)
        do {
            if FileManager.default.fileExists(atPath: copy.path) { try FileManager.default.removeItem(at: copy) }
            try FileManager.default.createDirectory(
                at: copy.appending(path: "whet_torch"), withIntermediateDirectories: true)
            for file in TorchInstallation.files(of: source) {
                try FileManager.default.copyItem(at: source.appending(path: file), to: copy.appending(path: file))
            }
        } catch {
            throw WhetError("the trainer cannot be copied", at: copy.path, because: error)
        }
        try await run(pip([copy.path] + (isFresh ? [] : ["--force-reinstall", "--no-deps"]), "installing the trainer"))
        try? FileManager.default.removeItem(at: copy)
    }

    /// Starts it, and asks what it is.
    private func introduction() async throws -> String {
        let command = TorchTrainer.command(python: installation.python)
        let process = try TrainerProcess(
            TrainerProcess.Settings(command: ProcessCommand(command[0], Array(command.dropFirst()))))
        do {
            let members: JSONObject = ["protocol": .string(TrainerHello.protocolName), "version": 1]
            let result = try await process.send("hello", members).result()
            await process.end()
            let hello = try TrainerHello(result)
            return "\(hello.name) \(result["release"]?.string ?? ""), on \(hello.device)"
        } catch {
            await process.end()
            switch error {
            case let death as TrainerDeath: throw death.error
            case let refusal as TrainerRefusal: throw refusal.error
            default: throw error
            }
        }
    }
}

// MARK: Steps

extension TorchInstaller {
    private struct Step {
        let command: ProcessCommand
        let purpose: String

        init(_ executable: String, _ arguments: [String], _ purpose: String) {
            command = ProcessCommand(executable, arguments)
            self.purpose = purpose
        }
    }

    private func pip(_ arguments: [String], _ purpose: String) -> Step {
        let usual = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input"]
        return Step(installation.python, usual + arguments, purpose)
    }

    /// Runs a step to its end; what it says of downloads is told on.
    private func run(_ step: Step) async throws {
        let words = Mutex((tail: OutputTail(limit: 8192), reader: LineReader(limit: 1 << 20)))
        let running = Mutex<Subprocess?>(nil)
        let ending = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let process = Subprocess(step.command) { event in
                    switch event {
                    case .output(let bytes):
                        let lines = words.withLock { words in
                            words.tail.append(bytes)
                            return (try? words.reader.lines(with: bytes)) ?? []
                        }
                        for line in lines.map({ String(decoding: $0, as: UTF8.self) }) where Self.isNews(line) {
                            progress("  \(line.split(whereSeparator: \.isWhitespace).joined(separator: " "))")
                        }
                    case .complaint(let bytes): words.withLock { $0.tail.append(bytes) }
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
        default: throw failure(step, ending, words.withLock { $0.tail })
        }
    }

    /// Whether a line says why it takes so long.
    private static func isNews(_ line: String) -> Bool {
        line.contains("Downloading ") && ["MB)", "GB)"].contains { line.hasSuffix($0) }
    }

    /// What a step that failed was about, where its last words tell.
    private func failure(_ step: Step, _ ending: Subprocess.Ending, _ tail: OutputTail) -> WhetError {
        let all = tail.lastLines(60) ?? ""
        let last = tail.lastLines().map { "its last words:\n\($0)" }
        func error(_ problem: String, _ remedy: String) -> WhetError {
            let remedies = [remedy, last].compactMap(\.self)
            return WhetError(problem, at: step.command.words, remedy: remedies.joined(separator: "\n"))
        }
        func says(_ phrases: String...) -> Bool { phrases.contains { all.contains($0) } }
        if says("ensurepip is not available", "No module named ensurepip", "No module named venv") {
            return error("this Python cannot make environments", "apt-get install python3-venv, or give --python PATH")
        }
        if says("No space left on device") {
            return error(
                "there is too little disk for PyTorch",
                "free \(neededBytes / 1_000_000_000) GB, or set WHET_HOME (and TMPDIR) to another disk")
        }
        if says(
            "Temporary failure in name resolution", "Name or service not known", "establish a new connection",
            "Max retries exceeded", "Read timed out", "Could not fetch URL", "No matching distribution found",
            "ProxyError")
        {
            return error(
                "the index of packages gave nothing while \(step.purpose)",
                "look at the network, or name another index (--torch-index URL; pypi is pip's usual one) or --python")
        }
        return error("\(step.purpose) failed with \(ending.words)", "see why it failed")
    }
}
