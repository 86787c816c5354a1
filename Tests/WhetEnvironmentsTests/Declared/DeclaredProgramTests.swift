import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

/// The program of the tests of processes.
private let workerFile = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Processes/Workers/worker.py").standardizedFileURL

private func declaration(_ more: String = "") -> String {
    "summary: Add.\nprocess:\n  command: [/usr/bin/python3, -S, \(workerFile.path)]\n  environment: sums\n\(more)"
}

/// Runs `body` with the entry that a file named adding.yaml makes.
private func withEntry(_ yaml: String, _ body: (EnvironmentCatalog.Entry) async throws -> Void) async throws {
    let folder = try TemporaryFolder(["adding.yaml": yaml])
    try await EnvironmentResources.use { resources in
        try await body(DeclaredEnvironments.File(folder.url.appending(path: "adding.yaml")).entry(resources))
    }
    withExtendedLifetime(folder) {}
}

/// The mistakes of a file, each in its first line.
private func told(_ yaml: String) throws -> [String] {
    let folder = try TemporaryFolder(["adding.yaml": yaml])
    let file = DeclaredEnvironments.File(URL(filePath: "adding.yaml", relativeTo: folder.url))
    return (file.error?.mistakes ?? []).map { String($0.description.prefix { $0 != "\n" }) }
}

@Suite("Environments that a file says a program has", .timeLimit(.minutes(2)))
struct DeclaredProgramTests {
    @Test("set tasks and score, under the file's name, with the options of file and recipe")
    func works() async throws {
        try await withEntry(declaration("options: {sign: plus}\n")) { entry in
            #expect((entry.name, entry.summary) == ("adding", "Add."))
            #expect(entry.maximumLevel == nil && entry.hasDemonstrations)
            let environment = try entry.environment()
            #expect(try await (environment as? any ExternalEnvironment)?.prepare() == 3)
            let task = try await environment.task(level: 2, seed: 5)
            #expect(task.environment == "adding" && task.messages[0].content.contains(" plus "))
            let right = try #require(try await environment.demonstration(of: task))
            #expect(try await environment.score(task.messages + right, of: task).isSolved)
            #expect(try await environment.reply(to: task.messages + right, of: task) == [Message(.user, "again")])
            let other = try await entry.environment(options: ["sign": "and"]).task(level: 2, seed: 5)
            #expect(other.messages[0].content.contains(" and "))
        }
    }

    @Test("tell before any task what the program does not know")
    func prepares() async throws {
        try await withEntry(declaration()) { entry in
            let mistyped = try entry.environment(options: ["sgin": "plus"])
            let option = await #expect(throws: WhetError.self) {
                try await (mistyped as? any ExternalEnvironment)?.prepare()
            }
            #expect(option?.suggestion == "sign")
        }
        try await withEntry(declaration().replacing("environment: sums", with: "environment: suns")) { entry in
            let name = await #expect(throws: WhetError.self) { try await entry.environment().task(level: 0, seed: 0) }
            #expect(name?.suggestion == "sums")
        }
    }

    @Test("run where the folder of environments is, with their variables")
    func place() async throws {
        let program = """
            import json, os, sys
            for line in sys.stdin:
                request = json.loads(line)
                said = os.getcwd() + " " + os.environ["GREETING"]
                hello = {"protocol": "whet-environment", "version": 1,
                         "environments": [{"name": "here", "maximum_level": 0}]}
                task = [{"messages": [{"role": "user", "content": said}], "problem": {}}]
                result = hello if request["method"] == "hello" else task
                print(json.dumps({"id": request["id"], "result": result}), flush=True)
            """
        let yaml = """
            process:
              command: [/usr/bin/python3, -S, environments/here.py]
              variables: {GREETING: hello}
            """
        let folder = try TemporaryFolder(["here.yaml": yaml, "here.py": program])
        try await EnvironmentResources.use { resources in
            let entries = try DeclaredEnvironments.catalogEntries(in: folder.url, resources: resources)
            let task = try await entries[0].environment().task(level: 0, seed: 0)
            let place = folder.url.deletingLastPathComponent().resolvingSymlinksInPath().path
            #expect(task.messages[0].content == "\(place) hello")
        }
    }

    @Test("run in the sandbox if the file says so, and read nothing but what is readable")
    func sandboxed() async throws {
        let program = """
            import json, os, sys
            for line in sys.stdin:
                request = json.loads(line)
                seen = [os.path.exists(each) for each in ("\(workerFile.path)", "/etc/passwd", __file__)]
                hello = {"protocol": "whet-environment", "version": 1,
                         "environments": [{"name": "walled", "maximum_level": 0}]}
                task = [{"messages": [{"role": "user", "content": str([os.getuid()] + seen)}], "problem": {}}]
                result = hello if request["method"] == "hello" else task
                print(json.dumps({"id": request["id"], "result": result}), flush=True)
            """
        let yaml = "process:\n  command: [python3, -S, environments/walled.py]\n  sandbox: true\n"
        let folder = try TemporaryFolder(["walled.yaml": yaml, "walled.py": program])
        try await EnvironmentResources.use { resources in
            let entries = try DeclaredEnvironments.catalogEntries(in: folder.url, resources: resources)
            let task = try await entries[0].environment().task(level: 0, seed: 0)
            #expect(task.messages[0].content == "[65534, False, False, True]")
        }
    }

    @Test("are told all their mistakes", arguments: [
        ("process: {}", ["adding.yaml:1:10: process.command: the key is missing"]),
        ("process: python3", ["adding.yaml:1:10: process: this is the text \"python3\""]),
        ("process: {command: []}", ["adding.yaml:1:10: process.command: the key is missing"]),
        (
            "process: {comand: x}\nprompt: x",
            [
                #"adding.yaml:1:11: process.comand: there is no such key (did you mean "command"?)"#,
                "adding.yaml:2:1: prompt: there is no such key",
            ]
        ),
        (
            "process: {command: x, workers: 0, request_seconds: soon}\noptions: 3",
            [
                "adding.yaml:1:32: process.workers: this is the number 0",
                #"adding.yaml:1:52: process.request_seconds: this is the text "soon""#,
                "adding.yaml:2:10: options: this is the number 3",
            ]
        ),
        (
            "process: {command: x, sandbox: yes}",
            [#"adding.yaml:1:32: process.sandbox: this is the text "yes" (did you mean "true"?)"#]
        ),
        ("process: {command: x, readable: /data}", ["adding.yaml:1:33: process.readable: this is for a sandbox"]),
        ("process: {command: x, variables: {A: [1]}}", ["adding.yaml:1:38: process.variables.A: this is a list"]),
        ("openenv: {}", [#"adding.yaml:1:10: openenv: the setting "servers" is missing"#]),
        ("openenv: 3", ["adding.yaml:1:10: openenv: this is the number 3"]),
        (
            "openenv: {servers: \"http://localhost:1\", sesions: 3}",
            [#"adding.yaml:1:42: openenv: there is no setting "sesions" (did you mean "sessions"?)"#]
        ),
        (
            "openenv:\n  servers: http://localhost:1\n  reward: most",
            [#"adding.yaml:3:3: openenv.reward: there is no choice "most" (did you mean "last"?)"#]
        ),
        ("proces: {command: x}", [#"adding.yaml:1:1: proces: there is no such key (did you mean "process"?)"#]),
    ] as [(String, [String])])
    func mistakes(_ yaml: String, _ expected: [String]) throws {
        let told = try told(yaml)
        for line in expected { #expect(told.contains(line), "\(told)") }
        // A key that is misspelt leaves others of the page missing as well.
        if !yaml.hasPrefix("proces:") { #expect(told.count == expected.count, "\(told)") }
    }
}

@Suite("Environments that a file says a server has", .timeLimit(.minutes(2)))
struct DeclaredServerTests {
    @Test("are played, and a recipe may say otherwise than the file")
    func works() async throws {
        let server = try await GuessingServer()
        let yaml = """
            summary: Guess a number below 10.
            openenv:
              servers: http://127.0.0.1:9
              action: {guess: "{integer}"}
              observation: hint
              maximum_level: 5
              reset: {seed: "{seed}", level: "{level}"}
            """
        try await withEntry(yaml) { entry in
            #expect(entry.maximumLevel == 5 && !entry.hasDemonstrations)
            let environment = try entry.environment(options: ["servers": .string(server.url)])
            #expect(try await (environment as? any ExternalEnvironment)?.prepare() == 5)
            let task = try await environment.task(level: 1, seed: 3)
            #expect(try await environment.score(task.messages + [Message(.assistant, "4")], of: task).isSolved)
            #expect(throws: WhetError.self) { try entry.environment(options: ["sesions": 3]) }
            let nobody = try entry.environment()
            await #expect(throws: WhetError.self) { try await (nobody as? any ExternalEnvironment)?.prepare() }
        }
    }
}
