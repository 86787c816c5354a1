import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

/// What a verifier of these settings says about a program in a code block.
private func verdict(_ program: String, _ settings: String, tests: String = "[]") async throws -> Verdict {
    let settings = try JSONValue(parsing: Array(settings.utf8)).object ?? [:]
    let verifier = try VerifierCatalog([.programs]).verifier(kind: "programs", settings: settings, at: "here")
    let problem: JSONValue = ["tests": try JSONValue(parsing: Array(tests.utf8))]
    return try await verifier.verify(
        Response(messages: [Message(.assistant, "```\n\(program)\n```")], answer: nil, problem: problem))
}

@Suite(
    "Programs against tests", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .timeLimit(.minutes(3)))
struct ProgramVerifierTests {
    private let doubling =
        #"[{"input": "1", "output": "2"}, {"input": "3", "output": "6"}, {"input": "0", "output": "0"}]"#

    @Test("pass those that write what is expected")
    func passesByOutput() async throws {
        let verdict = try await verdict("print(int(input()) * 2)", "{}", tests: doubling)
        #expect(verdict == Verdict(1, "all 3 tests passed"))
    }

    @Test("get a share for what passes, with a reason for what does not")
    func grades() async throws {
        let share = try await verdict("n = int(input())\nprint(2 if n == 1 else 1 // n)", "{}", tests: doubling)
        #expect(share.value == 1.0 / 3)
        #expect(share.reason.contains(#"test 2: it wrote "0"#))
        #expect(share.reason.contains("test 3: it ended with exit status 1: ZeroDivisionError"))
    }

    @Test("get all or nothing when asked, and stop early")
    func gradesAll() async throws {
        let all = try await verdict("print(2)", #"{"grading": "all"}"#, tests: doubling)
        #expect(all.value == 0)
        #expect(all.reason.contains("1 of 3 tests passed") && all.reason.contains("the others were not run"))
        let whole = try await verdict("print(2)", #"{"grading": "all", "stop_early": false}"#, tests: doubling)
        #expect(whole.value == 0 && whole.reason.contains("test 3"))
    }

    @Test("pass assertions that run after them")
    func passesByCode() async throws {
        let tests =
            #"["assert double(1) == 2", "assert double(2) == 5", "assert [double(x) for x in (1, 2)] == [2, 4]"]"#
        let program = "def double(x):\n    return 2 * x\nif __name__ == '__main__':\n    double(input())"
        let verdict = try await verdict(program, "{}", tests: tests)
        #expect(verdict.value == 2.0 / 3)
        #expect(verdict.reason.contains("test 2: it ended with exit status 1: AssertionError"))
    }

    @Test(
        "gain nothing by ending before the test does",
        arguments: [
            "import os; os._exit(0)", "exit()", "import sys; sys.exit(0)", "raise SystemExit",
            "import os; os.kill(os.getpid(), 9)",
            "def f(): exit(0)", "import os\ndef f(): os._exit(0)", "print('passed')\nimport os\nos._exit(0)",
            "import atexit, os\natexit.register(lambda: os._exit(0))\n1 / 0", "f =",
            "class f:\n  def __eq__(self, other): return 1 / 0",
        ])
    func refusesEarlyEnds(_ program: String) async throws {
        let verdict = try await verdict(program, "{}", tests: #"["assert f() == 1"]"#)
        #expect(verdict.value == 0)
        #expect(verdict.reason.contains("test 1: it"))
    }

    @Test("fail when they take too long, too much memory, or write too much")
    func bounds() async throws {
        let settings = #"{"time_limit": 0.5, "memory_mb": 200, "output_kb": 10}"#
        let tests = #"[{"output": "x"}]"#
        #expect(
            try await verdict("import time; time.sleep(1000)", settings, tests: tests).reason.contains(
                "longer than it may"))
        #expect(try await verdict("x = 'a' * 10**9", settings, tests: tests).reason.contains("MemoryError"))
        #expect(
            try await verdict("while 1: print('x' * 1000)", settings, tests: tests).reason.contains(
                "wrote more than it may"))
    }

    @Test("may be of any language that has a command")
    func runsCommands() async throws {
        let settings = #"{"language": "sh", "command": ["sh", "{file}"], "file": "main.sh"}"#
        #expect(try await verdict("read n; echo $((n * 2)); echo $0 >&2", settings, tests: doubling).value == 1)
        await #expect(throws: WhetError.self) { try await verdict("x", settings, tests: #"["assert f()"]"#) }
        await #expect(throws: WhetError.self) {
            try await verdict("x", #"{"language": "x", "command": ["no-such-program", "{file}"]}"#, tests: doubling)
        }
    }

    @Test("are not judged without tests, and score nothing without a program")
    func needsTestsAndPrograms() async throws {
        await #expect(throws: WhetError.self) { try await verdict("x", "{}", tests: "[]") }
        await #expect(throws: WhetError.self) { try await verdict("x", #"{"tests": "nowhere"}"#, tests: doubling) }
        #expect(try await verdict("", "{}", tests: doubling).value == 0)
    }

    @Test("are the same in every run")
    func isDeterministic() async throws {
        let tests = #"[{"output": ""}]"#
        let program = "print({str(n) for n in range(20)}, hash('x'))"
        #expect(try await verdict(program, "{}", tests: tests) == verdict(program, "{}", tests: tests))
    }

    @Test(
        "are set up by settings that are checked",
        arguments: [
            #"{"test": "x"}"#, #"{"language": "ruby"}"#, #"{"command": ["ruby", "x"]}"#, #"{"grading": "some"}"#,
            #"{"time_limit": 0}"#,
            #"{"tests": []}"#, #"{"tests": [3]}"#, #"{"memory_mb": 1}"#,
            #"{"language": "sh", "command": ["sh", "{file}"], "tests": ["assert x"]}"#,
        ])
    func checksSettings(_ settings: String) async {
        await #expect(throws: WhetError.self) { try await verdict("print()", settings, tests: #"[{"output": ""}]"#) }
    }
}
