import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite(
    "Attempts to get out", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .serialized,
    .timeLimit(.minutes(5)))
struct EscapeTests: InterpreterTests {
    private static var settings: PythonTools.Settings {
        var settings = PythonTools.Settings()
        settings.memoryBytes = 1 << 28
        settings.totalMemoryBytes = 1 << 29
        settings.temporaryBytes = 1 << 23
        return settings
    }

    /// What the host allows, and what can be had until it looks.
    private static let memoryBytes = 1 << 31

    @Test("there are enough of them, of every kind")
    func counts() {
        #expect(EscapeAttempt.all.count >= 70)
        #expect(Set(EscapeAttempt.all.map(\.kind)) == Set(EscapeAttempt.Kind.allCases))
        #expect(Set(EscapeAttempt.all.map(\.testDescription)).count == EscapeAttempt.all.count)
    }

    @Test("an interpreter contains it and tells of it, and its neighbors go on", arguments: EscapeAttempt.all)
    func isContained(_ attempt: EscapeAttempt) async throws {
        try await Outside.with { outside in
            try await with(Self.settings) { tools in
                let neighbor = try await tools.session(for: Self.task)
                _ = try await run(neighbor, "word = 'neighbor-kept-word'; open('/tmp/kept', 'w').write('7')")
                let session = try await tools.session(for: Self.task)
                let result = try await run(session, outside.code(attempt), limit: attempt.limit)
                #expect(result.text.contains(attempt.told), "\(result.text.suffix(1000))")
                try await outside.expectUntouched(result.text, memoryBytes: Self.memoryBytes)
                #expect(
                    try await run(neighbor, "word, open('/tmp/kept').read()")
                        == ToolResult("('neighbor-kept-word', '7')\n"))
                // The same interpreter, or a new one.
                #expect(try await run(session, "6 * 7") == ToolResult("42\n"))
                let next = try await tools.session(for: Self.task)
                #expect(try await run(next, "6 * 7") == ToolResult("42\n"))
            }
        }
    }

    @Test(
        "a program's sandbox contains it and tells of it",
        arguments: EscapeAttempt.all.filter { if case .none = $0.program { false } else { true } })
    func isContainedAsProgram(_ attempt: EscapeAttempt) async throws {
        try await Outside.with { outside in
            let limits = SandboxLimits(
                wallTime: attempt.limit, memoryBytes: 1 << 29, processes: 16, temporaryBytes: 1 << 23,
                outputBytes: 1 << 16, openFiles: 64)
            let program = SandboxedProgram(
                ["python3", "-S", "main.py"], files: [.init("main.py", outside.code(attempt))])
            let result = try await Sandbox().run(program, limits: limits)
            let told = "\(result.outputText)\n\(result.complaintText)\n\(result.reason)"
            var words = attempt.told
            if case .says(let others) = attempt.program { words = others }
            #expect(told.contains(words), "\(told.suffix(1000))")
            try await outside.expectUntouched(told, memoryBytes: Self.memoryBytes)
        }
    }

    @Test("all of them at once leave a neighbor alone")
    func areContainedTogether() async throws {
        var settings = Self.settings
        settings.totalMemoryBytes = 1 << 30
        try await Outside.with { outside in
            try await with(settings) { tools in
                let neighbor = try await tools.session(for: Self.task)
                _ = try await run(neighbor, "word = 'neighbor-kept-word'")
                try await withThrowingTaskGroup(of: String.self) { group in
                    for attempt in EscapeAttempt.all where attempt.kind != .memory {
                        group.addTask {
                            let session = try await tools.session(for: Self.task)
                            return try await run(session, outside.code(attempt), limit: attempt.limit).text
                        }
                    }
                    for try await told in group { #expect(!told.contains("ESCAPED"), "\(told.suffix(1000))") }
                }
                #expect(try await run(neighbor, "word") == ToolResult("'neighbor-kept-word'\n"))
                try await outside.expectUntouched("", memoryBytes: 1 << 32)
            }
        }
    }

    @Test("an interpreter that computes between its calls is ended, and told so", arguments: [
        "import threading\ndef work():\n    while True: pass\nthreading.Thread(target=work, daemon=True).start()",
        """
        import gc, json, os, stat, sys
        is_link = lambda n: os.path.exists(f"/proc/self/fd/{n}") and stat.S_ISSOCK(os.fstat(n).st_mode)
        number = next(n for n in range(3, 64) if is_link(n))
        frame = sys._getframe()
        while "request" not in frame.f_locals: frame = frame.f_back
        reply = {"id": frame.f_locals["request"]["id"], "output": "forged", "error": False}
        os.write(number, json.dumps(reply).encode() + b"\\n")
        while True: pass
        """,
    ])
    func mustRest(code: String) async throws {
        var settings = Self.settings
        settings.idleLookSeconds = 0.25
        try await with(settings) { tools in
            let (session, neighbor) = (try await tools.session(for: Self.task), try await tools.session(for: Self.task))
            _ = try await run(neighbor, "kept = 7")
            _ = try await run(session, code)
            for _ in 0..<500 where tools.sessionCount > 1 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(try await run(session, "1").text.contains("it went on computing when its call was over"))
            #expect(try await run(neighbor, "kept") == ToolResult("7\n"))
        }
    }

    @Test("interpreters have no way to speak to each other")
    func cannotTalk() async throws {
        try await with(Self.settings) { tools in
            let (one, two) = (try await tools.session(for: Self.task), try await tools.session(for: Self.task))
            let offer = """
                import socket, os
                told = []
                unix, internet = socket.AF_UNIX, socket.AF_INET
                for family, name in ((unix, "\\0meet"), (unix, "/tmp/meet"), (internet, ("127.0.0.1", 7777))):
                    try:
                        server = socket.socket(family); server.bind(name); server.listen(); told.append(name)
                    except OSError as error: told.append(error.errno)
                for folder in ("/tmp", "/dev/shm", "/dev/pts", "/dev", "/", "/usr", "/var/tmp", "/run"):
                    try: open(folder + "/meet", "w").write("hello")
                    except OSError: pass
                told
                """
            #expect(try await run(one, offer) == ToolResult("[101, 101, 101]\n"))
            let look = """
                import os
                folders = ("/tmp", "/dev/shm", "/dev/pts", "/dev", "/", "/usr", "/var/tmp", "/run")
                [folder for folder in folders if os.path.exists(folder + "/meet")]
                """
            #expect(try await run(two, look) == ToolResult("[]\n"))
            #expect(try await run(one, look) == ToolResult("['/tmp', '/dev/shm']\n"))
        }
    }
}
