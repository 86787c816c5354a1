import Foundation
import Testing
import WhetCore
import WhetStore
import WhetTestSupport

@testable import whet

@Suite("Mistakes that people make")
struct MistakeTests {
    @Test("a negative number is the value of the option before it")
    func negativeNumbers() async throws {
        #expect(
            CommandWords.joiningNegativeNumbers(["env", "show", "Sorting", "--level", "-1", "--count", "2"])
                == ["env", "show", "Sorting", "--level=-1", "--count", "2"])
        for words in [["--json", "--level"], ["--a=1", "-2"], ["-1"], ["--", "-1"], ["--set", "-x"], ["--level", "-"]] {
            #expect(CommandWords.joiningNegativeNumbers(words) == words)
        }
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run("rollouts", "list", "--limit", "-5")
            #expect(outcome.code == 2)
            #expect(outcome.complaints.contains("--limit is at least 1"))
        }
    }

    @Test("a model directory that is none is told apart from one that lacks something")
    func modelDirectories() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            try Data("x".utf8).write(to: folder.appending(path: "file"))
            let run = folder.appending(path: "runs/one")
            for name in ["policy", "checkpoints/v000002", "checkpoints/v000010"] {
                let model = run.appending(path: name)
                try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
                try Data("{}".utf8).write(to: model.appending(path: "config.json"))
            }
            for (name, words) in [
                ("nowhere", "there is no such model directory"), ("file", "this is a file, not a model directory"),
                ("runs/one/polcy", #"did you mean "policy"?"#),
                ("runs/one", #"did you mean "runs/one/checkpoints/v000010"?"#),
            ] {
                for command in [["serve", name, "--port", "0"], ["servers", "check", "http://x", "--directory", name]] {
                    let outcome = try whet.run(command)
                    #expect(outcome.code == 2 && outcome.output.isEmpty)
                    #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
                }
            }
            let measured = try whet.run("eval", "runs/one/checkpoints/v000099")
            #expect(measured.code == 2 && measured.complaints.contains("there is no such model directory"))
            #expect(try whet.run("eval", "nowhere.yaml").complaints.contains("there is no such recipe"))
        }
    }

    @Test(
        "standard output that takes nothing is told, and crashes nothing",
        arguments: [(">/dev/full", 1, "No space left on device"), (">&-", 1, "Bad file descriptor"), ("2>&-", 0, "")])
    func closedOutput(_ redirection: String, code: Int32, words: String) async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let outcome = try ChildProcess.run(
                "/bin/sh", ["-c", "\"$0\" recipe explain \(redirection)", whet.executable.path], in: folder,
                environment: ["PATH": "/usr/bin:/bin"])
            #expect(outcome.code == code)
            #expect(outcome.complaints.contains(words))
            #expect(outcome.complaints.split(separator: "\n").count <= 2, "\(outcome.complaints)")
        }
    }

    @Test("a reader that has seen enough is no failure")
    func brokenPipe() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            // More than a pipe holds, so the last words find nobody.
            let script = "{ \"$0\" algorithms --json; \"$0\" recipe explain --json; echo $? >code; } | head -n 1"
            let outcome = try ChildProcess.run(
                "/bin/sh", ["-c", script, whet.executable.path], in: folder, environment: ["PATH": "/usr/bin:/bin"])
            #expect(outcome.complaints.isEmpty)
            #expect(outcome.output.split(separator: "\n").count == 1)
            #expect(try String(contentsOf: folder.appending(path: "code"), encoding: .utf8) == "0\n")
        }
    }

    @Test("on a terminal too narrow for bars there are plain lines")
    func narrowTerminal() {
        for (columns, isLive) in [(80, true), (20, true), (19, false), (1, false)] {
            let terminal = Terminal(isTerminal: true, columns: columns, environment: ["TERM": "xterm"])
            let mode = ProgressDisplay.Mode.suitable(json: false, on: terminal)
            #expect(isLive == { if case .live = mode { true } else { false } }(), "\(columns) columns")
        }
    }

    @Test("no rollout that is asked for is told")
    func emptyList() async throws {
        try await inTemporaryFolder { folder in
            let home = WhetHome(directory: folder.appending(path: "runs"))
            let store = try home.openStore()
            try await store.begin(RunRecord(id: "one", recipe: "{}", build: "test", seed: 1))
            try await store.close()
            let outcome = try BuiltCommand(in: folder).run("rollouts", "list", "--environment", "Sortin")
            #expect(outcome.code == 0)
            #expect(outcome.complaints.contains("whet rollouts stats"))
        }
    }
}
