import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetProcess
import WhetTestSupport

@testable import WhetEnvironments

/// The server in Servers/, with a fault, for as long as this lives.
final class GuessingServer: Sendable {
    private let process: Subprocess
    private let observer = Observer()
    let url: String

    init(_ fault: String = "none") async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Servers/server.py").path
        process = Subprocess(ProcessCommand("/usr/bin/python3", ["-S", script, fault])) { [observer] in
            observer.receive($0)
        }
        let record = await observer.until { $0.text.contains("\n") || $0.ending != nil }
        let port = try #require(Int(record.text.trimmed), "\(String(decoding: record.complaints, as: UTF8.self))")
        url = "http://127.0.0.1:\(port)"
    }

    deinit { process.kill() }

    /// What it was asked so far, once so much was.
    func requests(_ count: Int) async -> [String] {
        let record = await observer.until { $0.complaints.count { $0 == 0x0A } >= count }
        return String(decoding: record.complaints, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

private func guessing(_ server: GuessingServer, _ settings: JSONObject = [:]) throws -> OpenEnvEnvironment {
    var all: JSONObject = [
        "servers": .string(server.url), "action": ["guess": "{integer}"], "observation": "hint", "maximum_level": 5,
        "reset": ["seed": "{seed}", "level": "{level}"],
    ]
    all.merge(settings) { $1 }
    return try OpenEnvEnvironment("Guessing", settings: OpenEnvSettings(all, at: "here"), client: HTTPClient())
}

/// Plays guesses one by one, as the orchestrator does.
private func play(_ environment: OpenEnvEnvironment, _ task: PracticeTask, _ guesses: [String]) async throws
    -> [Message]
{
    var messages = task.messages
    for guess in guesses {
        messages.append(Message(.assistant, guess))
        guard let reply = try await environment.reply(to: messages, of: task) else { break }
        messages += reply
    }
    return messages
}

@Suite("OpenEnv servers", .timeLimit(.minutes(2)))
struct OpenEnvTests {
    @Test("are played step by step", arguments: ["web_socket", "http"])
    func plays(_ transport: String) async throws {
        let server = try await GuessingServer()
        let environment = try guessing(server, ["transport": .string(transport), "instructions": "A number below 10."])
        let task = try await environment.task(level: 2, seed: 5)
        #expect(task.messages == [Message(.system, "A number below 10."), Message(.user, "Guess.")])
        let messages = try await play(environment, task, ["3", "9", "7"])
        #expect(messages.map(\.content) == ["A number below 10.", "Guess.", "3", "higher", "9", "lower", "7"])
        let score = try await environment.score(messages, of: task)
        #expect(score.reward == 0.75 && !score.isSolved)
        // One reset and three steps: the session of the task went on, and the score needed none.
        #expect(await server.requests(4).count == 4)
    }

    @Test("give the last reward or the sum, as asked")
    func rewards() async throws {
        let server = try await GuessingServer()
        let environment = try guessing(server, ["reward": "last"])
        let task = try await environment.task(level: 0, seed: 7)
        let solved = try await environment.score(try await play(environment, task, ["3", "7"]), of: task)
        #expect(solved.reward == 1 && solved.isSolved)
        let failed = try await environment.score(
            try await play(environment, task, ["1", "2", "3", "4", "5"]), of: task)
        #expect(failed.reward == -0.125 && !failed.isSolved)
    }

    @Test("have episodes that end early scored for what they got")
    func scoresUnfinished() async throws {
        let server = try await GuessingServer()
        let environment = try guessing(server)
        let task = try await environment.task(level: 0, seed: 7)
        // The last message was never replied to.
        let messages = try await play(environment, task, ["1"]) + [Message(.assistant, "2")]
        let score = try await environment.score(messages, of: task)
        #expect(score.reward == -0.25)
        #expect(score.reason?.contains("before the episode was over") == true)
    }

    @Test("are not asked for what is no action: that ends the episode")
    func endsMalformed() async throws {
        let server = try await GuessingServer()
        let environment = try guessing(server, ["malformed_reward": -1])
        let task = try await environment.task(level: 0, seed: 7)
        let messages = try await play(environment, task, ["1", "two", "3"])
        #expect(messages.last?.content == "two")
        #expect(try await environment.score(messages, of: task).reward == -1.125)
        await #expect(throws: WhetError.self) {
            try await environment.score(messages + [Message(.user, "x"), Message(.assistant, "7")], of: task)
        }
    }

    @Test("play many episodes at a time on few sessions, each as if it were alone", arguments: ["web_socket", "http"])
    func sharesSessions(_ transport: String) async throws {
        let server = try await GuessingServer()
        let sessions: JSONValue = transport == "http" ? 1 : 3
        let environment = try guessing(server, ["transport": .string(transport), "sessions": sessions])
        let rewards = try await withThrowingTaskGroup(of: (Int, Double).self) { group in
            for index in 0..<24 {
                group.addTask {
                    let task = try await environment.task(level: 0, seed: UInt64(index % 6))
                    let messages = try await play(
                        environment, task, (0...index % 4).map { "\(9 - $0)" } + ["\(index % 6)"])
                    return (index, try await environment.score(messages, of: task).reward)
                }
            }
            return try await group.reduce(into: [Int: Double]()) { $0[$1.0] = $1.1 }
        }
        // The guesses 9, 8, … are all wrong; the right one comes last, if there is a fifth step there is none.
        for index in 0..<24 {
            let wrong = index % 4 + 1
            #expect(rewards[index] == (wrong < 4 ? 1 - 0.125 * Double(wrong) : -0.5), "\(index)")
        }
        await environment.close()
    }

    @Test("may forget a session: it is played again from reset")
    func resumes() async throws {
        let server = try await GuessingServer("forgets")
        let environment = try guessing(server)
        await #expect(throws: WhetError.self) {
            // A server that forgets at once can take no second step.
            let task = try await environment.task(level: 0, seed: 7)
            _ = try await play(environment, task, ["1", "2"])
        }
        let other = try await GuessingServer()
        let first = try guessing(other)
        let task = try await first.task(level: 0, seed: 7)
        let messages = try await play(first, task, ["1", "2"])
        // Another process, which knows nothing but the conversation.
        let second = try guessing(other)
        let whole = messages + [Message(.assistant, "7")]
        #expect(try await second.reply(to: whole, of: task) == nil)
        #expect(try await second.score(whole, of: task).reward == 0.75)
    }

    @Test("may forget a session between two turns")
    func replaysForgotten() async throws {
        let server = try await GuessingServer("forgets-first")
        let environment = try guessing(server)
        let task = try await environment.task(level: 0, seed: 7)
        let messages = try await play(environment, task, ["1", "7"])
        #expect(try await environment.score(messages, of: task).reward == 0.875)
        #expect(await server.requests(4).map { $0.prefix { $0 != " " } } == ["reset", "reset", "step", "step"])
    }

    @Test("that say something else the second time are found out")
    func findsNondeterminism() async throws {
        let server = try await GuessingServer("different")
        let first = try guessing(server)
        let task = try await first.task(level: 0, seed: 7)
        let messages = try await play(first, task, ["1"])
        let second = try guessing(server)
        let error = await #expect(throws: WhetError.self) {
            try await second.reply(to: messages + [Message(.assistant, "2")], of: task)
        }
        #expect(error?.problem.contains("does not repeat itself") == true)
    }

    @Test("may ping, and send messages in parts")
    func answersPings() async throws {
        let server = try await GuessingServer("pings")
        let environment = try guessing(server)
        let task = try await environment.task(level: 0, seed: 7)
        #expect(try await environment.score(try await play(environment, task, ["7"]), of: task).reward == 1)
    }

    @Test(
        "that fail give a reason and no task",
        arguments: [
            ("hangs", "did not answer in time"), ("garbage", "not JSON"), ("masked", "masks its frames"),
            ("full", "no room"),
            ("says-why", "going home"), ("no-socket", "404"), ("wrong-key", "no agreement"),
        ])
    func reportsFaults(_ fault: String, _ words: String) async throws {
        let server = try await GuessingServer(fault)
        let environment = try guessing(server, ["step_seconds": fault == "hangs" ? 0.05 : 60])
        let error = await #expect(throws: WhetError.self) { try await environment.task(level: 0, seed: 1) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("that break by HTTP give a reason and no task")
    func reportsStatus() async throws {
        let server = try await GuessingServer("breaks")
        let environment = try guessing(server, ["transport": "http"])
        let error = await #expect(throws: WhetError.self) { try await environment.task(level: 0, seed: 1) }
        #expect(error?.description.contains("500") == true)
    }

    @Test("that give no reward give no score")
    func needsRewards() async throws {
        let server = try await GuessingServer("no-reward")
        let environment = try guessing(server)
        let task = try await environment.task(level: 0, seed: 7)
        let messages = try await play(environment, task, ["7"])
        await #expect(throws: WhetError.self) { try await environment.score(messages, of: task) }
    }

    @Test("that are not there are named")
    func reportsNobody() async throws {
        for transport in ["web_socket", "http"] {
            let settings = try OpenEnvSettings(
                ["servers": "http://127.0.0.1:1/", "transport": .string(transport)], at: "here")
            let environment = try OpenEnvEnvironment("x", settings: settings, client: HTTPClient())
            let error = await #expect(throws: WhetError.self) { try await environment.task(level: 0, seed: 1) }
            #expect(error?.description.contains("127.0.0.1:1") == true)
        }
    }

    @Test("close a session that is cancelled")
    func cancels() async throws {
        let server = try await GuessingServer("hangs")
        let environment = try guessing(server)
        let task = Task { try await environment.task(level: 0, seed: 1) }
        _ = await server.requests(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("refuse actions that do not fit, and whet asks to look at the settings")
    func reportsValidation() async throws {
        let server = try await GuessingServer()
        let environment = try guessing(server, ["action": ["gess": "{integer}"]])
        let task = try await environment.task(level: 0, seed: 7)
        let error = await #expect(throws: WhetError.self) { try await play(environment, task, ["7"]) }
        #expect(error?.remedy?.contains("schema") == true)
    }

    @Test(
        "are set up by settings that are checked",
        arguments: [
            #"{}"#, #"{"servers": []}"#, #"{"server": "x"}"#, #"{"servers": "localhost:8000"}"#,
            #"{"servers": "https://x"}"#,
            #"{"servers": "http://x", "transport": "http", "sessions": 2}"#, #"{"servers": "http://x", "action": "x"}"#,
            #"{"servers": "http://x", "action": {"message": "text"}}"#, #"{"servers": "http://x", "reward": "mean"}"#,
            #"{"servers": "http://x", "reset": 3}"#, #"{"servers": "http://x", "answer": {"read": "nothing"}}"#,
        ])
    func checksSettings(_ text: String) throws {
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        #expect(throws: WhetError.self) { try OpenEnvSettings(object, at: "here") }
    }

    @Test("are given actions made of what the policy wrote")
    func makesActions() throws {
        func action(_ template: JSONValue, _ text: String) throws -> JSONValue? {
            try OpenEnvAction(template, at: "here").action(for: text)
        }
        #expect(try action(["m": "<{text}> {text}", "n": 1], " a{text}\n") == ["m": "<a{text}> a{text}", "n": 1])
        #expect(try action(["m": ["{integer}", "x"]], "-3") == ["m": [-3, "x"]])
        #expect(try action(["m": "{integer}"], "3.5") == nil)
        #expect(try action(["m": "{number}"], "3.5") == ["m": 3.5])
        #expect(try action(["m": "{number}"], "inf") == nil)
        #expect(try action(["m": "{json}"], #"{"a": [1]}"#) == ["m": ["a": [1]]])
        #expect(try action(["m": "{json}"], "{") == nil)
    }
}
