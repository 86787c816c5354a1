import Testing
import WhetCore

@testable import WhetEnvironments

/// The smallest environment there can be.
private struct Echo: ProceduralEnvironment {
    struct Problem: Codable, Sendable { let number: Int }
    static let name = "Echo"
    static let summary = "Say a number"
    static let maximumLevel = 2
    init() {}
    func problem(level: Int, random: inout RandomStream) -> Problem { Problem(number: level) }
    func prompt(for problem: Problem) -> String { "Say \(problem.number)." }
    func demonstration(for problem: Problem) -> String? { "\(problem.number)" }
    func score(_ answer: Answer, for problem: Problem) -> Double {
        guard let number = answer.integer else { return -1 }
        return number == problem.number ? 1 : 0.5
    }
}

@Suite("Procedural environments")
struct ProceduralTests {
    private let environment = Procedural(Echo())

    private func score(_ text: String) async throws -> Score {
        let task = try environment.task(level: 2, seed: 0)
        return try await environment.score(task.messages + [Message(.assistant, text)], of: task)
    }

    @Test("score the policy's last message and say why")
    func scores() async throws {
        #expect(try await score("<answer>2</answer>") == Score(reward: 1, isSolved: true, reason: "solved"))
        #expect(try await score("<answer>3</answer>").reward == 0.5)
        #expect(try await score("2").reason == "the last message has no <answer>…</answer>")
        #expect(try await score("<answer>?</answer>").reward == -1)
    }

    @Test("tell how to mark the answer")
    func explainsTags() throws {
        #expect(try environment.task(level: 0, seed: 0).messages[0].content.contains("<answer>"))
    }

    @Test("throw instead of giving a zero when the task is not theirs")
    func throwsOnForeignTasks() async throws {
        var task = try environment.task(level: 0, seed: 0)
        await #expect(throws: WhetError.self) { try await environment.score(task.messages, of: task) }
        task.problem = ["nummer": 1]
        let messages = task.messages + [Message(.assistant, "<answer>0</answer>")]
        let foreign = task
        let error = await #expect(throws: WhetError.self) { try await environment.score(messages, of: foreign) }
        #expect(error?.description.contains("number") == true)
    }

    @Test("demonstrate with tags")
    func demonstrates() throws {
        let task = try environment.task(level: 1, seed: 0)
        #expect(try environment.demonstration(of: task) == [Message(.assistant, "<answer>1</answer>")])
    }
}
