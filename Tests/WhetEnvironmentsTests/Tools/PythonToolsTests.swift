import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite(
    "Python interpreters", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .serialized,
    .timeLimit(.minutes(3)))
struct PythonToolsTests: InterpreterTests {
    @Test("variables last from call to call, and each rollout has its own")
    func remembers() async throws {
        try await with { tools in
            let one = try await tools.session(for: Self.task)
            let two = try await tools.session(for: Self.task)
            #expect(try await run(one, "x = 20\nprint('set')") == ToolResult("set\n"))
            #expect(try await run(one, "def f(y):\n    return x + y\nf(22)") == ToolResult("42\n"))
            #expect(try await run(one, "y = 1") == ToolResult("(nothing was printed)"))
            let strange = try await run(two, "x")
            #expect(strange.isError && strange.text.contains("NameError"))
            #expect(try await run(one, "import sys; sys.exit(3)") == ToolResult("(nothing was printed)"))
            #expect(try await run(one, "x") == ToolResult("20\n"))
            #expect(tools.sessionCount == 2)
            await one.close()
            await two.close()
            #expect(tools.sessionCount == 0)
        }
    }

    @Test(
        "what code does wrong is told, and the interpreter goes on",
        arguments: [
            ("1/0", "File \"<call 2>\", line 1"), ("def f(:", "SyntaxError"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            ("def f(): f()\nf()", "RecursionError"), ("bytearray(1 << 40)", "MemoryError"),
            ("while True: pass", "OutOfTime: the call took longer than 0.2 s"),
            ("open('/usr/x', 'w')", "Read-only file system"),
            ("open('/tmp/x', 'wb').write(b'0' * (1 << 25))", "OSError"),
            ("while True: print('y' * 1000)", "File too large"), ("open('/root/x')", "Error"),
            ("chr(0xd800)", "'\\ud800'"),
            ("import socket; socket.create_connection(('1.1.1.1', 80), 1)", "unreachable"),
            ("import os\nfor i in range(100): os.fork()", "BlockingIOError"),
            ("import os; os.kill(1, 9); os.kill(-1, 9)", "No such process"),
            ("import os; [p for p in os.listdir('/proc') if p.isdigit()]", "['1']"),
            ("import subprocess; subprocess.run(['unshare', '-U', 'true']).returncode", "1\n"),
            ("import os; os.setuid(0)", "Error"), ("import os; os.symlink('/etc/passwd', 'p'); open('p')", "Error"),
            ("import subprocess; p = subprocess.Popen(['sleep', '1000']); print('begun')", "begun"),
        ])
    func tells(code: String, words: String) async throws {
        try await with { tools in
            let session = try await tools.session(for: Self.task)
            _ = try await run(session, "kept = 7")
            let limit: Duration = code.hasPrefix("while True: pass") ? .milliseconds(200) : .seconds(30)
            let result = try await run(session, code, limit: limit)
            #expect(result.text.contains(words), "\(result.text.suffix(500))")
            #expect(try await run(session, "kept") == ToolResult("7\n"))
        }
    }

    @Test(
        "an interpreter that its code ends, or spoils, is told of, and the next call has a new one",
        arguments: [
            ("import os; os._exit(3)", "it ended itself with exit status 3"),
            ("import ctypes; ctypes.string_at(0)", "it was ended by signal 11"),
            (
                "import os\nfor n in range(3, 64):\n    try: os.write(n, b'garbage\\n')\n    except OSError: pass",
                "it wrote where it must not"
            ),
            (
                "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
                "the call took longer than 0.2 s"
            ),
        ])
    func startsAnew(code: String, words: String) async throws {
        try await with { tools in
            let session = try await tools.session(for: Self.task)
            let other = try await tools.session(for: Self.task)
            _ = try await run(session, "kept = 7")
            _ = try await run(other, "kept = 8")
            let limit: Duration = code.contains("SIGALRM") ? .milliseconds(200) : .seconds(30)
            let result = try await run(session, code, limit: limit)
            #expect(result.isError && result.text.contains(words), "\(result.text)")
            #expect(try await run(session, "kept").text.contains("NameError"))
            #expect(try await run(other, "kept") == ToolResult("8\n"))
        }
    }

    @Test("output is bounded, with words where it is cut")
    func cuts() async throws {
        var settings = PythonTools.Settings()
        settings.outputBytes = 1000
        try await with(settings) { tools in
            let session = try await tools.session(for: Self.task)
            let result = try await run(session, "print('a' * 5000 + 'end')")
            #expect(result.text.contains("4004 bytes are left out") && result.text.hasSuffix("end\n"))
        }
    }

    @Test("all together may use only so much memory; the largest is ended")
    func boundsMemory() async throws {
        var settings = PythonTools.Settings()
        settings.totalMemoryBytes = 80 << 20
        try await with(settings) { tools in
            let small = try await tools.session(for: Self.task)
            _ = try await run(small, "kept = 7")
            let large = try await tools.session(for: Self.task)
            let result = try await run(
                large, "import time\nblock = bytearray(b'x' * (120 << 20))\ntime.sleep(25)", limit: .seconds(30))
            #expect(result.text.contains("more memory than they may"), "\(result.text)")
            #expect(try await run(small, "kept") == ToolResult("7\n"))
        }
    }

    @Test("there are no more interpreters than allowed, and none when the tools are closed")
    func boundsSessions() async throws {
        var settings = PythonTools.Settings()
        settings.maximumSessions = 2
        let tools = try PythonTools(settings, sandbox: Sandbox())
        let sessions = try await [
            tools.session(for: Self.task), tools.session(for: Self.task), tools.session(for: Self.task),
        ]
        for session in sessions.prefix(2) { _ = try await run(session, "1") }
        let failure = try await #require(throws: ToolFailure.self) { try await run(sessions[2], "1") }
        #expect(failure.kind == .unavailable)
        await sessions[0].close()
        #expect(try await run(sessions[2], "1") == ToolResult("1\n"))
        await tools.close()
        #expect(sessions.allSatisfy { !$0.isOpen })
        #expect(try await #require(throws: ToolFailure.self) { try await run(sessions[1], "1") }.kind == .died)
        await #expect(throws: ToolFailure.self) { try await tools.session(for: Self.task) }
    }

    @Test("who is cancelled waits no longer, and its interpreter ends")
    func cancels() async throws {
        try await with { tools in
            let session = try await tools.session(for: Self.task)
            _ = try await run(session, "1")
            let waiting = Task { try await run(session, "import time; time.sleep(3600)", limit: .seconds(3600)) }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test("a Python that cannot be used is told as such")
    func refuses() async throws {
        var settings = PythonTools.Settings()
        settings.python = "no-such-python"
        #expect(throws: WhetError.self) { try PythonTools(settings, sandbox: Sandbox()) }
        settings = .init()
        settings.imports = ["no_such_module"]
        try await with(settings) { tools in
            let session = try await tools.session(for: Self.task)
            let failure = try await #require(throws: ToolFailure.self) { try await run(session, "1") }
            #expect(
                failure.kind == .unavailable && failure.error.remedy?.contains("no_such_module") == true, "\(failure)")
        }
    }

    @Test("an environment with blocks of Python plays a rollout, and plays it on where its interpreter is gone")
    func plays() async throws {
        try await with { tools in
            func environment() async throws -> ToolEnvironment {
                try await ToolEnvironment(SumEnvironment(), tools: [tools], syntax: .pythonBlock)
            }
            let first = try await environment()
            let task = try await first.task(level: 0, seed: 41)
            var messages = task.messages + [Message(.assistant, "Let me see.\n```python\na = 41\nprint(a)\n```")]
            messages += try #require(try await first.reply(to: messages, of: task))
            #expect(messages.last == Message(.user, "```output\n41\n\n```"))
            await first.sessions.close()
            let second = try await environment()
            messages.append(Message(.assistant, "```python\na + 1\n```"))
            messages += try #require(try await second.reply(to: messages, of: task))
            #expect(messages.last?.content == "```output\n42\n\n```")
            messages.append(Message(.assistant, "42"))
            #expect(try await second.reply(to: messages, of: task) == nil)
            #expect(try await second.score(messages, of: task).isSolved)
            await second.sessions.close()
        }
    }

    /// Figures for docs/tools.md: WHET_BENCHMARK=1 prints them.
    @Test("figures", .enabled(if: ProcessInfo.processInfo.environment["WHET_BENCHMARK"] != nil))
    func measures() async throws {
        try await with { tools in
            let warm = try await tools.session(for: Self.task)
            _ = try await run(warm, "1")
            let clock = ContinuousClock()
            let ended = try await clock.measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<1000 {
                        if index >= 8 { try await group.next() }
                        group.addTask {
                            let session = try await tools.session(for: Self.task)
                            #expect(try await run(session, "6 * 7") == ToolResult("42\n"))
                            await session.close()
                        }
                    }
                    try await group.waitForAll()
                }
            }
            print("1,000 interpreters started, asked and ended, 8 at a time: \(ended)")
            let sessions = try await (0..<999).asyncMap { _ in try await tools.session(for: Self.task) }
            let opened = try await clock.measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for session in sessions { group.addTask { _ = try await run(session, "x = 1") } }
                    try await group.waitForAll()
                }
            }
            print("999 interpreters at once: \(opened), \(tools.sessionCount) open")
            let calls = try await clock.measure { for _ in 0..<2000 { _ = try await run(warm, "x = 1") } }
            print("2,000 calls one after the other: \(calls)")
            for session in sessions { await session.close() }
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
