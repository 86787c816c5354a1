import Foundation
import Testing
import WhetCore

@testable import whet

@Suite("whet env")
struct EnvironmentCommandTests {
    @Test("lists every environment with levels and a line on what it practises")
    func list() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let lines = try whet.run("env", "list", "--json").lines()
            #expect(lines.count >= 70)
            #expect(lines.allSatisfy { $0["summary"]?.string?.isEmpty == false })
            let sorting = try #require(lines.first { $0["name"] == "Sorting" })
            #expect(sorting["maximum_level"] == 40)
            #expect(sorting["options"]?.array?.map { $0["name"] }.contains("wording") == true)
            let text = try whet.run("env", "list").output
            #expect(text.contains("Sort whole numbers in ascending order [minimum_count"))
            #expect(text.hasSuffix("[options]\n"))
        }
    }

    @Test("shows problems with the score of the right answer")
    func show() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let options = ["--options", "wording=compact", "--options", "maximum_count=3"]
            let problems = ["--level", "2", "--seed", "7", "--count", "2", "--json"]
            let lines = try whet.run(["env", "show", "Sorting"] + problems + options).lines()
            #expect(lines.map { $0["seed"] } == ["7", "8"])
            #expect(lines.allSatisfy { $0["score"]?["solved"] == true && $0["level"] == 2 })
            #expect(lines.allSatisfy { $0["messages"]?[0]?["content"]?.string?.hasPrefix("sort ") == true })
            let text = try whet.run("env", "show", "Sorting", "--level", "0..1")
            #expect(text.code == 0)
            #expect(text.output.contains("level 1, seed 0") && text.output.contains("1.000, solved"))
            #expect(text.output.contains("option wording: "))
        }
    }

    @Test("checks environments, and its exit code says whether they are sound")
    func check() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let arguments = ["env", "check", "Sorting", "EuclidGame", "--seeds", "20", "--levels", "0..1"]
            let outcome = try whet.run(arguments + ["--json"])
            #expect(outcome.code == 0, "\(outcome.complaints)")
            #expect(try outcome.lines().map { $0["environment"] } == ["Sorting", "EuclidGame"])
            #expect(try outcome.lines().allSatisfy { $0["sound"] == true && $0["figures"]?["problems"] == 40 })
            let text = try whet.run(arguments)
            #expect(text.output.hasSuffix("2 of 2 are sound\n"))
            #expect(text.complaints.contains("2 of 2: "))
        }
    }

    @Test("times environments beside the peer's figures")
    func bench() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let lines = try whet.run("env", "bench", "Sorting", "LCM", "--seconds", "0.01", "--json").lines()
            #expect(lines.map { $0["environment"] } == ["Sorting", "LCM", nil])
            #expect((lines.last?["figures"]?["scored_per_second"]?.double ?? 0) > 0)
            let text = try whet.run("env", "bench", "Sorting", "--seconds", "0.01").output
            #expect(text.contains("RLVE-Gym") && text.contains("133,000"))
        }
    }

    @Test(
        "ends with 2 where the command line is wrong, and says what would be right",
        arguments: [
            (["env", "shw"], #"did you mean "show"?"#),
            (["env", "show", "Sortin"], #"there is no environment "Sortin" (did you mean "Sorting"?)"#),
            (["env", "show", "Sorting", "--options", "wording"], "wording"),
            (["env", "show", "Sorting", "--options", "wordng=full"], #"did you mean "wording"?"#),
            (["env", "show", "Sorting", "--options", "wording=ful"], #"did you mean "full"?"#),
            (["env", "show", "Sorting", "--level", "41"], "expected: 0 to 40"),
            (["env", "show", "Sorting", "--level", "4..2"], "4..2"),
            (["env", "show", "Sorting", "--count", "0"], "--count"),
            (["env", "try", "Sorting", "--level", "99"], "expected: 0 to 40"),
            (["env", "check"], "--all"),
            (["env", "check", "Sorting", "--all"], "--all"),
            (["env", "check", "Sortin"], #"did you mean "Sorting"?"#),
            (["env", "check", "Sorting", "--levels", "0..41"], "expected: 0 to 40"),
            (["env", "check", "Sorting", "--seeds", "0"], "--seeds"),
            (["env", "check", "LCM", "Sorting", "--options", "wording=full"], "--options"),
            (["env", "bench", "Sortin"], #"did you mean "Sorting"?"#),
            (["env", "bench", "--seconds", "0"], "--seconds"),
            (["env", "new", "word-ladder"], "--kind"),
            (["env", "new", "word-ladder", "--kind", "yml"], "yml"),
            (["env", "new", "WordLadder", "--kind", "yaml"], "word-ladder"),
            (["env", "new", "word-ladder", "--kind", "swift"], "WordLadder"),
            (["env", "new", "../x", "--kind", "process"], "../x"),
        ] as [([String], String)])
    func usage(_ arguments: [String], words: String) async throws {
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run(arguments)
            #expect(outcome.code == 2, "\(outcome.output)")
            #expect(outcome.output.isEmpty)
            #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
            for name in ["environments", "Sources", "Tests"] {
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: name).path))
            }
        }
    }

    @Test("writes a start of each kind, and never over a file")
    func new() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let scripts = folder.appending(path: "scripts")
            try FileManager.default.createDirectory(at: scripts, withIntermediateDirectories: true)
            try Data("# the helper\n".utf8).write(to: scripts.appending(path: "whet_environment.py"))
            let starts = [("word-ladder", "yaml", 2), ("WordLadder", "swift", 2), ("word-chain", "process", 4)]
            for (name, kind, count) in starts {
                let outcome = try whet.run("env", "new", name, "--kind", kind, "--directory", folder.path)
                #expect(outcome.code == 0, "\(outcome.complaints)")
                let files = outcome.output.split(separator: "\n").map(String.init)
                #expect(files.count == count)
                let texts = try files.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
                #expect(!texts.contains { $0.isEmpty })
                let again = try whet.run("env", "new", name, "--kind", kind, "--directory", folder.path)
                #expect(again.code == 1)
                #expect(again.complaints.contains("there is such a file already"), "\(again.complaints)")
                #expect(try files.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) } == texts)
            }
        }
    }
}
