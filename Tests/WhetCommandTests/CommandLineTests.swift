import Foundation
import Testing
import WhetCore

@testable import whet

@Suite("The command line")
struct CommandLineTests {
    @Test("ends with 0 and says what was asked for")
    func success() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let version = try whet.run("version")
            #expect(version.code == 0)
            #expect(version.output == WhetVersion.current + "\n")
            #expect(version.complaints.isEmpty)
            #expect(try whet.run("version", "--json").lines() == [["version": .string(WhetVersion.current)]])
            let help = try whet.run("--help")
            #expect(help.code == 0)
            #expect(help.output.contains("USAGE: whet"))
            #expect(try whet.run("help", "rollouts").code == 0)
            #expect(try whet.run("rollouts").output.contains("USAGE: whet rollouts"))
        }
    }

    @Test(
        "wrong, ends with 2 and says what would be right",
        arguments: [
            (["runns"], #"there is no command "runns" (did you mean "runs"?)"#),
            (["rollouts", "lst"], #"did you mean "list"?"#),
            (["frobnicate"], "expected: one of"),
            (["version", "--jsn"], "--json"),
            (["version", "extra"], "extra"),
            (["rollouts", "show"], "<rollout>"),
            (["rollouts", "show", "twelve"], "twelve"),
            (["rollouts", "show", "--run", "last", "practice-1.2"], "practice-1.2"),
            (["rollouts", "list", "--limit", "0"], "--limit"),
            (["rollouts", "list", "--status", "lost"], "lost"),
            (["rollouts", "stats", "--by", "color"], "color"),
            (["rollouts", "list", "--step", "9-3"], "9-3"),
            (["recipe", "check", "nowhere.yaml"], "nowhere.yaml: there is no such recipe"),
            (["recipe", "check"], "<recipes>"),
            (["recipe", "explain", "rollout.group_sise"], #"did you mean "rollout.group_size"?"#),
        ] as [([String], String)])
    func usage(_ arguments: [String], words: String) async throws {
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run(arguments)
            #expect(outcome.code == 2)
            #expect(outcome.output.isEmpty)
            #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
        }
    }

    @Test("ends with 1 where the store is missing, and makes none")
    func noStore() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            for arguments in [["runs"], ["rollouts", "list"], ["rollouts", "stats"], ["rollouts", "show", "0.0"]] {
                let outcome = try whet.run(arguments)
                #expect(outcome.code == 1)
                #expect(outcome.complaints.contains("there is no store"), "\(outcome.complaints)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "runs").path))
        }
    }

    @Test("checks recipes, and tells all mistakes of all files")
    func recipes() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let recipes = repository.appending(path: "recipes")
            let ours = try FileManager.default.contentsOfDirectory(atPath: recipes.path).filter {
                $0.hasSuffix(".yaml")
            }
            #expect(!ours.isEmpty)
            // Ours are used where they lie, beside the folder of environments.
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "environments"),
                withDestinationURL: repository.appending(path: "environments"))
            for name in ours {
                let outcome = try whet.run("recipe", "check", recipes.appending(path: name).path)
                #expect(outcome.code == 0, "\(outcome.complaints)")
            }
            try Data("environments: [{name: Sortin}]\nrun: {step: 3}\n".utf8).write(
                to: folder.appending(path: "a.yaml"))
            try Data("environments: [{name: Sorting}]\n".utf8).write(to: folder.appending(path: "b.yaml"))
            let wrong = try whet.run("recipe", "check", "a.yaml", "b.yaml", "--set", "rollout.group_size=1")
            #expect(wrong.code == 2)
            #expect(wrong.complaints.contains(#"a.yaml:1:23: environments.0.name: there is no environment "Sortin""#))
            #expect(wrong.complaints.contains(#"a.yaml:2:7: run.step: there is no such key (did you mean "steps"?)"#))
            #expect(wrong.complaints.contains("--set rollout.group_size: rollout.group_size: a group of 1"))
            #expect(try whet.run("recipe", "check", "b.yaml").output == "b.yaml: right\n")
            let option = try whet.run("recipe", "check", "b.yaml", "--set", "environments.0.options.maximum_valeu=9")
            #expect(option.code == 2)
            #expect(
                option.complaints.contains(
                    #"environments.0.options.maximum_valeu: there is no option "maximum_valeu" (did you mean "maximum_value"?)"#
                ), "\(option.complaints)")
        }
    }

    @Test("explains every key, for people and for programs")
    func explain() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            #expect(try whet.run("recipe", "explain").output.contains("rollout.group_size"))
            #expect(try whet.run("recipe", "explain", "max_new_tokens").output.contains("default  64"))
            let lines = try whet.run("recipe", "explain", "rollout.max_new_tokens", "--json").lines()
            #expect(lines.map { $0["default"] } == [64])
            #expect(try whet.run("recipe", "explain", "--json").lines().count > 60)
        }
    }

    @Test("of the doctor is one object, and its exit code says whether whet can work")
    func doctor() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            let outcome = try whet.run("doctor", "--json")
            let report = try #require(try outcome.lines().first)
            #expect(report["ready"]?.bool == (outcome.code == 0))
            let topics = Set((report["findings"]?.array ?? []).compactMap { $0["topic"]?.string })
            #expect(topics.isSuperset(of: ["toolchain", "libraries", "processor", "system"]))
            #expect(try whet.run("doctor").output.contains("simdjson"))
        }
    }
}
