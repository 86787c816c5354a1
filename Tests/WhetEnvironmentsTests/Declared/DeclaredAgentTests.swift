import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Environments in YAML whose tasks an agent solves")
struct DeclaredAgentTests {
    private static let problems = """
        variables: {a: {integer: [0, 9]}}
        prompt: "say {{ a }}"
        answer: whole
        verifiers: [{kind: numeric, expected: {field: a}}]
        demonstration: "{{ a }}"

        """

    private func loaded(_ text: String) throws -> DeclaredEnvironments.File {
        let folder = try TemporaryFolder(["said.yaml": text])
        return withExtendedLifetime(folder) { DeclaredEnvironments.File(folder.url.appending(path: "said.yaml")) }
    }

    @Test("the agent is run where other programs are; the file sets and scores the tasks")
    func reads() async throws {
        let file = try loaded(Self.problems + "agent: {command: [sh, -c, 'exit 0'], workers: 3, shares: [a]}\n")
        #expect(file.error == nil && file.hasDemonstrations && file.maximumLevel == 0)
        let environment = try #require(try file.environment() as? AgentEnvironment)
        #expect(environment.name == "said" && environment.agent.workers == 3 && environment.agent.sharedKeys == ["a"])
        #expect(
            environment.agent.folder
                == file.url.absoluteURL.standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent().path
        )
        #expect(try await environment.prepare() == 0)
        let task = try await environment.task(level: 0, seed: 3)
        let answer = try #require(try await environment.demonstration(of: task))
        #expect(try await environment.score(task.messages + answer, of: task).isSolved)
        // A pool computes the base's work, and the agent is found again.
        let pooled = EnvironmentPool(threads: 1).environment(environment)
        #expect((pooled as? AgentEnvironment)?.base is PooledEnvironment)
    }

    @Test(
        "mistakes are told with their line",
        arguments: [
            ("agent: 3", "said.yaml:6:8: agent: this is the number 3"),
            ("agent: {}", "said.yaml:6:8: agent: there is no command"),
            ("agent:\n  command: [x]\n  comand: y", "said.yaml:8:3: agent: there is no key \"comand\""),
            ("agent:\n  command: [x]\n  workers: 0", "said.yaml:8:3: agent: workers is 0"),
            ("agent: {command: [x]}\nagents: 3", "agents"),
        ])
    func refuses(text: String, expected: String) throws {
        let error = try #require(try loaded(Self.problems + text + "\n").error)
        #expect("\(error)".contains(expected), "\(error)")
    }

    @Test("a program that is not there is told before work starts")
    func findsProgram() async throws {
        let file = try loaded(Self.problems + "agent: {command: [no-such-program-here]}\n")
        let environment = try #require(try file.environment() as? AgentEnvironment)
        await #expect(throws: WhetError.self) { try await environment.prepare() }
    }
}
