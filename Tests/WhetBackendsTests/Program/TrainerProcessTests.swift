import Foundation
import Testing
import WhetCore
import WhetProcess

@testable import WhetBackends

@Suite("A trainer's process", .timeLimit(.minutes(2)))
struct TrainerProcessTests {
    /// Faults, and what the sentence about each has to say.
    static let faults: [(fault: String, words: String)] = [
        ("garbage", "wrote \"Loading weights: 100%\" to standard output, which is no JSON object"),
        ("wrong-id", "answered request 7 when 1 (hello) was due"),
        ("text-id", "without the id of a request"),
        ("empty", "neither a result nor an error"),
        ("long", "a line of more than"),
        ("close", "closed its standard output, and was ended"),
        ("exit:0", "ended by itself with exit status 0 before it had started"),
        ("exit:3", "ended by itself with exit status 3 before it had started"),
        ("unasked", "answered request 5 when 1 (hello) was due"), ("twice", "answered request 1"),
        ("hang", "did not answer within 1 seconds of its start, and was ended"),
        ("without:instance", "no \"instance\""), ("without:capabilities.objectives", "no \"objectives\""),
        ("without:capabilities", "no \"capabilities\""), ("other:capabilities=3", "\"capabilities\" is 3"),
        ("other:protocol=\"other\"", "speaks other, version 1"),
        ("other:version=2", "speaks whet-trainer, version 2"), ("other:processes=\"many\"", "\"processes\" is"),
        ("die:hello", "exit status 3 before it had started"), ("die:load", "exit status 3 while it did load"),
        ("fatal:load", "a process is gone"), ("killed:load", "ended by itself with signal 9 while it did load"),
    ]

    @Test("that misbehaves at the start gives one sentence, and nothing is left of it", arguments: faults.indices)
    func faultyStart(index: Int) async throws {
        let (fault, words) = Self.faults[index]
        try await TrainerFixture.with(fault) { fixture in
            let trainer = try fixture.trainer(startLimit: .seconds(fault == "hang" ? 1 : 60), endLimit: .seconds(1))
            let error = await failure { _ = try await trainer.start() }
            #expect(error.problem.contains(words), "\(error)")
            #expect(error.place?.contains("trainer.py") == true)
            #expect(!FileManager.default.fileExists(atPath: fixture.exchange.path))
            for number in fixture.noted("processes") {
                #expect(kill(try #require(pid_t(number)), 0) != 0, "the process still runs")
            }
        }
    }

    @Test("its last words stand in the sentence, and all of them in the log")
    func lastWords() async throws {
        try await TrainerFixture.with("exit:1") { fixture in
            let error = await failure { _ = try await fixture.trainer().start() }
            #expect(error.remedy?.contains("there is no such module") == true)
            #expect(error.remedy?.contains(fixture.log.path) == true)
            let log = try String(contentsOf: fixture.log, encoding: .utf8)
            #expect(log == "there is no such module\n")
        }
    }

    @Test("that cannot be started says so")
    func missing() async throws {
        try await TrainerFixture.with("none") { fixture in
            var settings = fixture.settings()
            settings.command = ProcessCommand("no-such-trainer")
            let trainer = try ProgramTrainer(.init(process: settings, load: [:], exchange: fixture.exchange)) { _ in }
            let error = await failure { _ = try await trainer.start() }
            #expect(error.problem.contains("there is no program \"no-such-trainer\""))
        }
    }

    @Test("answers requests that were sent before earlier ones were answered, in their order")
    func pipelined() async throws {
        try await TrainerFixture.with("none") { fixture in
            let process = try TrainerProcess(fixture.settings())
            let requests = [process.send("hello")]
                + (0..<20).map { process.send("load", ["batch": .string("\($0)"), "checkpoint": .null]) }
            for request in requests.reversed() { _ = try await request.result() }
            #expect(requests.map(\.id) == Array(1...21))
            await process.end()
            #expect(fixture.noted("requests").count == 22)
            #expect(!process.isAlive)
            await #expect(throws: TrainerDeath.self) { try await process.send("hello").result() }
        }
    }

    @Test("that neither hears shutdown nor SIGTERM is killed with what it started")
    func stubborn() async throws {
        try await TrainerFixture.with("stubborn") { fixture in
            let trainer = try fixture.trainer(endLimit: .milliseconds(200))
            _ = try await trainer.start()
            await trainer.close()
            for name in ["processes", "child"] {
                let number = try #require(pid_t(fixture.noted(name).first ?? ""))
                // A child that nobody has waited for yet is a zombie for a moment.
                while kill(number, 0) == 0, !isZombie(number) { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    private func isZombie(_ number: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
        return status?.split(separator: ")").last?.hasPrefix(" Z") ?? true
    }
}
