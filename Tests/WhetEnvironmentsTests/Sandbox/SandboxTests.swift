import Foundation
import Testing
import WhetCore
import WhetProcess
import WhetTestSupport

@testable import WhetEnvironments

/// Whether this machine lets programs be fenced in. Where it does not, what fencing does cannot be tested.
enum SandboxHere {
    static func works() async -> Bool {
        do {
            try await Sandbox().check()
            return true
        } catch {
            return false
        }
    }

    static let comment: Comment = "bubblewrap is not installed, or may not make namespaces here"
}

@Suite("The sandbox", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .timeLimit(.minutes(3)))
struct SandboxTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func shell(
        _ script: String, _ limits: SandboxLimits = .standard, input: String = ""
    ) async throws -> ProgramResult {
        try await sandbox.run(SandboxedProgram(["sh", "-c", script], input: Array(input.utf8)), limits: limits)
    }

    private func python(_ code: String, _ limits: SandboxLimits = .standard) async throws -> ProgramResult {
        try await sandbox.run(
            SandboxedProgram(["python3", "-S", "main.py"], files: [.init("main.py", code)]), limits: limits)
    }

    @Test("tells what a program wrote and how it ended")
    func reports() async throws {
        let result = try await shell("cat; echo oh no >&2; exit 3", input: "hello")
        #expect(result.outputText == "hello")
        #expect(result.complaintText == "oh no\n")
        #expect(result.ending == .exited(3))
        #expect(result.reason == "it ended with exit status 3: oh no")
        #expect(try await shell("kill -6 $$").ending == .signaled(6))
        #expect(try await shell("exit 0").reason == "it ended well")
    }

    @Test("shows nothing of the system but what programs need")
    func hides() async throws {
        let result = try await shell("cd /; echo *; echo etc/*; echo usr/bin/s[h]; ls /home /root /work /tmp /var 2>&1")
        let names = Set(result.outputText.split(separator: "\n").first.map { $0.split(separator: " ") } ?? [])
        #expect(
            names.isSubset(of: ["bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr"]))
        #expect(result.outputText.contains("usr/bin/sh"))
        #expect(!result.outputText.contains("passwd") && !result.outputText.contains("shadow"))
    }

    @Test("cannot be written to but in /tmp", arguments: ["/", "/usr", "/etc", "/dev", "/proc", "/bin"])
    func isReadOnly(_ folder: String) async throws {
        #expect(try await shell("echo x > \(folder)/whet-was-here").isSuccess == false)
        #expect(try await shell("echo x > /tmp/here && cat /tmp/here").outputText == "x\n")
        #expect(try await shell("ls /tmp").outputText == "")
    }

    @Test("runs as nobody, without rights or ways to get some")
    func hasNoRights() async throws {
        let script = "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; unshare -Ur true || echo refused"
        let lines = try await shell(script).outputText.split(separator: "\n")
        #expect(
            lines == ["65534", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "refused"])
        #expect(try await shell("mount -o remount,rw /usr || mount -t tmpfs x /tmp").isSuccess == false)
    }

    @Test("sees no processes but its own, and none of their numbers")
    func seesNoProcesses() async throws {
        let result = try await shell("echo /proc/[0-9]*; kill -9 \(ProcessInfo.processInfo.processIdentifier)")
        #expect(result.outputText.split(separator: " ").count <= 4, "\(result.outputText)")
    }

    @Test("has no network, not even this machine's own")
    func hasNoNetwork() async throws {
        let server = try CannedServer { _ in .json("{}") }
        let code = """
            import socket
            for address in (("127.0.0.1", \(server.port)), ("1.1.1.1", 80)):
                try:
                    socket.create_connection(address, 5)
                    print("connected")
                except OSError as error:
                    print("refused")
            """
        #expect(try await python(code).outputText == "refused\nrefused\n")
        #expect(server.counts.connections == 0)
    }

    @Test("passes on no variables but those given")
    func clearsTheEnvironment() async throws {
        let program = SandboxedProgram(["env"], environment: ["A": "b c"])
        let names = try await sandbox.run(program).outputText.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).subtracting(["PWD"]) == ["A", "HOME", "LANG", "PATH"])
    }

    @Test("gives a program its files, which it cannot change")
    func givesFiles() async throws {
        let program = SandboxedProgram(
            ["./run.sh"],
            files: [
                .init("run.sh", "#!/bin/sh\ncat data; echo more >> data; rm data; cat data"),
                .init("data", [0x61, 0x0A, 0xFF, 0x0A]),
            ])
        #expect(try await sandbox.run(program).output == [0x61, 0x0A, 0xFF, 0x0A, 0x61, 0x0A, 0xFF, 0x0A])
    }

    @Test("bounds memory")
    func boundsMemory() async throws {
        let result = try await python("x = bytearray(1 << 29)", SandboxLimits(memoryBytes: 1 << 28))
        #expect(result.ending == .exited(1))
        #expect(result.reason.contains("MemoryError"))
    }

    @Test("bounds processes")
    func boundsProcesses() async throws {
        let code = """
            import os, time
            count = 0
            try:
                while count < 1000:
                    if os.fork() == 0:
                        time.sleep(1000)
                    count += 1
            except OSError:
                pass
            print(count)
            """
        let result = try await python(code, SandboxLimits(processes: 20))
        let count = try #require(Int(result.outputText.trimmed))
        #expect((1...20).contains(count))
    }

    @Test("bounds files, one by one and together")
    func boundsFiles() async throws {
        let limits = SandboxLimits(temporaryBytes: 1 << 20)
        #expect(try await shell("head -c 2000000 /dev/zero > a", limits).ending == .signaled(25))
        #expect(
            try await shell("for n in 1 2 3; do head -c 700000 /dev/zero > $n || exit 9; done", limits).ending
                == .exited(9))
        #expect(try await shell("head -c 2000000 /dev/zero > /dev/shm/a", limits).isSuccess == false)
    }

    @Test("bounds output")
    func boundsOutput() async throws {
        let result = try await shell("yes", SandboxLimits(outputBytes: 5000))
        #expect(result.ending == .outputOverflow)
        #expect(result.output.count == 5000)
        let complaints = try await shell("yes >&2", SandboxLimits(outputBytes: 5000))
        #expect(complaints.ending == .outputOverflow && complaints.complaints.count == 5000)
    }

    @Test("bounds time, by the clock and by the processor")
    func boundsTime() async throws {
        let slow = try await shell("echo before; sleep 1000", SandboxLimits(wallTime: .milliseconds(500)))
        #expect(slow.ending == .timedOut)
        let busy = try await shell(
            "while :; do :; done", SandboxLimits(wallTime: .seconds(100), processorTime: .seconds(1)))
        #expect(busy.ending == .signaled(24) || busy.ending == .signaled(9))
    }

    @Test("ends with the program, whatever that left running")
    func leavesNothing() async throws {
        #expect(try await shell("setsid sleep 1000 & (sleep 1000 &) ; echo done").outputText == "done\n")
    }

    @Test("ends when its task is cancelled")
    func cancels() async throws {
        let sandbox = sandbox
        let task = Task {
            try await sandbox.run(SandboxedProgram(["sleep", "1000"]), limits: SandboxLimits(wallTime: .seconds(900)))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(
        "throws where a program is not there: that is nobody's failure",
        arguments: ["no-such-program", "/usr/bin/nope", "/work/x"])
    func reportsMissingPrograms(_ name: String) async {
        let error = await #expect(throws: WhetError.self) { try await sandbox.run(SandboxedProgram([name])) }
        #expect(error?.problem.contains(name) == true)
    }

    @Test("takes no file names that lead elsewhere", arguments: ["", ".", "..", "a/b", "/etc/passwd"])
    func refusesNames(_ name: String) async {
        await #expect(throws: WhetError.self) {
            try await sandbox.run(SandboxedProgram(["true"], files: [.init(name, "")]))
        }
    }

    @Test("shows folders that are named, and says when they are not there")
    func showsFolders() async throws {
        let sandbox = try Sandbox(readableFolders: ["/etc/ld.so.conf.d"])
        #expect(try await sandbox.run(SandboxedProgram(["ls", "/etc/ld.so.conf.d"])).isSuccess)
        let missing = try Sandbox(readableFolders: ["/no/such/folder"])
        let error = await #expect(throws: WhetError.self) { try await missing.run(SandboxedProgram(["true"])) }
        #expect(error?.remedy?.contains("readable folder") == true)
    }
}

@Suite("Where there can be no sandbox")
struct NoSandboxTests {
    @Test("whet says what to install")
    func saysWhatToInstall() {
        let error = #expect(throws: WhetError.self) { try SandboxTools(folders: ["/nowhere"]) }
        #expect(error?.remedy?.contains("apt-get install bubblewrap") == true)
    }

    @Test(
        "programs are not run, and whet says what to allow",
        arguments: [
            ("bwrap: No permissions to create a new namespace", "kernel.unprivileged_userns_clone"),
            ("bwrap: setting up uid map: Permission denied", "unconfined"),
            ("bwrap: Unknown option --disable-userns", "bubblewrap 0.8"), ("", "unprivileged"),
        ])
    func saysWhatToAllow(_ words: String, _ remedy: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // It would run the program if it were asked to, as a bad sandbox would.
        let script = "#!/bin/sh\necho '\(words)' >&2\nexit 1\n"
        for name in ["bwrap", "prlimit"] {
            let path = folder.appending(path: name).path
            try Data(script.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let sandbox = Sandbox(tools: try SandboxTools(folders: [folder.path], isRoot: false))
        let error = await #expect(throws: WhetError.self) { try await sandbox.check() }
        #expect(error?.description.contains(remedy) == true, "\(error?.description ?? "")")
        #expect(words.isEmpty || error?.problem.contains(words) == true)
    }
}

@Suite("A turnstile")
struct TurnstileTests {
    @Test("lets no more through than it has places, and everybody in the end")
    func bounds() async throws {
        let turnstile = Turnstile(places: 3)
        let inside = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turnstile.pass {
                        await inside.enter()
                        await Task.yield()
                        await inside.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await inside.total == 200)
        #expect(await (1...3).contains(inside.most))
    }

    @Test("forgets who was cancelled while waiting")
    func cancels() async throws {
        let turnstile = Turnstile(places: 1)
        let gate = Gate()
        let first = Task { try await turnstile.pass { await gate.wait() } }
        let second = Task { try await turnstile.pass {} }
        second.cancel()
        _ = await second.result
        gate.open()
        try await first.value
        try await turnstile.pass {}
    }

    private actor Counter {
        var now = 0
        var most = 0
        var total = 0
        func enter() {
            now += 1
            total += 1
            most = max(most, now)
        }
        func leave() { now -= 1 }
    }
}
