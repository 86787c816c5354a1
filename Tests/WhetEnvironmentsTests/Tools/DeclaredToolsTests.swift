import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Environments in YAML with tools", .timeLimit(.minutes(1)))
struct DeclaredToolsTests {
    private static let problems = """
        variables: {a: {integer: [5, 5]}}
        prompt: "say {{ a }}"
        answer: whole
        verifiers: [{kind: numeric, expected: {field: a}}]

        """

    private func loaded(_ text: String) throws -> DeclaredEnvironments.File {
        let folder = try TemporaryFolder(["tooled.yaml": text])
        return withExtendedLifetime(folder) { DeclaredEnvironments.File(folder.url.appending(path: "tooled.yaml")) }
    }

    @Test("the file sets and scores the tasks; its tools are called, and end with the resources")
    func plays() async throws {
        let file = try loaded(
            Self.problems + """
                tools:
                  calls: 3
                  simulated:
                    definitions:
                      - name: look
                        parameters: {properties: {at: {type: integer}}}

                """)
        #expect(file.error == nil && file.name == "tooled" && file.maximumLevel == 0)
        try await EnvironmentResources.use { resources in
            let environment = try file.environment(resources)
            #expect(environment is DeferredToolEnvironment)
            let pooled = EnvironmentPool(threads: 1).environment(environment)
            #expect((pooled as? DeferredToolEnvironment)?.base is PooledEnvironment)
            #expect(try await (environment as? any ExternalEnvironment)?.prepare() == 0)
            let task = try await pooled.task(level: 0, seed: 3)
            #expect(task.messages.first?.content.contains("\"name\": \"look\"") == true)
            let messages = task.messages + [.calling(("look", #"{"at": 1}"#))]
            let reply = try #require(try await pooled.reply(to: messages, of: task))
            #expect(reply.first?.content.contains("there is nothing on these arguments") == true)
            let answer = messages + reply + [Message(.assistant, "5")]
            #expect(try await pooled.reply(to: answer, of: task) == nil)
            #expect(try await pooled.score(answer, of: task).isSolved)
        }
    }

    @Test(
        "mistakes are told with their line",
        arguments: [
            ("tools: 3", "tooled.yaml:5:8: tools: this is the number 3"),
            ("tools: {}", "tooled.yaml:5:8: tools: there are no tools"),
            ("tools: {pyton: {}}", "did you mean \"python\""),
            ("tools:\n  python: {}\n  syntax: hermse", "tooled.yaml:7:11: tools.syntax"),
            ("tools:\n  python: {memory_mib: 1}", "tooled.yaml:6:24: tools.python.memory_mib"),
            ("tools:\n  mcp:\n    - only: [x]", "tooled.yaml:7:7: tools.mcp.0: the server has no address"),
            ("tools:\n  mcp: {command: [a], url: b}", "the server has no address"),
            ("tools:\n  mcp: {url: b, token_variable: WHET_NO_SUCH}", "there is no environment variable WHET_NO_SUCH"),
            ("tools:\n  simulated: {definitions: [{name: a b}]}", "is no name for a tool"),
            ("tools:\n  simulated: {}", "tools.simulated.definitions: the key is missing"),
            ("tools: {python: {}}\nagent: {command: [x]}", "an agent has tools of its own"),
        ])
    func refuses(text: String, expected: String) throws {
        let error = try #require(try loaded(Self.problems + text + "\n").error)
        #expect("\(error)".contains(expected), "\(error)")
    }

    @Test("a server that is not there is told before work starts")
    func findsServers() async throws {
        let file = try loaded(Self.problems + "tools: {mcp: {command: [no-such-program-here]}}\n")
        try await EnvironmentResources.use { resources in
            let environment = try #require(try file.environment(resources) as? any ExternalEnvironment)
            await #expect(throws: ToolFailure.self) { try await environment.prepare() }
        }
    }
}
