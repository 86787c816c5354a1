import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

/// A home and scripts of its own, and a Python that makes virtual environments of nothing.
///
/// Its worker is that of the tests of processes.
struct BridgeWorkshop {
    let folder: TemporaryFolder
    var home: String { folder.url.appending(path: "home").path }
    var scripts: String { folder.url.appending(path: "scripts").path }
    var python: String { folder.url.appending(path: "python").path }
    private static let worker = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Processes/Workers/worker.py").standardizedFileURL.path

    /// - Parameter pip: what installing packages does, in the words of a shell.
    init(pip: String = "exit 0") throws {
        let python = """
            #!/bin/sh
            case "$1 $2" in
            "-c "*) exit 0 ;;
            "-m venv") mkdir -p "$4/bin"; rm -f "$4"/whet-*; cp "$0" "$4/bin/python" ;;
            "-m pip") \(pip) ;;
            *) exec /usr/bin/python3 -S '\(Self.worker)' ;;
            esac
            """
        folder = try TemporaryFolder(["python": python, "scripts/bridges/none": ""])
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: self.python)
    }

    func installation(_ name: String = "reasoning-gym") throws -> BridgeInstallation {
        BridgeInstallation(try BridgeCatalog.bridge(named: name), home: home, scripts: scripts)
    }

    /// Installs as `whet env install` does.
    func install() async throws {
        let installer = BridgeInstaller(try installation()) { _ in }
        try await installer.makePackages(python: python)
        let worker = try await installer.worker(isSandboxed: false)
        try installer.finish(BridgeRecord(workers: [worker], isSandboxed: false))
    }

    var installed: [InstalledBridge] { InstalledBridge.all(home: home, scripts: scripts) }
}

@Suite("Installed bridges", .timeLimit(.minutes(2)))
struct InstalledBridgeTests {
    @Test("have entries from what the worker said, and play")
    func plays() async throws {
        let workshop = try BridgeWorkshop()
        #expect(workshop.installed.isEmpty)
        try await workshop.install()
        let bridge = try #require(workshop.installed.first)
        #expect(bridge.record.workers.count == 1)
        try await EnvironmentResources.use { resources in
            let entry = try #require(bridge.entries(resources).first)
            #expect(entry.name == "reasoning-gym/sums" && entry.maximumLevel == 3)
            #expect(entry.options.map(\.name) == ["sign"])
            #expect(entry.options[0].expectation == "string")
            let misspelt = #expect(throws: WhetError.self) { try entry.environment(options: ["sing": "x"]) }
            #expect(misspelt?.suggestion == "sign")
            let environment = try entry.environment(options: ["sign": "and"])
            let task = try await environment.task(level: 3, seed: 1)
            #expect(task.environment == "reasoning-gym/sums" && task.messages[0].content.contains(" and "))
        }
    }

    @Test("are what their marker and their record say, or are not there")
    func wholeness() async throws {
        let workshop = try BridgeWorkshop()
        try await workshop.install()
        let installation = try workshop.installation()
        let (marker, record) = (URL(filePath: installation.marker), URL(filePath: installation.recordFile))
        let kept = try Data(contentsOf: record)
        #expect(workshop.installed.count == 1)
        try Data("reasoning-gym==0.1.24\n".utf8).write(to: marker)
        #expect(workshop.installed.isEmpty)
        try Data(installation.markerText.utf8).write(to: marker)
        for broken in ["", "{}", #"{"sandbox":false,"workers":[{}]}"#, #"{"sandbox":1,"workers":[]}"#] {
            try Data(broken.utf8).write(to: record)
            #expect(workshop.installed.isEmpty, "\(broken)")
        }
        try kept.write(to: record)
        #expect(workshop.installed.count == 1)
        try FileManager.default.removeItem(at: marker)
        #expect(workshop.installed.isEmpty)
    }

    @Test("are not there after a step failed, with its last words")
    func failing() async throws {
        let workshop = try BridgeWorkshop(pip: "echo 'no such package' >&2; exit 3")
        let error = await #expect(throws: WhetError.self) { try await workshop.install() }
        #expect(error?.problem.contains("exit status 3") == true, "\(String(describing: error))")
        #expect(error?.remedy?.contains("no such package") == true)
        #expect(workshop.installed.isEmpty)
        let nobody = BridgeInstaller(try workshop.installation()) { _ in }
        await #expect(throws: WhetError.self) { try await nobody.makePackages(python: "/no/python") }
    }

    @Test("are taken for none while they are installed again")
    func again() async throws {
        let workshop = try BridgeWorkshop()
        try await workshop.install()
        let installation = try workshop.installation()
        // Fails at once: the marker is gone before the first step.
        await #expect(throws: WhetError.self) {
            try await BridgeInstaller(installation) { _ in }.makePackages(python: "/usr/bin/false")
        }
        #expect(workshop.installed.isEmpty)
        try await workshop.install()
        #expect(workshop.installed.count == 1)
    }

    @Test("tell a person what is being done")
    func progress() async throws {
        let workshop = try BridgeWorkshop()
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let installer = BridgeInstaller(try workshop.installation()) { continuation.yield($0) }
        try await installer.makePackages(python: workshop.python)
        _ = try await installer.worker(isSandboxed: false)
        continuation.finish()
        let lines = await stream.reduce(into: []) { $0.append($1) }
        #expect(lines.count == 4 && lines[2].hasPrefix("installing reasoning-gym") && lines[3] == "starting a worker")
    }

    @Test("run those of the sandbox in it, where their Python and their checkout can be read")
    func sandboxed() throws {
        let workshop = try BridgeWorkshop()
        let installation = try workshop.installation("rlve-gym")
        try workshop.folder.write(Data("home = /opt/python/bin\n".utf8), to: "home/bridges/rlve-gym/pyvenv.cfg")
        try workshop.folder.write(Data(), to: "home/bridges/rlve-gym/bin/python")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: installation.python)
        let program = try installation.program(names: [], paths: ["/src/RLVE"], isSandboxed: true)
        let words = program.command.arguments
        for folder in [installation.folder, workshop.scripts, "/src/RLVE", "/opt/python"] {
            #expect(words.contains { $0 == folder }, "\(folder)")
        }
        #expect(words.contains("--unshare-all") && words.last == "/src/RLVE")
        #expect(program.batchSize == 16 && program.requestLimit == .seconds(180))
    }
}
