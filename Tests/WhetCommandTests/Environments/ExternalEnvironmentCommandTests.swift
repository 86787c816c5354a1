import Foundation
import Testing
import WhetCore

@testable import whet

@Suite("whet env with programs and bridges")
struct ExternalEnvironmentCommandTests {
    private static let worker =
        repository.appending(path: "Tests/WhetEnvironmentsTests/Processes/Workers/worker.py").path

    @Test("what `new --kind process` writes runs at once, in every command and in recipes")
    func new() async throws {
        try await inTemporaryFolder { folder in
            let whet = try BuiltCommand(in: folder)
            #expect(try whet.run("env", "new", "adding-up", "--kind", "process").code == 0)
            let listed = try whet.run("env", "list", "--json").lines().first { $0["name"] == "adding-up" }
            #expect(listed?["summary"] == "Add up whole numbers." && listed?["maximum_level"] == 9)

            let shown = try whet.run("env", "show", "adding-up", "--level", "0..1", "--json")
            #expect(shown.code == 0, "\(shown.complaints)")
            #expect(try shown.lines().map { $0["level"] } == [0, 1])
            #expect(try shown.lines().allSatisfy { $0["score"]?["solved"] == true })

            let checked = try whet.run("env", "check", "adding-up", "--seeds", "12", "--levels", "1..2", "--json")
            #expect(checked.code == 0, "\(checked.output)\(checked.complaints)")
            let timed = try whet.run("env", "bench", "adding-up", "--seconds", "0.05", "--json")
            #expect(timed.code == 0, "\(timed.complaints)")
            #expect(try timed.lines().first?["scored_per_second"]?.double ?? 0 > 0)

            let recipe = "policy: {model: new}\nenvironments:\n  - {name: adding-up, levels: [0, 3]}\nalgorithm: grpo\n"
            try Data(recipe.utf8).write(to: folder.appending(path: "recipe.yaml"))
            let planned = try whet.run("train", "recipe.yaml", "--dry-run")
            #expect(planned.code == 0, "\(planned.complaints)")
            // A level that only the program knows is none is told before anything is begun.
            let deep = try whet.run("train", "recipe.yaml", "--set", "environments.0.levels=[0, 99]", "--home", "home")
            #expect(deep.code == 1)
            #expect(deep.complaints.contains("there is no level 99 of adding-up"), "\(deep.complaints)")
            #expect(deep.complaints.contains("expected: 0 to 9"))
        }
    }

    @Test("a program that dies is a failure in its own words, not a score")
    func dying() async throws {
        try await inTemporaryFolder { folder in
            let environments = folder.appending(path: "environments")
            try FileManager.default.createDirectory(at: environments, withIntermediateDirectories: true)
            for fault in ["dies", "dies-at-start"] {
                let command = "[/usr/bin/python3, -S, \(Self.worker), \(fault)]"
                let yaml = "process:\n  command: \(command)\n  environment: sums\n"
                try Data(yaml.utf8).write(to: environments.appending(path: "\(fault).yaml"))
            }
            let whet = try BuiltCommand(in: folder)
            let cases = [("dies", "a reason on standard error"), ("dies-at-start", "no module named nonsense")]
            for (fault, words) in cases {
                let outcome = try whet.run("env", "show", fault)
                #expect(outcome.code == 1 && outcome.complaints.contains(words), "\(outcome.complaints)")
            }
            #expect(try whet.run("env", "list").code == 0)
            #expect(try whet.run("env", "check", "dies", "--seeds", "2").code == 1)
        }
    }

    @Test("a bridge is installed once, is listed, and plays")
    func install() async throws {
        try await inTemporaryFolder { folder in
            // A Python that makes virtual environments of nothing; its worker is that of the tests of processes.
            let python = """
                #!/bin/sh
                case "$1 $2" in
                "-m venv") mkdir -p "$4/bin"; rm -f "$4"/whet-*; cp "$0" "$4/bin/python" ;;
                "-m pip" | "-c "*) exit 0 ;;
                *) exec /usr/bin/python3 -S '\(Self.worker)' ;;
                esac
                """
            try Data(python.utf8).write(to: folder.appending(path: "python"))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder.appending(path: "python").path)
            let whet = try BuiltCommand(in: folder)
            let home = ["WHET_HOME": "home"]
            let install = ["env", "install", "reasoning-gym", "--python", "./python"]
            let first = try whet.run(install, environment: home)
            #expect(first.code == 0, "\(first.complaints)")
            #expect(first.output.hasPrefix("reasoning-gym: 1 environment, in "))
            #expect(first.complaints.contains("installing reasoning-gym==0.1.25\nstarting a worker\n"))
            let again = try whet.run(install, environment: home)
            #expect(again.code == 0 && again.output.contains("is installed already"))
            #expect(!again.complaints.contains("installing"))
            let anew = try whet.run(install + ["--again"], environment: home)
            #expect(anew.code == 0 && anew.complaints.contains("installing"))

            let listed = try whet.run(["env", "list", "--json"], environment: home).lines().last
            #expect(listed?["name"] == "reasoning-gym/sums" && listed?["kind"] == "reasoning-gym")
            #expect(listed?["maximum_level"] == 3)
            #expect(try whet.run(["env", "list"], environment: home).output.contains("By a bridge: reasoning-gym"))
            let shown = try whet.run(["env", "show", "reasoning-gym/sums", "--json"], environment: home)
            #expect(shown.code == 0, "\(shown.complaints)")
            #expect(try shown.lines().count == 4)
            let mistyped = try whet.run(["env", "show", "reasoning-gym/sum"], environment: home)
            #expect(mistyped.code == 2 && mistyped.complaints.contains(#"did you mean "reasoning-gym/sums"?"#))
            let option = try whet.run(
                ["env", "show", "reasoning-gym/sums", "--options", "sing=x"], environment: home)
            #expect(option.code == 2 && option.complaints.contains(#"did you mean "sign"?"#))
        }
    }

    @Test("what an environment of verifiers lacks can be put in after it was named once")
    func lacking() async throws {
        try await inTemporaryFolder { folder in
            let python = """
                #!/bin/sh
                case "$1 $2" in
                "-m venv") rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; exit 0 ;;
                "-m pip" | "-c "*) exit 0 ;;
                esac
                if [ -e "$(dirname "$0")/lacking" ]; then exec /usr/bin/python3 -S '\(Self.worker)'; fi
                echo "no module named lacking" >&2
                exit 1
                """
            let file = folder.appending(path: "python")
            try Data(python.utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            let whet = try BuiltCommand(in: folder)
            let home = ["WHET_HOME": "home"]
            let install = ["env", "install", "verifiers", "--environment", "lacking", "--python", "./python"]
            let without = try whet.run(install, environment: home)
            #expect(without.code == 1 && without.complaints.contains("no module named lacking"))
            #expect(without.complaints.contains("installing verifiers"))
            try Data().write(to: folder.appending(path: "home/bridges/verifiers/bin/lacking"))
            let with = try whet.run(install, environment: home)
            #expect(with.code == 0 && with.output.hasPrefix("verifiers: 1 environment, in "), "\(with.complaints)")
            #expect(!with.complaints.contains("installing"))
            // With something to serve again, no name is needed.
            let again = ["env", "install", "verifiers", "--again", "--python", "./python"]
            #expect(try whet.run(again, environment: home).code == 1, "what was put in is gone, and it says so")
        }
    }

    @Test(
        "what a bridge does not take or lacks is told, with 2, before anything is made",
        arguments: [
            (["reasoning-gim"], #"there is no bridge "reasoning-gim" (did you mean "reasoning-gym"?)"#),
            (["rlve-gym"], "--checkout FOLDER"),
            (["rlve-gym", "--checkout", "."], "Gym/environment.py"),
            (["reasoning-gym", "--checkout", "."], "takes no --checkout"),
            (["reasoning-gym", "--environment", "x"], "takes no --environment"),
            (["verifiers"], "no environment is named, and this bridge has none of its own"),
            (["verifiers", "--environment", "x", "--path", "nowhere"], "there is no folder nowhere"),
        ] as [([String], String)])
    func usage(_ arguments: [String], words: String) async throws {
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run(["env", "install"] + arguments)
            #expect(outcome.code == 2, "\(outcome.output)")
            #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "runs").path))
        }
    }
}
