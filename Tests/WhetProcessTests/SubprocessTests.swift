import CWhetProcess
import Foundation
import Synchronization
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetProcess

@Suite("Child processes", .timeLimit(.minutes(2)))
struct SubprocessTests {
    private let observer = Observer()

    private func start(_ command: ProcessCommand, files: [MemoryFile] = []) -> Subprocess {
        Subprocess(command, files: files) { [observer] in observer.receive($0) }
    }

    private func shell(_ script: String, files: [MemoryFile] = []) -> Subprocess {
        start(ProcessCommand("/bin/sh", ["-c", script]), files: files)
    }

    @Test("read their input, and what they write is told apart")
    func passesBytes() async {
        let process = shell("cat; echo wrong >&2; exit 3")
        process.send(Array("one ".utf8))
        process.send(Array("two".utf8))
        process.endInput()
        let record = await observer.end()
        #expect(record.text == "one two")
        #expect(record.complaints == Array("wrong\n".utf8))
        #expect(record.ending == .exited(3))
    }

    @Test("take more than a pipe holds, both ways at once")
    func passesMuch() async {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let process = shell("cat")
        process.send(bytes)
        process.endInput()
        #expect(await observer.end().output == bytes)
    }

    @Test("may end without reading what they are sent")
    func survivesDeafPrograms() async {
        let process = shell("exit 0")
        process.send([UInt8](repeating: 1, count: 1 << 20))
        #expect(await observer.end().ending == .exited(0))
        process.send([1])
        process.kill()
    }

    @Test("inherit no open file but their own")
    func inheritsNothing() async throws {
        let folder = FileManager.default.temporaryDirectory.path
        let leaked = open(folder, O_RDONLY)
        defer { close(leaked) }
        _ = shell("echo /proc/$$/fd/*", files: [try MemoryFile(Array("x".utf8))])
        let open = await observer.end().text.split(separator: " ").compactMap {
            Int($0.split(separator: "/").last ?? "")
        }
        // The shell itself may hold one more for the folder that it lists.
        #expect(Set(open).isSuperset(of: [0, 1, 2, 3]))
        #expect(open.count <= 5, "\(open)")
        #expect(!open.contains(Int(leaked)))
    }

    @Test("find files in memory, and what they write there can be read")
    func passesFiles() async throws {
        let (given, taken) = (try MemoryFile(Array("hello".utf8)), try MemoryFile())
        _ = shell("cat <&3 >&4", files: [given, taken])
        #expect(await observer.end().ending == .exited(0))
        #expect(taken.contents() == Array("hello".utf8))
    }

    @Test("have the variables and the folder that they are given, and no others")
    func hasItsEnvironment() async {
        _ = start(ProcessCommand("pwd", in: "/usr", environment: ["PATH": "/usr/bin:/bin"]))
        #expect(await observer.end().text == "/usr\n")
        let second = Observer()
        _ = Subprocess(ProcessCommand("/usr/bin/env", environment: ["A": "b c"])) { second.receive($0) }
        #expect(await second.end().text == "A=b c\n")
    }

    @Test("die with all that they started")
    func killsTheGroup() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "fifo").path
        #expect(mkfifo(path, 0o600) == 0)
        let fifo = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(fifo) }
        // The grandchild has the FIFO open for as long as it lives.
        let process = shell("(exec sleep 1000 > \(path)) & sleep 1000 > \(path) & (: > \(path)); echo ready; wait")
        _ = await observer.until { $0.text == "ready\n" }
        process.kill()
        #expect(await observer.end().ending == .signaled(SIGKILL))
        var polled = pollfd(fd: fifo, events: Int16(POLLIN), revents: 0)
        #expect(poll(&polled, 1, 10_000) == 1)
        #expect(polled.revents & Int16(POLLHUP) != 0)
    }

    @Test("end when their leader ends, whoever still holds their output")
    func doesNotWaitForGrandchildren() async {
        _ = shell("sleep 1000 & echo out; exit 5")
        let record = await observer.end()
        #expect(record.ending == .exited(5))
        #expect(record.text == "out\n")
    }

    @Test("are reported when their time is over")
    func reportsDeadlines() async {
        let process = shell("sleep 1000")
        process.setDeadline(.now.advanced(by: .milliseconds(10)))
        #expect(await observer.until { $0.deadlines == 1 }.ending == nil)
        process.kill()
        #expect(await observer.end().deadlines == 1)
    }

    @Test(
        "that are not there say so", arguments: ["no-such-program-anywhere", "/etc/passwd", "/nowhere/at/all", "/usr"])
    func reportsMissingPrograms(_ name: String) async {
        _ = start(ProcessCommand(name))
        guard case .failedToStart(let error) = await observer.end().ending else {
            Issue.record("it started")
            return
        }
        #expect(error.description.contains(name))
    }

    @Test("are asked to end, and may take their time", arguments: [false, true])
    func asked(isTied: Bool) async {
        let script = "trap 'echo bye; exit 7' TERM; echo on; while :; do sleep 0.01; done"
        var command = ProcessCommand("/bin/sh", ["-c", script])
        command.endsWithWhet = isTied
        let process = start(command)
        _ = await observer.until { $0.text == "on\n" }
        process.askToEnd()
        let record = await observer.end()
        #expect(record.text == "on\nbye\n" && record.ending == .exited(7))
    }

    @Test("that are tied to whet's life start as others do")
    func tied() async throws {
        let script = "cat; cat /dev/fd/3; pwd; echo $0 $A; echo /proc/$$/fd/*"
        var command = ProcessCommand("/bin/sh", ["-c", script], in: "/usr")
        command.environment = ["PATH": "/usr/bin:/bin", "A": "b c"]
        command.endsWithWhet = true
        let process = start(command, files: [try MemoryFile(Array("file\n".utf8))])
        process.send(Array("input\n".utf8))
        process.endInput()
        let lines = await observer.end().text.split(separator: "\n").map(String.init)
        #expect(lines.prefix(4) == ["input", "file", "/usr", "/bin/sh b c"])
        let open = (lines.last ?? "").split(separator: " ").compactMap { Int($0.split(separator: "/").last ?? "") }
        // The shell itself may hold one more for the folder that it lists.
        #expect(Set(open).isSuperset(of: [0, 1, 2, 3]) && open.count <= 5)

        let second = Observer()
        var missing = ProcessCommand("/bin/sh", in: "/no/such/folder")
        missing.endsWithWhet = true
        _ = Subprocess(missing) { second.receive($0) }
        guard case .failedToStart(let error) = await second.end().ending else {
            Issue.record("it started")
            return
        }
        #expect(error.problem.contains("No such file or directory"))
    }

    @Test("that are tied to whet's life are killed when what started them is gone")
    func orphaned() async throws {
        // The thread that starts it stands for whet: the kernel looks at threads.
        let watch = Mutex<Int32>(-1)
        await withCheckedContinuation { continuation in
            let thread = Thread {
                var child: pid_t = 0
                var descriptor: Int32 = -1
                let code = ["sleep", "1000"].withCStrings { arguments in
                    [String]().withCStrings { environment in
                        whet_process_spawn("/bin/sleep", arguments, environment, nil, [], 0, 1, &child, &descriptor)
                    }
                }
                watch.withLock { $0 = code == 0 ? descriptor : -1 }
                continuation.resume()
            }
            thread.start()
        }
        let descriptor = watch.withLock { $0 }
        try #require(descriptor >= 0)
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&polled, 1, 60_000) == 1)
        close(descriptor)
    }

    @Test("are heard closing their output while they run")
    func closesOutput() async {
        let closed = Mutex(false)
        let process = Subprocess(ProcessCommand("/bin/sh", ["-c", "exec >&-; exec sleep 1000"])) { [observer] event in
            if case .output(let bytes) = event, bytes.isEmpty { closed.withLock { $0 = true } }
            observer.receive(event)
        }
        while !closed.withLock({ $0 }) { await Task.yield() }
        process.kill()
        #expect(await observer.end().ending == .signaled(9))
    }
}
