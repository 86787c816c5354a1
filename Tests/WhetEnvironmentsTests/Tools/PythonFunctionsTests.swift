import Testing
import WhetCore

@testable import WhetEnvironments

@Suite(
    "Functions that interpreters call", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .serialized,
    .timeLimit(.minutes(3)))
struct PythonFunctionsTests: InterpreterTests {
    @Test("give their values, whatever JSON these are, and see what they are told")
    func answers() async throws {
        try await with { tools in
            let functions = RecordingFunctions()
            let session = try tools.session(calling: functions)
            let code = """
                sent = {"a": [1, 2.5, None, True, "é\\n\\u2028", 2**62], "b": {"c": {}}, "": []}
                whet_call("echo", sent) == sent, whet_call("next", {}), whet_call("next")
                """
            #expect(try await run(session, code) == ToolResult("(True, 2, 3)\n"))
            let refused = try await run(session, "def f(): whet_call('refuse', {})\nf()")
            #expect(refused.isError && refused.text.hasSuffix("RuntimeError: there is no mail 7\n"))
            #expect(refused.text.contains("in f") && !refused.text.contains("<whet>"), "\(refused.text)")
            let caught = "try: whet_call('refuse', {})\nexcept RuntimeError as error: print(error)"
            #expect(try await run(session, caught) == ToolResult("there is no mail 7\n"))
            #expect(functions.calls == ["echo", "next", "next", "refuse", "refuse"])
        }
    }

    @Test("are each session's own, and whoever has none cannot call any")
    func keepsApart() async throws {
        try await with { tools in
            let (one, two) = (RecordingFunctions(), RecordingFunctions())
            let (first, second) = (try tools.session(calling: one), try tools.session(calling: two))
            async let left = run(first, "[whet_call('one', {}) for _ in range(100)][-1]")
            async let right = run(second, "[whet_call('two', {}) for _ in range(50)][-1]")
            #expect(try await (left, right) == (ToolResult("100\n"), ToolResult("50\n")))
            #expect(Set(one.calls) == ["one"] && Set(two.calls) == ["two"])
            let third = try await tools.session(for: Self.task)
            #expect(try await run(third, "whet_call").text.contains("NameError"))
        }
    }

    @Test(
        "cannot be called wrongly but with a word about it, and the interpreter goes on",
        arguments: [
            ("whet_call(7, {})", "TypeError: whet_call: the name is no text"),
            ("whet_call('n' * 300, {})", "TypeError: whet_call: the name is no text of at most 200"),
            ("whet_call('next', [1])", "TypeError: whet_call: the arguments are no dict but of type list"),
            ("whet_call('next', {'a': {1}})", "cannot be written as JSON: Object of type set"),
            ("whet_call('next', {'a': float('nan')})", "cannot be written as JSON"),
            ("a = {}; a['a'] = a; whet_call('next', a)", "cannot be written as JSON: Circular"),
            ("whet_call('next', {'a': '\\ud800'})", "the arguments of next are no JSON object that can be read"),
            ("whet_call('next', {'a': 'x' * 300_000})", "the arguments of next are too large: 300009 bytes"),
            ("whet_call('large', {})", "RuntimeError: the value is too large: 524290 bytes"),
            ("for _ in range(9): whet_call('next', {})", "RuntimeError: a call may use whet_call at most 8 times"),
            (
                "import threading\nt = threading.Thread(target=lambda: whet_call('next', {})); t.start(); t.join()",
                "main thread only"
            ),
            ("import os\nif os.fork() == 0: whet_call('next', {})\nelse: os.wait()", "own process and its main thread"),
            ("try:\n    while True: pass\nexcept BaseException: whet_call('next', {})", "OutOfTime"),
        ])
    func tells(code: String, words: String) async throws {
        var settings = PythonTools.Settings()
        settings.functionCalls = 8
        try await with(settings) { tools in
            let functions = RecordingFunctions()
            let session = try tools.session(calling: functions)
            _ = try await run(session, "kept = 7")
            let result = try await run(
                session, code, limit: code.contains("while") ? .milliseconds(200) : .seconds(30))
            #expect(result.text.contains(words), "\(result.text.suffix(500))")
            let expected =
                code.contains("large") ? ["large"] : [String](repeating: "next", count: code.contains("range") ? 8 : 0)
            #expect(functions.calls == expected)
            #expect(try await run(session, "kept, whet_call('echo', {'x': 1})") == ToolResult("(7, {'x': 1})\n"))
        }
    }

    /// Code finds the link as `link`, and the number of the request that runs as `id`.
    private static let hostile = """
        import gc, json, os, socket, stat, threading, time
        is_link = lambda n: os.path.exists(f"/proc/self/fd/{n}") and stat.S_ISSOCK(os.fstat(n).st_mode)
        number = next(n for n in range(3, 64) if is_link(n))
        def say(text): os.write(number, text.encode() + b"\\n")
        def asking(n, name="next", arguments="{}", **more):
            return json.dumps({"function": n, "name": name, "arguments": arguments, **more})
        def ask(*all, **more): say(asking(*all, **more))
        import sys
        frame = sys._getframe()
        while "request" not in frame.f_locals: frame = frame.f_back
        id = frame.f_locals["request"]["id"]

        """

    @Test(
        "code that writes to its link spoils nothing but its own interpreter",
        arguments: [
            ("say('{\"x\":' * 900 + '1' + '}' * 900)", "it wrote where it must not"),
            ("say('[' * 100_000)", "it wrote where it must not"), ("say('9' * 5000)", "it wrote where it must not"),
            ("say('7')", "it wrote where it must not"),
            ("os.write(number, b'x' * 3_000_000)", "it wrote where it must not"),
            ("say(json.dumps({'id': id + 1, 'output': '', 'error': False}))", "it wrote where it must not"),
            ("say(json.dumps({'ready': True})); say(json.dumps({'pid': 1}))", "it wrote where it must not"),
            ("say(json.dumps({'failed': 'no'}))", "it wrote where it must not"),
            ("say(asking(1) + '\\n' + asking(2))", "it wrote where it must not"),
            ("ask(2)", "it wrote where it must not"),
            ("ask(True)", "it wrote where it must not"), ("ask(1, name=7)", "it wrote where it must not"),
            ("ask(1, arguments='x' * 300_000)", "it wrote where it must not"),
            ("ask(1, name='x' * 300)", "it wrote where it must not"),
            ("os.close(number)", "it closed its link"),
            ("say(json.dumps({'id': id, 'output': 'forged', 'error': False}))\nask(1)", "forged"),
            // The request that it makes is its own, whatever it writes.
            ("ask(1, session=1, id=1, answer=1)\nprint(os.read(number, 999))", "\"value\": \"1\""),
            ("ask(1, arguments='{\"a\":NaN}')\nprint(os.read(number, 999))", "the arguments of next are no JSON"),
            ("ask(1, arguments='[' * 2000)\nprint(os.read(number, 999))", "the arguments of next are no JSON"),
            ("ask(1, name='\\ud800')\nprint(os.read(number, 999))", "value"),
            ("say(json.dumps({'id': id, 'output': '\\ud800', 'error': 0}))", "?"),
        ])
    func spoilsOnlyItself(code: String, words: String) async throws {
        try await with { tools in
            let (mine, others) = (RecordingFunctions(), RecordingFunctions())
            let other = try tools.session(calling: others)
            #expect(try await run(other, "kept = whet_call('next', {}); kept") == ToolResult("1\n"))
            let session = try tools.session(calling: mine)
            let result = try await run(
                session, Self.hostile + code + (code.contains("print") ? "" : "\ntime.sleep(20)"))
            #expect(result.text.contains(words), "\(result.text.suffix(500))")
            #expect(mine.calls.count <= 1)
            // What it has left running ends with it, or is told now; then there is a new interpreter, or the old one.
            _ = try await run(session, "1", limit: .milliseconds(100))
            #expect(try await run(other, "kept, whet_call('next', {})") == ToolResult("(1, 2)\n"))
            #expect(others.calls == ["next", "next"])
            #expect(try await run(try tools.session(calling: mine), "whet_call('echo', {})") == ToolResult("{}\n"))
        }
    }

    @Test("a request that no call makes is not passed on, and ends the interpreter")
    func refusesLateRequests() async throws {
        try await with { tools in
            let functions = RecordingFunctions()
            let session = try tools.session(calling: functions)
            _ = try await run(session, Self.hostile + "threading.Timer(0.5, ask, [1]).start()")
            for _ in 0..<500 where tools.sessionCount > 0 { try await Task.sleep(for: .milliseconds(20)) }
            let result = try await run(session, "1")
            #expect(functions.calls.isEmpty)
            #expect(result.text.contains("it wrote where it must not"), "\(result.text)")
        }
    }

    @Test("a call whose time is over while a function works is told so, and the function is cancelled")
    func timesOut() async throws {
        try await with { tools in
            let functions = RecordingFunctions()
            let session = try tools.session(calling: functions)
            _ = try await run(session, "kept = 7")
            let result = try await run(session, "whet_call('wait', {})", limit: .milliseconds(200))
            #expect(result.isError && result.text.contains("OutOfTime: the call took longer than 0.2 s"))
            #expect(functions.calls == ["wait", "cancelled"])
            #expect(try await run(session, "kept, whet_call('echo', {})") == ToolResult("(7, {})\n"))
            // One that will not heed its time.
            let deaf = """
                while True:
                    try: whet_call('wait', {})
                    except BaseException: pass
                """
            let ended = try await run(session, deaf, limit: .milliseconds(200))
            #expect(ended.text.contains("The interpreter ended: the call took longer than 0.2 s"), "\(ended.text)")
            #expect(functions.calls == ["wait", "cancelled", "echo", "wait", "cancelled"])
            #expect(try await run(session, "whet_call('echo', {})") == ToolResult("{}\n"))
        }
    }

    @Test(
        "who is cancelled, closed or ended while a function works leaves none working",
        arguments: [
            "cancelled", "closed", "ended",
        ])
    func leavesNothing(_ way: String) async throws {
        try await with { tools in
            let functions = RecordingFunctions()
            let session = try tools.session(calling: functions)
            _ = try await run(session, "1")
            let code =
                way == "ended"
                ? "import os, threading\nthreading.Timer(0.1, os._exit, [3]).start()\nwhet_call('wait', {})"
                : "whet_call('wait', {})"
            let waiting = Task { try await run(session, code, limit: .seconds(3600)) }
            await functions.waits.wait()
            switch way {
            case "cancelled":
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(tools.sessionCount == 0)
            case "closed":
                await tools.close()
                #expect(try await #require(throws: ToolFailure.self) { try await waiting.value }.kind == .died)
            default:
                #expect(try await waiting.value.text.contains("it ended itself with exit status 3"))
            }
            #expect(functions.calls == ["wait", "cancelled"])
        }
    }

    private static let prelude = """
        import math
        print("nobody sees this")
        class Mail:
            def send(self, to): return whet_call("echo", {"to": to})
            def fail(self): return whet_call("refuse", {})
        mail = Mail()
        """

    @Test("a prelude is there in each new interpreter")
    func hasPrelude() async throws {
        var settings = PythonTools.Settings()
        settings.prelude = Self.prelude
        try await with(settings) { tools in
            let session = try tools.session(calling: RecordingFunctions())
            #expect(try await run(session, "mail.send('a'), math.pi > 3") == ToolResult("({'to': 'a'}, True)\n"))
            let failed = try await run(session, "mail.fail()").text
            #expect(failed.contains("def fail") || failed.contains("return whet_call(\"refuse\", {})"), "\(failed)")
            #expect(try await run(session, "del mail; import os; os._exit(0)").isError)
            #expect(try await run(session, "mail.send('b')") == ToolResult("{'to': 'b'}\n"))
            let without = try await tools.session(for: Self.task)
            #expect(try await run(without, "mail.send('c')").text.contains("NameError"))
            #expect(try await run(without, "math.floor(2.5)") == ToolResult("2\n"))
        }
    }

    @Test(
        "a prelude that fails is nobody's fault but its writer's",
        arguments: [
            ("x = 1\nno_such_name", "line 2: NameError"), ("def f(:", "SyntaxError"),
            ("raise SystemExit(3)", "SystemExit"),
            ("whet_call('next', {})", "whet_call works during a call only"),
            ("while True: pass", "it was not ready after 0.5 s"),
            ("import os; os._exit(3)", "exit status 3"),
        ])
    func tellsOfPrelude(prelude: String, words: String) async throws {
        var settings = PythonTools.Settings()
        settings.prelude = prelude
        if prelude.hasPrefix("while") { settings.startSeconds = 0.5 }
        try await with(settings) { tools in
            let session = try tools.session(calling: RecordingFunctions())
            let failure = try await #require(throws: ToolFailure.self) { try await run(session, "1") }
            #expect(failure.kind == .unavailable)
            #expect("\(failure) \(failure.error.remedy ?? "")".contains(words), "\(failure)")
        }
    }
}
