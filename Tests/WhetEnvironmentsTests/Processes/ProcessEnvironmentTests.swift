import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("Environments in other processes", .timeLimit(.minutes(2)))
struct ProcessEnvironmentTests {
    /// Runs `body` with the environment of the program in Workers/.
    private func withSums(
        _ fault: String = "none", options: JSONObject = [:], _ body: (ProcessEnvironment) async throws -> Void
    ) async throws {
        let pool = WorkerPool(sums(fault))
        do {
            try await body(try await ProcessEnvironment("sums", pool: pool, named: "my sums", options: options))
        } catch {
            await pool.shutDown()
            throw error
        }
        await pool.shutDown()
    }

    @Test("set tasks, reply, score and demonstrate")
    func works() async throws {
        try await withSums(options: ["sign": "plus"]) { environment in
            // A seed that no number of JSON could carry.
            let task = try await environment.task(level: 3, seed: .max)
            let (a, b) = (UInt64.max % 13, UInt64.max / 7 % 13)
            #expect(task.messages == [Message(.user, "\(a) plus \(b)?")])
            #expect(task.environment == "my sums")
            #expect(task.problem["seed"] == .string("18446744073709551615"))

            let answer = try #require(try await environment.demonstration(of: task))
            #expect(answer == [Message(.assistant, "\(a + b)")])
            var episode = task.messages + answer
            #expect(try await environment.reply(to: episode, of: task) == [Message(.user, "again")])
            episode += [Message(.user, "again"), Message(.assistant, "\(a + b)")]
            #expect(try await environment.reply(to: episode, of: task) == nil)

            let score = try await environment.score(episode, of: task)
            #expect(
                score
                    == Score(
                        reward: 1, isSolved: true, parts: [Score.Part("sum", value: 1, weight: 2, reason: "added")],
                        reason: "right"))
            let wrong = try await environment.score(task.messages + [Message(.assistant, "?\u{2028}\n\"")], of: task)
            #expect(wrong.reward == 0.25 && !wrong.isSolved)
        }
    }

    @Test("fail one item for itself")
    func failsItems() async throws {
        try await withSums { environment in
            async let good = environment.task(level: 0, seed: 12)
            async let bad = environment.task(level: 0, seed: 13)
            #expect(try await good.seed == 12)
            do {
                _ = try await bad
                Issue.record("a task was made")
            } catch let error as WhetError {
                #expect(error.problem == "thirteen is not to be had")
            }
        }
    }

    @Test("give no reward that is no number")
    func refusesInfinity() async throws {
        try await withSums("infinite") { environment in
            let task = try await environment.task(level: 0, seed: 1)
            await #expect(throws: WhetError.self) {
                try await environment.score(task.messages + [Message(.assistant, "1")], of: task)
            }
        }
    }

    @Test("know their levels")
    func knowsLevels() async throws {
        try await withSums { environment in
            await #expect(throws: WhetError.self) { try await environment.task(level: 4, seed: 1) }
            await #expect(throws: WhetError.self) { try await environment.task(level: -1, seed: 1) }
        }
    }

    @Test("say which names and options there are")
    func suggestsNames() async throws {
        let pool = WorkerPool(sums())
        let name = await #expect(throws: WhetError.self) { try await ProcessEnvironment("sum", pool: pool) }
        #expect(name?.suggestion == "sums")
        let option = await #expect(throws: WhetError.self) {
            try await ProcessEnvironment("sums", pool: pool, options: ["sing": "+"])
        }
        #expect(option?.suggestion == "sign")
        await pool.shutDown()
    }

    @Test(
        "are given no score by a result that is none",
        arguments: [
            #"{}"#, #"{"reward":"1","solved":true}"#, #"{"reward":1}"#, #"{"reward":1,"solved":1}"#,
            #"{"reward":null,"solved":true}"#,
            #"[]"#, #"7"#, #"{"reward":1,"solved":true,"parts":[{"name":"a"}]}"#,
            #"{"reward":1,"solved":true,"parts":[{"name":"a","value":1,"weight":"2"}]}"#,
        ])
    func readsScores(_ text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: WhetError.self) { try Score(programResult: value) }
    }
}
