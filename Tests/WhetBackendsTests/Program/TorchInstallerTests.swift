import Foundation
import Synchronization
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetBackends

/// With a Python that only seems to be one: nothing is downloaded.
@Suite("Installing the PyTorch trainer", .timeLimit(.minutes(2)))
struct TorchInstallerTests {
    private static let source = URL(filePath: #filePath).appending(path: "../../../../trainers/torch")
        .standardizedFileURL

    /// A shell script that takes Python's place, and notes what it was asked for. `fault` is one of its lines.
    private static func python(in folder: URL, fault: String = "") throws -> String {
        let script = """
            #!/bin/sh
            echo "$*" >>"\(folder.path)/asked"
            \(fault)
            case "$*" in
            "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
            "-m pip install"*) echo "Collecting torch"; echo "  Downloading torch-2.whl (200 MB)" ;;
            "-m whet_torch") exec /usr/bin/python3 -S "\(TrainerFixture.script)" none "\(folder.path)" ;;
            esac
            """
        let file = folder.appending(path: "python")
        try Data(script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file.path
    }

    private static func asked(in folder: URL) throws -> [String] {
        try String(contentsOf: folder.appending(path: "asked"), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static func copy(to folder: URL) throws -> URL {
        let copy = folder.appending(path: "torch")
        try FileManager.default.createDirectory(
            at: copy.appending(path: "whet_torch"), withIntermediateDirectories: true)
        for file in TorchInstallation.files(of: source) {
            try FileManager.default.copyItem(at: source.appending(path: file), to: copy.appending(path: file))
        }
        return copy
    }

    @Test("is done once; what changed of it is installed alone")
    func installs() async throws {
        try await withTemporaryDirectory { folder in
            let source = try Self.copy(to: folder)
            let installation = TorchInstallation(home: folder.appending(path: "home"))
            let progress = Mutex<[String]>([])
            let installer = TorchInstaller(
                installation, source: source, python: try Self.python(in: folder),
                index: .address("https://index.invalid/cpu")
            ) { line in progress.withLock { $0.append(line) } }
            #expect(installation.state(source: source) == .missing)
            #expect(throws: WhetError.self) { try installation.installedPython(source: source) }

            #expect(try await installer.install()?.hasPrefix("number") == true)
            #expect(installation.state(source: source) == .whole)
            #expect(try installation.installedPython(source: source) == installation.python)
            let asked = try Self.asked(in: folder)
            #expect(asked.contains("-m venv --clear \(installation.folder.path)"))
            #expect(asked.contains { $0.hasSuffix("torch>=2.6 --index-url https://index.invalid/cpu") })
            #expect(asked.last == "-m whet_torch")
            #expect(progress.withLock { $0 }.contains("installing PyTorch from https://index.invalid/cpu"))
            #expect(progress.withLock { $0 }.contains("  Downloading torch-2.whl (200 MB)"))
            #expect(!progress.withLock { $0 }.contains { $0.contains("Collecting") })
            #expect(try await installer.install() == nil)
            #expect(try Self.asked(in: folder) == asked)

            try Data("# changed\n".utf8).write(to: source.appending(path: "whet_torch/files.py"))
            #expect(installation.state(source: source) == .outdated && installation.state(source: nil) == .whole)
            #expect(try await installer.install() != nil)
            let later = try Self.asked(in: folder).dropFirst(asked.count)
            #expect(later.count == 2 && later.first?.hasSuffix("--force-reinstall --no-deps") == true)
            #expect(try await installer.install(again: true) != nil)
            #expect(try Self.asked(in: folder).count == asked.count * 2 + 2)
        }
    }

    /// What Python does, what the sentence says, what it says to do.
    private static let faults: [(fault: String, problem: String, remedy: String)] = [
        ("case \"$1\" in -c) exit 1 ;; esac", "is older than 3.10", "--python PATH"),
        (
            "case \"$2\" in venv) echo \"ensurepip is not available\"; exit 1 ;; esac",
            "this Python cannot make environments", "apt-get install python3-venv"
        ),
        (
            "case \"$2\" in pip) echo \"OSError: [Errno 28] No space left on device\" >&2; exit 1 ;; esac",
            "too little disk", "WHET_HOME"
        ),
        (
            "case \"$2\" in pip) echo \"Temporary failure in name resolution\" >&2; exit 1 ;; esac",
            "the index of packages gave nothing while installing PyTorch", "--torch-index"
        ),
        (
            "case \"$2\" in pip) echo \"something else\" >&2; exit 4 ;; esac",
            "installing PyTorch failed with exit status 4", "something else"
        ),
        ("case \"$2\" in whet_torch) echo \"no torch\" >&2; exit 1 ;; esac", "before it had started", "no torch"),
    ]

    @Test("that fails says why and what helps, and counts as not done", arguments: faults.indices)
    func fails(index: Int) async throws {
        let (fault, problem, remedy) = Self.faults[index]
        try await withTemporaryDirectory { folder in
            let installation = TorchInstallation(home: folder.appending(path: "home"))
            let python = try Self.python(in: folder, fault: fault)
            let installer = TorchInstaller(
                installation, source: Self.source, python: python, index: .processor
            ) { _ in }
            let error = await failure { _ = try await installer.install() }
            #expect(error.problem.contains(problem), "\(error)")
            #expect(error.remedy?.contains(remedy) == true, "\(error)")
            #expect(installation.state(source: Self.source) == .missing)
        }
    }

    @Test("needs a Python, and the trainer's folder")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            let installation = TorchInstallation(home: folder)
            let noPython = TorchInstaller(installation, source: Self.source, python: "no-python-anywhere") { _ in }
            let error = await failure { _ = try await noPython.install() }
            #expect(error.problem.contains("there is no program \"no-python-anywhere\""))
            #expect(error.remedy?.contains("python3-venv") == true)
            let noSource = TorchInstaller(installation, source: folder) { _ in }
            let other = await failure { _ = try await noSource.install() }
            #expect(other.remedy?.contains("--from FOLDER") == true)
        }
    }
}
