import Foundation
import Testing
import WhetCore

@testable import WhetBackends

@Suite("A trainer whose process may die", .timeLimit(.minutes(2)))
struct ProgramTrainerTests {
    /// Two steps, a save, and a third step of two batches; what the number is then.
    private func play(_ trainer: ProgramTrainer, in folder: URL) async throws -> Float {
        _ = try await trainer.start()
        for (step, credit) in [Float(1), 2].enumerated() {
            _ = try await trainer.add("b\(step)", credit)
            _ = try await trainer.optimizerStep("b\(step)", learningRate: 0.5)
        }
        _ = try await trainer.save(to: folder.appending(path: "v2"))
        _ = try await trainer.add("b2", 3)
        _ = try await trainer.optimizerStep("b2", learningRate: 1)
        _ = try await trainer.add("b3.0", 10)
        _ = try await trainer.add("b3.1", 20)
        _ = try await trainer.optimizerStep("b3", learningRate: 0.1)
        _ = try await trainer.export(to: folder.appending(path: "export"))
        let number = try await trainer.number()
        await trainer.close()
        return number
    }

    private static let expected: Float = -0.5 - 1 - 3 - 3

    @Test("plays on after a death at any request as if nothing had been",
        arguments: [
            "none", "die:forward_backward:1", "die:forward_backward:2", "die:optimizer_step:2", "die:save:1",
            "die:forward_backward:3", "die:optimizer_step:3", "die:forward_backward:4", "die:forward_backward:5",
            "die:optimizer_step:4", "die:export:1", "die:log_probabilities:1", "fatal:forward_backward:4",
            "fatal:optimizer_step:1",
        ])
    func recovers(fault: String) async throws {
        try await TrainerFixture.with(fault) { fixture in
            let trainer = try fixture.trainer()
            #expect(try await play(trainer, in: fixture.folder) == Self.expected)
            #expect(fixture.noted("processes").count == (fault == "none" ? 1 : 2))
            #expect(fixture.notices.all.count == (fault == "none" ? 0 : 1))
            if let notice = fixture.notices.all.first {
                #expect(notice.contains("it is started again and goes on from"))
                #expect(notice.contains(fault.hasPrefix("fatal") ? "gave up" : "exit status 3"))
            }
            #expect(!FileManager.default.fileExists(atPath: fixture.exchange.path))
        }
    }

    @Test("repeats only what the last checkpoint does not have")
    func repeatsLittle() async throws {
        try await TrainerFixture.with("die:optimizer_step:4") { fixture in
            _ = try await play(fixture.trainer(), in: fixture.folder)
            let second = fixture.noted("requests").filter { $0.hasPrefix("2 ") }
            #expect(
                second == [
                    "2 hello ", "2 load load", "2 forward_backward b2", "2 optimizer_step b2",
                    "2 forward_backward b3.0", "2 forward_backward b3.1", "2 optimizer_step b3", "2 export export",
                    "2 log_probabilities ", "2 shutdown ",
                ])
        }
    }

    @Test("a second death at the same request is the error, and names it")
    func diesTwice() async throws {
        try await TrainerFixture.with("always-die:optimizer_step:1") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            _ = try await trainer.add("b", 1)
            let error = await failure { _ = try await trainer.optimizerStep("b", learningRate: 1) }
            #expect(
                error.problem
                    == "the trainer ended by itself with exit status 3 while it did optimizer_step, "
                    + "as the process before it did at the same request")
            #expect(error.remedy?.contains("line before the last\ndying amid optimizer_step") == true)
            #expect(fixture.noted("processes").count == 2)
            await trainer.close()
        }
    }

    @Test("an error leaves it as it was, and is told in the trainer's words")
    func refusal() async throws {
        try await TrainerFixture.with("refuse:b2") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            _ = try await trainer.add("b0", 1)
            _ = try await trainer.add("b1", 2)
            let error = await failure { _ = try await trainer.add("b2", 4) }
            #expect(error.problem == "the memory is full" && error.expected == "less" && error.suggestion == "few")
            #expect(error.place?.hasSuffix(", batch") == true && error.remedy == "take less")
            // Both gradients were dropped, and were sent again.
            _ = try await trainer.optimizerStep("b", learningRate: 1)
            #expect(try await trainer.number() == -3)
            #expect(fixture.noted("requests").filter { $0.hasPrefix("1 forward_backward") }.count == 4)
            #expect(fixture.notices.all.isEmpty)
            await trainer.close()
        }
    }

    @Test("gradients that were no numbers are gone, and their batches may come again")
    func notFinite() async throws {
        try await TrainerFixture.with("infinite") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            _ = try await trainer.add("b", 1)
            let error = await failure { _ = try await trainer.optimizerStep("b", learningRate: 1) }
            #expect(error.problem == "the gradient is not finite")
            #expect(try await trainer.add("b", 1)["repeated"] == nil)
            await trainer.close()
        }
    }

    @Test("what comes again is answered as before, also by a process that took it up from a checkpoint")
    func repeats() async throws {
        try await TrainerFixture.with("none") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            let report = try await trainer.add("b", 1)
            #expect(report["repeated"] == nil)
            let again = try await trainer.add("b", 1)
            #expect(again["repeated"] == true && again["loss"] == report["loss"])
            _ = try await trainer.optimizerStep("b", learningRate: 1)
            #expect(try await trainer.optimizerStep("b", learningRate: 1)["repeated"] == true)
            _ = try await trainer.save(to: fixture.folder.appending(path: "v1"))
            await trainer.close()

            let second = try fixture.trainer()
            _ = try await second.start()
            _ = try await second.load(from: fixture.folder.appending(path: "v1"))
            #expect(try await second.add("b", 1)["repeated"] == true)
            #expect(try await second.number() == -1)
            await second.close()
        }
    }

    @Test("a change that was given up is as if it had never been", arguments: ["forward_backward", "optimizer_step"])
    func cancelled(method: String) async throws {
        try await TrainerFixture.with("wait:\(method):2") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            _ = try await trainer.add("a", 1)
            _ = try await trainer.optimizerStep("a", learningRate: 1)
            let task = Task {
                _ = try await trainer.add("b", 100)
                _ = try await trainer.optimizerStep("b", learningRate: 1)
            }
            try await fixture.untilNoted("waiting")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await trainer.number() == -1)
            #expect(fixture.notices.all.first?.contains("was interrupted while it did \(method)") == true)
            await trainer.close()
        }
    }

    @Test("what it cannot load leaves it with what it had")
    func failedLoad() async throws {
        try await TrainerFixture.with("none") { fixture in
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            _ = try await trainer.add("a", 1)
            _ = try await trainer.optimizerStep("a", learningRate: 1)
            // This one dies of it, both times.
            let error = await failure { _ = try await trainer.load(from: fixture.folder.appending(path: "nowhere")) }
            #expect(error.problem.contains("exit status 1 while it did load"))
            #expect(error.remedy?.contains("FileNotFoundError") == true)
            #expect(try await trainer.number() == -1)
            await trainer.close()
        }
    }

    @Test("closing it ends a request that it is amid, and what comes later is refused")
    func closes() async throws {
        try await TrainerFixture.with("wait:forward_backward:1") { fixture in
            let trainer = try fixture.trainer(endLimit: .milliseconds(100))
            _ = try await trainer.start()
            let task = Task { try await trainer.add("b", 1) }
            try await fixture.untilNoted("waiting")
            await trainer.close()
            await #expect(throws: WhetError.self) { try await task.value }
            let error = await failure { _ = try await trainer.number() }
            #expect(error.problem == "the trainer was closed" || error.problem.contains("handed over"))
            #expect(fixture.noted("processes").count == 1)
        }
    }

    @Test("leftovers of a process that was killed go")
    func leftovers() async throws {
        try await TrainerFixture.with("none") { fixture in
            let old = fixture.exchange.appending(path: "17")
            try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
            let trainer = try fixture.trainer()
            _ = try await trainer.start()
            #expect(!FileManager.default.fileExists(atPath: old.path))
            _ = try await trainer.add("a", 1)
            let names = { try FileManager.default.contentsOfDirectory(atPath: fixture.exchange.path) }
            #expect(try names().count == 1)
            _ = try await trainer.optimizerStep("a", learningRate: 1)
            #expect(try names().count == 1)
            _ = try await trainer.save(to: fixture.folder.appending(path: "v1"))
            #expect(try names().isEmpty)
            await trainer.close()
        }
    }
}
